// Chains against the reference interpreter: as kernels of their own, and as what a stage does to its maps.
#include <numeric>

#include "codegen/schedule/mlpconv/MlpconvCandidates.h"
#include "tests/unit/codegen/halide/KernelCase.h"
#include "tests/unit/ir/ops/SmallChains.h"
#include "tests/unit/ir/ops/SmallOps.h"

namespace ninc {
namespace {

constexpr Layout chw = Layout::chw, hwc = Layout::hwc;

KernelCase chainCase(PointwiseChain chain, std::vector<TensorType> inputs, Layout output = hwc) {
  return {.op = Pointwise{std::move(chain)},
          .inputs = std::move(inputs),
          .outputLayout = output,
          .tolerance = 5e-6};
}

TEST(ChainKernels, OverAnyShapeAndLayout) {
  expectAgreementOnEveryTarget(chainCase(addAndRelu(), {maps(17, 7, 5), maps(17, 7, 5)}));
  expectAgreement(chainCase(addAndRelu(), {maps(17, 7, 5, chw), maps(17, 7, 5, hwc)}));
  expectAgreement(chainCase(swish(), {vectorOf(33)}));
  expectAgreement(chainCase(swish(), {{ElementType::f32, {2, 3, 4, 5}, chw}}, chw));
}

TEST(ChainKernels, NumbersOfAChannel) {
  expectAgreementOnEveryTarget(chainCase(channelSteps(), {maps(17, 7, 5), maps(17, 7, 5, chw)}));
  expectAgreement(chainCase(channelSteps(), {vectorOf(20), vectorOf(20)}));
}

TEST(ChainKernels, OperandsThatStretch) {
  const PointwiseChain scaled{{step(Binary{BinaryKind::mul}, {operand(0), operand(1)}),
                               step(Binary{BinaryKind::sub}, {earlier(0), operand(2)}),
                               step(Unary{UnaryKind::hardSwish}, {earlier(1)})}};
  expectAgreement(chainCase(scaled, {maps(17, 7, 5), maps(17, 1, 1, chw), maps(1, 7, 5)}));
  expectAgreement(chainCase(scaled, {maps(1, 1, 5, chw), maps(10, 7, 1), maps(10, 7, 5)}, chw));
}

TEST(ChainKernels, RunInPlace) {
  KernelCase test = chainCase(swish(), {maps(17, 7, 5)});
  test.memory = Memory::inPlace;
  expectAgreementOnEveryTarget(test);
}

TEST(ChainKernels, EveryFunctionOfOneElementAsAStep) {
  std::vector<Unary> functions;
  for (const UnaryFunction &row : unaryFunctions())
    if (row.least < 0 && row.kind != UnaryKind::exp) // of positive or small numbers
      functions.push_back(usual(row.kind));
  constexpr std::size_t together = 10; // a chain has an end
  for (std::size_t first = 0; first < functions.size(); first += together) {
    PointwiseChain sums;
    const std::size_t count = std::min(together, functions.size() - first);
    for (std::size_t i = 0; i < count; ++i)
      sums.steps.push_back(step(functions[first + i], {operand(0)}));
    for (std::size_t i = 1; i < count; ++i)
      sums.steps.push_back(
          step(Binary{BinaryKind::add}, {earlier(i == 1 ? 0 : sums.steps.size() - 1), earlier(i)}));
    expectAgreement(chainCase(sums, {maps(17, 6, 5)}));
  }
}

TEST(ChainKernels, EveryFunctionOfTwoElementsAsAStep) {
  PointwiseChain chain;
  for (const BinaryFunction &row : binaryFunctions())
    chain.steps.push_back(step(
        Binary{row.kind}, {chain.steps.empty() ? operand(0) : earlier(chain.steps.size() - 1), operand(1)}));
  KernelCase test = chainCase(chain, {maps(17, 6, 5), maps(17, 6, 5)});
  test.positive = true;
  expectAgreement(test);
}

// (a + b) - b isn't a where a + b has no room for a, nor where it leaves the range.
TEST(ChainKernels, ComputeTheirStepsAsTheyStand) {
  const PointwiseChain cancelling{{step(Binary{BinaryKind::add}, {operand(0), operand(1)}),
                                   step(Binary{BinaryKind::sub}, {earlier(0), operand(1)})}};
  const KernelCase test{.op = Pointwise{cancelling},
                        .inputs = {maps(3, 5, 4), maps(3, 5, 4)},
                        .outputLayout = hwc,
                        .tolerance = 0};
  expectAgreement(test);
}

// Steps that the next one reads twice: written out, the expression would have 2^15 leaves.
TEST(ChainKernels, GrowWithTheirSteps) {
  PointwiseChain chain{{step(Unary{UnaryKind::tanh}, {operand(0)})}};
  while (chain.steps.size() < mostPointwiseSteps) {
    const std::size_t last = chain.steps.size() - 1;
    chain.steps.push_back(last % 2 == 0 ? step(Binary{BinaryKind::add}, {earlier(last), earlier(last)})
                                        : step(Unary{UnaryKind::tanh}, {earlier(last)}));
  }
  expectAgreement(chainCase(std::move(chain), {maps(3, 5, 4)}));
}

// ---- epilogues

Mlpconv stage(Window first, std::vector<std::int64_t> channels, PointwiseChain chain) {
  Mlpconv op;
  for (const std::int64_t count : channels)
    op.layers.push_back(conv(count, op.layers.empty() ? first : Window{}));
  op.epilogue = PointwiseEpilogue{std::move(chain)};
  return op;
}

KernelCase stageCase(Mlpconv op, std::vector<TensorType> inputs, Layout output = hwc) {
  return {.op = std::move(op), .inputs = std::move(inputs), .outputLayout = output, .tolerance = 1e-5};
}

// Stages whose epilogues read residuals, numbers a channel, or their own maps alone.
std::vector<KernelCase> stageCases() {
  return {stageCase(stage(window(3, 1, 1), {33, 20}, addAndRelu()), {maps(16, 13, 11), maps(20, 13, 11)}),
          stageCase(stage(window(3, 1, 1), {35}, addAndRelu()), {maps(16, 7, 6), maps(35, 7, 6)}),
          stageCase(stage({}, {17}, channelSteps()), {maps(10, 7, 5), maps(17, 7, 5)}),
          stageCase(stage(window(3, 2), {12, 40}, swish()), {maps(16, 13, 12)})};
}

TEST(StageChains, InBlocksOnEveryTarget) {
  for (const KernelCase &test : stageCases())
    expectAgreementOnEveryTarget(test);
}

TEST(StageChains, InEveryLayout) {
  const Mlpconv residual = stage(window(3, 1, 1), {33}, addAndRelu());
  for (const Layout input : {chw, hwc})
    for (const Layout output : {chw, hwc})
      expectAgreement(stageCase(residual, {maps(3, 7, 5, chw), maps(33, 7, 5, input)}, output));
}

TEST(StageChains, InEveryCandidate) {
  for (const KernelCase &test : stageCases()) {
    const KernelSpec spec = specOf(test, runnableTargets().back());
    std::size_t tried = 0;
    for (const MlpconvSchedule &schedule : candidateSchedules(spec, Exactness::fast)) {
      if (tried++ % 7 != 0) continue; // some fifty, of which neighbours are alike
      expectAgreement(test, spec, {schedule});
    }
  }
}

TEST(StageChains, ByWinogradWithTilesBeyondTheMaps) {
  const KernelCase test =
      stageCase(stage(window(3, 1, 1), {35}, addAndRelu()), {maps(16, 7, 6), maps(35, 7, 6)});
  const KernelSpec spec = specOf(test, runnableTargets().back());
  MlpconvSchedule schedule = candidateSchedules(spec, Exactness::exact)[1];
  schedule.winograd = WinogradTile{4, 4};
  schedule.panelVectors[0] = 1;
  schedule.tilePixels[0] = 3;
  schedule.groupTiles = 6;
  schedule.blockPixels = static_cast<int>(MlpconvGeometry(spec).pixels());
  const Result<void> legal = checkLegal(spec, Schedule{schedule});
  ASSERT_TRUE(legal) << legal.error().message;
  expectAgreement(test, spec, {schedule});
}

TEST(StageChains, OfSeveralImages) {
  for (const KernelCase &test : stageCases()) {
    KernelSpec spec = specOf(test, runnableTargets().back());
    ASSERT_TRUE(canComputeImages(spec));
    spec.images = 3;
    expectAgreement(test, spec, defaultSchedule(spec));
  }
}

TEST(StageChains, SeveralImagesNeedOperandsWithoutGaps) {
  const KernelCase rowMajor = stageCase(stage({}, {17}, addAndRelu()), {maps(10, 7, 5), maps(17, 7, 5, chw)});
  EXPECT_FALSE(canComputeImages(specOf(rowMajor, runnableTargets().back())));
}

} // namespace
} // namespace ninc
