// The cost model and the choice that it makes, without compiling anything.
#include "codegen/schedule/mlpconv/MlpconvCandidates.h"

#include <algorithm>

#include "codegen/schedule/ScheduleText.h"
#include "codegen/schedule/mlpconv/MlpconvCost.h"
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

const char *const targets[] = {"x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"};

Mlpconv stage(std::int64_t kernel, std::int64_t stride, std::int64_t pad, std::vector<std::int64_t> channels,
              Epilogue epilogue = {}) {
  Mlpconv op;
  for (std::int64_t outputs : channels) {
    Window window;
    if (op.layers.empty()) window = {{kernel, kernel}, {stride, stride}, {1, 1}, {pad, pad, pad, pad}};
    op.layers.push_back({outputs, window, 1, true, Unary{UnaryKind::relu}, nullptr, nullptr});
  }
  op.epilogue = std::move(epilogue);
  return op;
}

KernelSpec specFor(const Op &op, const TensorType &input, const char *target) {
  return specOf({.op = op, .inputs = {input}, .outputLayout = Layout::hwc}, parseTarget(target).value());
}

TEST(MlpconvCandidates, AreLegalWhateverTheShape) {
  const PoolEpilogue pool{PoolKind::max, {{3, 3}, {2, 2}, {1, 1}, {}}, PoolExtent::ceil, false};
  const std::pair<Op, TensorType> cases[] = {
      {stage(5, 1, 2, {192, 160, 96}), maps(3, 32, 32, Layout::chw)},
      {stage(11, 4, 0, {96, 96, 96}), maps(3, 224, 224, Layout::chw)},
      {stage(3, 1, 1, {1024, 1024, 1000}, GapEpilogue{true, false}), maps(384, 6, 6)},
      {stage(3, 1, 1, {70, 33}, GapEpilogue{true, true}), maps(17, 7, 5)},
      {stage(3, 1, 1, {32, 16}, pool), maps(16, 13, 13)},
      {stage(1, 1, 0, {1, 1}), maps(1, 1, 1)},
      {stage(7, 1, 3, {5}), maps(5, 3, 40)},
      {Conv2d{stage(3, 1, 1, {64}).layers[0]}, maps(64, 29, 31)}};
  for (const char *target : targets)
    for (const auto &[op, input] : cases)
      for (std::int64_t images : {1, 6}) {
        KernelSpec spec = specFor(op, input, target);
        spec.images = images;
        if (images > 1 && !canComputeImages(spec)) continue;
        const std::vector<MlpconvSchedule> candidates = candidateSchedules(spec, Exactness::fast);
        ASSERT_FALSE(candidates.empty());
        for (const MlpconvSchedule &candidate : candidates) {
          Result<void> legal = checkLegal(spec, candidate);
          EXPECT_TRUE(legal) << toString(spec) << " by " << toString(candidate) << ": "
                             << legal.error().message;
          EXPECT_GT(predictCost(spec, candidate, 1).total(), 0) << toString(candidate);
        }
      }
}

TEST(MlpconvCandidates, TheDefaultIsOneOfThem) {
  const KernelSpec spec = specFor(stage(5, 1, 2, {192, 192, 192}), maps(96, 16, 16), "x86-64-v3");
  for (Exactness exactness : {Exactness::fast, Exactness::exact}) {
    const std::vector<MlpconvSchedule> candidates = candidateSchedules(spec, exactness);
    EXPECT_NE(std::ranges::find(candidates, defaultMlpconvSchedule(spec, exactness)), candidates.end());
  }
}

TEST(MlpconvCandidates, TheChoiceComesWithWhatTheBestOfTheOtherAlgorithmWouldTake) {
  const KernelSpec spec = specFor(stage(5, 1, 2, {192, 192}), maps(96, 16, 16), "x86-64-v3");
  const MlpconvProblem problem(spec);
  const MlpconvChoice choice = chooseMlpconvSchedule(problem, Exactness::fast);
  ASSERT_TRUE(choice.other);
  EXPECT_NE(choice.best.schedule.winograd.has_value(), choice.other->schedule.winograd.has_value());
  auto ofBoth = [&](const MlpconvSchedule &schedule) { // threads: the model knows neither's number
    return predictCost(problem, schedule, 1).total() + 2 * predictCost(problem, schedule, 2).total();
  };
  for (const MlpconvSchedule &candidate : candidateSchedules(problem, Exactness::fast)) {
    const bool isOther = candidate.winograd.has_value() == choice.other->schedule.winograd.has_value();
    EXPECT_LE(ofBoth(isOther ? choice.other->schedule : choice.best.schedule), ofBoth(candidate));
  }
  EXPECT_LE(ofBoth(choice.best.schedule), ofBoth(choice.other->schedule));
  EXPECT_EQ(choice.best.cost.total(), predictCost(problem, choice.best.schedule, 1).total());
  EXPECT_FALSE(chooseMlpconvSchedule(problem, Exactness::exact).other) << "there is no other";
}

TEST(MlpconvCost, TwoThreadsShareTheWork) {
  for (const char *target : targets) {
    const KernelSpec spec = specFor(stage(5, 1, 2, {192, 192, 192}), maps(96, 16, 16), target);
    const MlpconvSchedule schedule = defaultMlpconvSchedule(spec);
    const double one = predictCost(spec, schedule, 1).total(), two = predictCost(spec, schedule, 2).total();
    EXPECT_LT(two, 0.75 * one) << target;
    EXPECT_GE(two, 0.5 * one) << target;
  }
}

// 36 pixels use each of 22 MB of weights: reading them takes longer than the multiplications that transforms
// save.
TEST(MlpconvCost, WeighsTransformedWeightsAgainstMultiplications) {
  const KernelSpec few = specFor(stage(3, 1, 1, {1024, 1024}), maps(384, 6, 6), "x86-64-v4");
  KernelSpec many = few;
  many.images = 16;
  auto areaOfTile = [](const KernelSpec &spec) {
    const std::optional<WinogradTile> tile = defaultMlpconvSchedule(spec).winograd;
    return tile ? tile->rows * tile->columns : 1;
  };
  EXPECT_LT(areaOfTile(few), 9);
  EXPECT_GE(areaOfTile(many), 9);
}

TEST(MlpconvCost, ReasonsNameBothAlgorithms) {
  const KernelSpec spec = specFor(stage(5, 1, 2, {192, 192}), maps(96, 16, 16), "x86-64-v3");
  const MlpconvChoice choice = chooseMlpconvSchedule(spec, Exactness::fast);
  const std::string reason = toString(choice.best.schedule) + ": " + reasonFor(choice);
  EXPECT_NE(reason.find("winograd"), std::string::npos) << reason;
  EXPECT_NE(reason.find("direct would take"), std::string::npos) << reason;
}

} // namespace
} // namespace ninc
