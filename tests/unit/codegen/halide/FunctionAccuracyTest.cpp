// The elementary functions of codegen/halide/shared/Math.h, through kernels that apply them, against libm in
// double precision over the whole range of arguments.
#include <cmath>
#include <functional>
#include <limits>

#include "codegen/target/Targets.h"
#include "support/Random.h"
#include "tests/unit/codegen/halide/DeviceRunner.h"
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

// Zero, the smallest and largest numbers, and for every magnitude between 2^-140 and 2^127 some numbers of
// either sign; densest where functions bend.
std::vector<float> argumentsOfEveryMagnitude() {
  std::vector<float> arguments{0.0f, -0.0f};
  for (float extreme : {std::numeric_limits<float>::max(), std::numeric_limits<float>::min(),
                        std::numeric_limits<float>::denorm_min()})
    arguments.insert(arguments.end(), {extreme, -extreme});
  Random random(5);
  for (int exponent = -140; exponent <= 127; ++exponent)
    for (int i = 0; i < 8; ++i)
      arguments.push_back(static_cast<float>(std::ldexp(random.uniform(1, 2), exponent) * (i % 2 ? 1 : -1)));
  for (int i = 0; i < 20000; ++i)
    arguments.push_back(static_cast<float>(random.uniform(-110, 110)));
  for (int i = 0; i < 4000; ++i)
    arguments.push_back(static_cast<float>(random.uniform(-2, 2)));
  return arguments;
}

// Distance in units of the last place of f32 at the exact value.
double ulpsBetween(float actual, double exact) {
  const auto rounded = static_cast<float>(exact);
  const float next = std::nextafter(std::abs(rounded), std::numeric_limits<float>::infinity());
  const double ulp = double{next} - double{std::abs(rounded)};
  return std::abs(double{actual} - exact) / ulp;
}

std::vector<float> apply(const Op &op, const std::vector<float> &arguments, const Target &target) {
  const auto count = static_cast<std::int64_t>(arguments.size());
  const KernelCase test{.op = op, .inputs = {maps(1, 1, count)}, .outputLayout = Layout::hwc};
  const KernelSpec spec = specOf(test, target);
  Result<Kernel> kernel = compileKernel(spec, defaultSchedule(spec), "kernel");
  EXPECT_TRUE(kernel.has_value()) << kernel.error().message;
  if (!kernel) return {};
  Result<std::vector<Tensor>> results =
      runKernel(spec, *kernel, {}, {Tensor{spec.inputs[0].shape, arguments}});
  EXPECT_TRUE(results.has_value()) << results.error().message;
  return results ? results->front().data : std::vector<float>{};
}

std::vector<float> applyOnDevice(const Op &op, const std::vector<float> &arguments) {
  KernelSpec spec =
      specOf({.op = op, .inputs = {vectorOf(static_cast<std::int64_t>(arguments.size()))}}, Target{});
  spec.target = parseTargets("x86-64-v2+opencl").value().devices.front();
  Result<Kernel> kernel = compileKernel(spec, defaultSchedule(spec), "kernel");
  EXPECT_TRUE(kernel.has_value()) << kernel.error().message;
  if (!kernel) return {};
  Result<std::vector<Tensor>> results =
      runOnDevice(spec, *kernel, {}, {Tensor{spec.inputs[0].shape, arguments}});
  EXPECT_TRUE(results.has_value()) << results.error().message;
  return results ? results->front().data : std::vector<float>{};
}

void expectWithin(double ulps, const Op &op, const std::vector<float> &arguments,
                  const std::function<double(double)> &exact) {
  for (const Target &target : runnableTargets()) {
    const std::vector<float> results = apply(op, arguments, target);
    ASSERT_EQ(results.size(), arguments.size());
    double worst = 0;
    float worstArgument = 0;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const double distance = ulpsBetween(results[i], exact(arguments[i]));
      if (distance <= worst) continue; // not so for NaN
      worst = std::isnan(distance) ? std::numeric_limits<double>::infinity() : distance;
      worstArgument = arguments[i];
    }
    EXPECT_LE(worst, ulps) << target.name << ", at " << worstArgument;
  }
}

// How far the kernel's results are from the function's values, at worst, in what the function's row allows.
void expectWithinHalfOfItsRounding(const Unary &function, const std::string &where,
                                   const std::vector<float> &arguments, const std::vector<float> &results) {
  ASSERT_EQ(results.size(), arguments.size());
  const UnaryFunction &row = functionOf(function.kind);
  double worst = 0;
  float worstArgument = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const double x = arguments[i], y = valueOf(function, x);
    if (std::abs(y) > std::numeric_limits<float>::max() || static_cast<float>(y) == results[i]) continue;
    // Half a unit of the smallest numbers, too, and these may be flushed.
    const double allowed = 0x1p-24 * row.rounding(x, y, function.numbers) / 2 + 0x1p-126;
    const double share = std::abs(results[i] - y) / allowed;
    if (share <= worst) continue; // not so for NaN
    worst = std::isnan(share) ? std::numeric_limits<double>::infinity() : share;
    worstArgument = arguments[i];
  }
  EXPECT_LE(worst, 1) << row.spelling << " on " << where << ", at " << worstArgument;
}

