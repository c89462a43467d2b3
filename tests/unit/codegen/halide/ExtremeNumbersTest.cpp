// Kernels at the ends of f32's range: where the result of finite numbers is finite, so is the kernel's
// (docs/numerics.md), whatever happens on the way there. Every element is compared with the reference
// interpreter's by its own size.
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "codegen/kernel/WeightPacking.h"
#include "codegen/schedule/ScheduleText.h"
#include "codegen/target/Targets.h"
#include "ir/interpreter/Interpreter.h"
#include "ir/ops/Parameters.h"
#include "support/Hash.h"
#include "tests/unit/codegen/halide/DeviceRunner.h"
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

constexpr Layout chw = Layout::chw, hwc = Layout::hwc;
constexpr float largest = std::numeric_limits<float>::max();
constexpr float smallestNormal = std::numeric_limits<float>::min();

// Element i of a parameter.
using Parameters = std::function<float(const std::string &suffix, std::size_t i)>;

struct ExtremeCase {
  Op op; // without parameters
  std::vector<TensorType> inputs;
  std::vector<std::function<float(std::size_t)>> numbers; // element i of each operand
  Layout outputLayout = Layout::hwc;
  Parameters parameters = [](const std::string &, std::size_t) { return 0.0f; };
  double tolerance = 1e-5;              // relative to the element
  double lost = double{smallestNormal}; // and this much, of what becomes denormal
};

Op bound(const ExtremeCase &test) {
  Op op = test.op;
  for (ParameterSlot &slot : parameterSlots(op, test.inputs)) {
    Tensor tensor{slot.shape, std::vector<float>(static_cast<std::size_t>(elementCount(slot.shape)))};
    for (std::size_t i = 0; i < tensor.data.size(); ++i)
      tensor.data[i] = test.parameters(slot.suffix, i);
    *slot.parameter = std::make_shared<const Tensor>(std::move(tensor));
  }
  return op;
}

void expectReference(const ExtremeCase &test, const KernelSpec &spec) {
  const Schedule schedule = defaultSchedule(spec, Exactness::exact);
  SCOPED_TRACE(toString(spec) + " by " + toString(schedule));
  Result<Kernel> kernel = compileKernel(spec, schedule, "kernel");
  ASSERT_TRUE(kernel.has_value()) << kernel.error().message;
  const Op op = bound(test);
  Result<std::vector<std::vector<float>>> weights = packWeights(spec, schedule, op);
  ASSERT_TRUE(weights.has_value()) << weights.error().message;
  std::vector<Tensor> operands;
  for (std::size_t i = 0; i < test.inputs.size(); ++i) {
    Tensor &operand = operands.emplace_back(Tensor{test.inputs[i].shape, {}});
    for (std::int64_t e = 0; e < elementCount(operand.shape); ++e)
      operand.data.push_back(test.numbers[i](static_cast<std::size_t>(e)));
  }
  Result<std::vector<Tensor>> expected = evaluate(op, operands);
  ASSERT_TRUE(expected.has_value()) << expected.error().message;
  Result<std::vector<Tensor>> actual = spec.isOnDevice()
                                           ? runOnDevice(spec, *kernel, *weights, operands)
                                           : runKernel(spec, *kernel, *weights, operands, Memory::separate);
  ASSERT_TRUE(actual.has_value()) << actual.error().message;
  for (std::size_t r = 0; r < expected->size(); ++r)
    for (std::size_t i = 0; i < (*expected)[r].data.size(); ++i) {
      const double wanted = (*expected)[r].data[i], got = (*actual)[r].data[i];
      if (std::isinf(wanted) && got == wanted) continue;
      ASSERT_LE(std::abs(got - wanted), test.tolerance * std::abs(wanted) + test.lost)
          << "element " << i << " of result " << r << " is " << got << ", not " << wanted;
    }
}

// On one of the CPU's targets, which differs from case to case, and on OpenCL.
void expectReference(const ExtremeCase &test) {
  const KernelCase described{.op = test.op, .inputs = test.inputs, .outputLayout = test.outputLayout};
  const std::vector<Target> targets = runnableTargets();
  ASSERT_FALSE(targets.empty());
  const std::uint64_t text = fnv1a(toString(specOf(described, targets[0])));
  expectReference(test, specOf(described, targets[text % targets.size()]));
  if (!whyNoOpenCl().empty()) return;
  KernelSpec spec = specOf(described, Target{});
  spec.target = parseTargets("x86-64-v2+opencl").value().devices.front();
  expectReference(test, spec);
}

std::function<float(std::size_t)> all(float number) {
  return [number](std::size_t) { return number; };
}

std::function<float(std::size_t)> inTurn(std::vector<float> numbers) {
  return [numbers = std::move(numbers)](std::size_t i) { return numbers[i % numbers.size()]; };
}

Window window(std::int64_t kernel, std::int64_t stride, Padding pad = {}) {
  return {{kernel, kernel}, {stride, stride}, {1, 1}, pad};
}

// ---- means