// Numbers of a function to be tried beside the usual ones.
std::vector<Unary> samplesOf(const UnaryFunction &row) {
  std::vector<Unary> samples{usual(row.kind)};
  if (row.count() == 1) samples.push_back({row.kind, {1.7f}});
  if (row.count() == 1) samples.push_back({row.kind, {-0.3f}});
  if (row.count() == 2) samples.push_back({row.kind, {-0.3f, 3}});
  return samples;
}

std::vector<float> argumentsFor(const UnaryFunction &row) {
  std::vector<float> arguments = argumentsOfEveryMagnitude();
  std::erase_if(arguments, [&](float x) { return x < row.least; });
  return arguments;
}

TEST(FunctionAccuracy, EveryFunctionOfOneElementIsWithinItsRowsRounding) {
  for (const UnaryFunction &row : unaryFunctions())
    for (const Unary &function : samplesOf(row))
      for (const Target &target : runnableTargets()) {
        const std::vector<float> arguments = argumentsFor(row);
        expectWithinHalfOfItsRounding(function, target.name, arguments, apply(function, arguments, target));
      }
}

TEST(FunctionAccuracy, EveryFunctionOfOneElementIsWithinItsRowsRoundingOnADevice) {
  if (!whyNoOpenCl().empty()) GTEST_SKIP() << whyNoOpenCl();
  for (const UnaryFunction &row : unaryFunctions())
    for (const Unary &function : samplesOf(row)) {
      std::vector<float> arguments = argumentsFor(row);
      // Which a device may read as zeros.
      std::erase_if(arguments, [](float x) { return x != 0 && std::abs(x) < 0x1p-126f; });
      expectWithinHalfOfItsRounding(function, "OpenCL", arguments, applyOnDevice(function, arguments));
    }
}

TEST(FunctionAccuracy, WhereAFunctionHasNoValueKernelsSayWhatTheInterpreterSays) {
  for (const Target &target : runnableTargets()) {
    const std::vector<float> logarithms = apply(usual(UnaryKind::log), {0.0f, -0.0f, -1, -1e-40f}, target);
    EXPECT_EQ(logarithms[0], -std::numeric_limits<float>::infinity()) << target.name;
    EXPECT_EQ(logarithms[1], -std::numeric_limits<float>::infinity()) << target.name;
    EXPECT_TRUE(std::isnan(logarithms[2])) << target.name;
    EXPECT_TRUE(std::isnan(logarithms[3])) << target.name;
    EXPECT_TRUE(std::isnan(apply(usual(UnaryKind::sqrt), {-1, 4}, target)[0])) << target.name;
    EXPECT_EQ(apply(usual(UnaryKind::exp), {89, 1}, target)[0], std::numeric_limits<float>::infinity());
  }
}

TEST(FunctionAccuracy, SigmoidIsRightToTheLastPlaces) {
  expectWithin(2, Unary{UnaryKind::sigmoid}, argumentsOfEveryMagnitude(),
               [](double x) { return 1 / (1 + std::exp(-x)); });
}

TEST(FunctionAccuracy, TanhIsRightToTheLastPlaces) {
  expectWithin(2, Unary{UnaryKind::tanh}, argumentsOfEveryMagnitude(), [](double x) { return std::tanh(x); });
}

// An lrn of one channel with k = 0 and alpha = 1 computes x * (x^2)^-beta. Logarithm and exponential in f32
// make the relative error grow with the logarithm of the result.
TEST(FunctionAccuracy, PowersAreRightToWhatTheirLogarithmAllows) {
  Random random(6);
  std::vector<float> arguments;
  for (int i = 0; i < 20000; ++i)
    arguments.push_back(static_cast<float>(std::exp(random.uniform(-30, 30))));
  for (float beta : {0.6f, 0.95f, 0.25f, 0.5f, 0.75f, 1.0f}) {
    const double exponent = 1 - 2 * double{beta};
    const std::vector<float> results = apply(Lrn{1, 1, beta, 0}, arguments, runnableTargets().back());
    ASSERT_EQ(results.size(), arguments.size());
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const double exact = std::pow(double{arguments[i]}, exponent);
      const double logarithm = std::abs(beta * 2 * std::log(double{arguments[i]}));
      ASSERT_NEAR(results[i] / exact, 1, 3e-7 * std::max(1.0, logarithm)) << arguments[i] << "^" << exponent;
    }
  }
}

} // namespace
} // namespace ninc