TEST(ExtremeMeans, OfWholeMaps) {
  for (Layout layout : {hwc, chw}) {
    expectReference({.op = GlobalAveragePool{}, .inputs = {maps(17, 6, 7, layout)}, .numbers = {all(3e38f)}});
    expectReference({.op = GlobalAveragePool{},
                     .inputs = {maps(3, 8, 8, layout)},
                     .numbers = {inTurn({largest, largest, largest, -largest, 1e38f})}});
    // Sums of the largest number are rounded before they are divided.
    for (float number : {largest, -largest})
      expectReference(
          {.op = GlobalAveragePool{}, .inputs = {maps(3, 8, 8, layout)}, .numbers = {all(number)}});
    expectReference({.op = GlobalAveragePool{},
                     .inputs = {maps(3, 13, 13, layout)},
                     .numbers = {all(1e-33f)},
                     .lost = 1e-36});
  }
}

TEST(ExtremeMeans, OfWindows) {
  for (bool countIncludePad : {false, true})
    for (Layout layout : {hwc, chw})
      expectReference({.op = AveragePool{window(3, 2, {1, 1, 1, 1}), PoolExtent::ceil, countIncludePad},
                       .inputs = {maps(17, 6, 8, layout)},
                       .numbers = {[](std::size_t i) {
                         return std::array{largest, -3e38f, 1e-35f}[i / 48 % 3];
                       }},
                       .outputLayout = layout});
  expectReference({.op = AveragePool{window(1, 2), PoolExtent::floor, false},
                   .inputs = {maps(5, 6, 8)},
                   .numbers = {inTurn({largest, -largest, 1e-38f})}});
}

// A convolution that only copies, so that its maps are as large as its input.
Mlpconv copyingMlpconv(std::int64_t channels, Epilogue epilogue) {
  ConvLayer layer;
  layer.outChannels = channels;
  layer.activation = Unary{UnaryKind::relu};
  return {{layer, layer}, std::move(epilogue)};
}

Parameters copying(std::size_t channels) {
  return [channels](const std::string &suffix, std::size_t i) {
    return suffix.ends_with("weight") && i % channels == i / channels ? 1.0f : 0.0f;
  };
}

TEST(ExtremeMeans, AtTheEndOfAnMlpconv) {
  const Epilogue epilogues[] = {GapEpilogue{false, false}, GapEpilogue{true, false}, GapEpilogue{false, true},
                                PoolEpilogue{PoolKind::average, window(2, 2), PoolExtent::floor, false}};
  for (const Epilogue &epilogue : epilogues)
    expectReference({.op = copyingMlpconv(5, epilogue),
                     .inputs = {maps(5, 6, 6)},
                     .numbers = {[](std::size_t i) {
                       return std::array{3e38f, 1e38f, -3e38f, 2e38f, largest}[i / 36];
                     }},
                     .parameters = copying(5)});
}

// ---- batch_norm

struct Channel {
  float x, mean, variance, scale, bias;
};

// One channel a case, all in one kernel.
void expectNormalised(const std::vector<Channel> &cases) {
  const Parameters parameters = [&](const std::string &suffix, std::size_t c) {
    const Channel &channel = cases[c];
    if (suffix == "mean") return channel.mean;
    if (suffix == "variance") return channel.variance;
    return suffix == "scale" ? channel.scale : channel.bias;
  };
  const auto channels = static_cast<std::int64_t>(cases.size());
  for (Layout layout : {hwc, chw})
    expectReference({.op = BatchNorm{},
                     .inputs = {maps(channels, 1, 3, layout)},
                     .numbers = {[&](std::size_t i) { return cases[i / 3].x; }},
                     .outputLayout = layout,
                     .parameters = parameters,
                     .tolerance = 1e-6});
}

TEST(ExtremeBatchNorm, IsFiniteWhereItsResultIs) {
  expectNormalised({
      {1.5f, 0.5f, 1, 2, -3},                  // as usual
      {3e38f, -3e38f, 1e6f, 1, 0},             // the difference overflows
      {-3e38f, 3e38f, 1e6f, 1, 7},             //
      {largest, -largest, 4, 0.5f, 0},         //
      {3e38f, 0, 1, 2, -largest},              // the product overflows, the bias brings it back
      {-2e38f, 1e38f, 1, 1, largest},          //
      {1e-5f, 0, 0, largest, 1},               // the factor overflows
      {1e-3f, 1e-3f, 0, largest, 5},           //
      {3e38f, 0, 1e20f, 1e-30f, 0},            // the factor underflows
      {3e38f, 1e38f, largest, 1e-38f, 1e-10f}, //
      {3e38f, 0, largest, 1e-38f, 1e30f},      //
      {1e-38f, 0, 0, 1e30f, 0},                // small numbers made large
      {0, 0, 1, 0, largest},                   // a constant
  });
}

// ---- lrn

// Channels are neighbours in one layout, pixels in the other: the kernels differ in how they sum.
void expectResponses(const Lrn &lrn, std::vector<float> numbers, double tolerance = 3e-6,
                     Layout layout = hwc) {
  SCOPED_TRACE(testing::Message() << "k " << lrn.k << " alpha " << lrn.alpha << " beta " << lrn.beta);
  expectReference({.op = lrn,
                   .inputs = {maps(static_cast<std::int64_t>(numbers.size()), 1, 1, layout)},
                   .numbers = {inTurn(numbers)},
                   .outputLayout = layout,
                   .tolerance = tolerance});
}

// From the smallest normal number to the largest, each in a neighbourhood of its size and in one of others.
std::vector<float> ladder(float ratio) {
  std::vector<float> numbers;
  for (double number = smallestNormal; number < largest; number *= ratio) {
    numbers.push_back(static_cast<float>(number));
    numbers.push_back(static_cast<float>(-number * 0.7));
    numbers.push_back(static_cast<float>(number * 0.9));
  }
  numbers.insert(numbers.end(), {largest, -largest, largest, 0, largest});
  return numbers;
}

TEST(ExtremeResponses, OfAllSizes) {
  for (float ratio : {1e2f, 1e30f}) {
    for (Layout layout : {hwc, chw})
      expectResponses({5, 1e-4f, 0.75f, 1}, ladder(ratio), 3e-6, layout);
    expectResponses({5, 1, 0.5f, 2}, ladder(ratio));
    expectResponses({3, 0.1f, 1, 1}, ladder(ratio));
    expectResponses({4, 2, 1, 1}, ladder(ratio));
    expectResponses({5, 1e-4f, 0.6f, 1}, ladder(ratio), 1e-4);
  }
}

TEST(ExtremeResponses, WithUnusualConstants) {
  expectResponses({5, 1e-4f, 0.75f, 1e-30f}, ladder(1e3f), 1e-4);
  expectResponses({5, 1e30f, 0.75f, 1}, ladder(1e3f), 1e-4);
  expectResponses({5, 1e-35f, 0.75f, 1e30f}, ladder(1e3f), 1e-4);
  expectResponses({5, 1e-38f, 0.5f, 1}, ladder(1e3f), 1e-4);
  expectResponses({5, 1e-4f, 2.5f, 1}, ladder(1e3f), 3e-4);
  expectResponses({5, 1, 0.75f, 3e38f}, ladder(1e3f), 1e-4);
  expectResponses({5, 0, 0.75f, 2}, ladder(1e3f), 1e-4);
}

// Squares below 1e-30 or so are summed with what precision denormal numbers have.
TEST(ExtremeResponses, WithoutConstant) {
  std::vector<float> numbers;
  for (float number : ladder(1e3f))
    if (std::abs(number) > 1e-30f) numbers.push_back(number);
  expectResponses({5, 1, 0.75f, 0}, numbers, 1e-4);
  expectResponses({5, 1e-4f, 0.5f, 0}, numbers, 1e-4);
  // There is no power of 0, but what it multiplies is 0 too.
  expectResponses({3, 1, 0.75f, 0}, {0, 0, 0, 0, 1, 0, 0, 0});
}

// ---- the other ops

TEST(ExtremeElements, KeepTheirSaturation) {
  const auto numbers = inTurn({largest, -largest, 3e38f, -1e30f, 1e-38f, 90, -90, 0});
  for (const Op &op : std::vector<Op>{Unary{UnaryKind::relu}, Unary{UnaryKind::leakyRelu, {0.1f}},
                                      Unary{UnaryKind::sigmoid}, Unary{UnaryKind::tanh}, Dropout{}})
    expectReference({.op = op, .inputs = {maps(3, 7, 5)}, .numbers = {numbers}});
}

TEST(ExtremeElements, SumsAndProductsOverflowOnlyThemselves) {
  const auto a = inTurn({largest, 3e38f, 3e38f, 1e30f, 1e-20f}),
             b = inTurn({-largest, 3e38f, -1e38f, 1e8f, 1e20f});
  for (const Op &op : std::vector<Op>{Binary{BinaryKind::add}, Binary{BinaryKind::mul}})
    expectReference({.op = op, .inputs = {maps(3, 7, 5), maps(3, 7, 5)}, .numbers = {a, b}});
}

TEST(ExtremeElements, MaximaOfTheSmallest) {
  expectReference({.op = MaxPool{window(3, 2, {1, 1, 1, 1}), PoolExtent::ceil},
                   .inputs = {maps(17, 6, 8)},
                   .numbers = {inTurn({-largest, -largest, -3e38f})}});
}

TEST(ExtremeElements, SoftmaxOfNumbersFarApart) {
  for (Layout layout : {hwc, chw}) {
    expectReference({.op = Softmax{},
                     .inputs = {maps(10, 3, 3, layout)},
                     .numbers = {inTurn({largest, -largest, 0})},
                     .outputLayout = layout});
    expectReference({.op = Softmax{},
                     .inputs = {maps(10, 3, 3, layout)},
                     .numbers = {all(largest)},
                     .outputLayout = layout});
    expectReference({.op = Softmax{},
                     .inputs = {maps(10, 3, 3, layout)},
                     .numbers = {all(-largest)},
                     .outputLayout = layout});
  }
}

} // namespace
} // namespace ninc
