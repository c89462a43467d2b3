#include "tests/unit/codegen/halide/KernelCase.h"

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>

#include "codegen/kernel/WeightPacking.h"
#include "codegen/schedule/ScheduleText.h"
#include "codegen/target/Targets.h"
#include "ir/interpreter/Interpreter.h"
#include "ir/ops/Parameters.h"
#include "ir/ops/TypeRules.h"
#include "support/Hash.h"
#include "tests/support/SpecOf.h"
#include "tests/unit/codegen/halide/DeviceRunner.h"

namespace ninc {

std::vector<Target> runnableTargets() {
  std::vector<Target> targets;
  for (const char *name : {"x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"})
    if (Result<Target> target = parseTarget(name); target && runsHere(*target)) targets.push_back(*target);
  return targets;
}

TensorType maps(std::int64_t channels, std::int64_t height, std::int64_t width, Layout layout) {
  return {ElementType::f32, {channels, height, width}, layout};
}

TensorType vectorOf(std::int64_t extent) {
  return {ElementType::f32, {extent}, Layout::chw};
}

KernelSpec specOf(const KernelCase &test, const Target &target) {
  return testing::specOf(test.op, test.inputs, target, test.outputLayout);
}

namespace {

void expectNear(const Tensor &actual, const Tensor &expected, double tolerance) {
  ASSERT_EQ(actual.shape, expected.shape);
  double largest = 1;
  for (float value : expected.data)
    largest = std::max(largest, static_cast<double>(std::abs(value)));
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < expected.data.size(); ++i) {
    const double difference = std::abs(double{actual.data[i]} - double{expected.data[i]});
    if (difference <= tolerance * largest) continue; // not so for NaN
    if (wrong++ == 0)
      ADD_FAILURE() << "element " << i << " of " << toString(expected.shape) << " is " << actual.data[i]
                    << ", not " << expected.data[i];
  }
  EXPECT_EQ(wrong, 0u) << "of " << expected.data.size() << " elements";
}

// In row-major order, or as an application has it.
Tensor operandOf(const KernelCase &test, std::size_t i, std::uint64_t seed) {
  const TensorType &type = test.inputs[i];
  if (isAsApplicationsHave(type)) return randomInput(type.element, shapeInMemory(type), seed);
  Tensor operand = randomTensor(type.shape, seed, test.magnitude);
  if (test.positive)
    for (float &element : operand.data)
      element = std::abs(element) + 0.01f;
  return operand;
}

void append(Tensor &images, const Tensor &image) {
  images.shape = image.shape;
  images.data.insert(images.data.end(), image.data.begin(), image.data.end());
}

} // namespace

void expectAgreement(const KernelCase &test, const KernelSpec &spec, const Schedule &schedule) {
  SCOPED_TRACE(toString(spec) + " by " + toString(schedule));
  Result<void> legal = checkLegal(spec, schedule);
  ASSERT_TRUE(legal.has_value()) << legal.error().message;
  ::testing::internal::CaptureStderr();
  Result<Kernel> kernel = compileKernel(spec, schedule, "kernel");
  // Halide's only word on loads that may lie outside a buffer is a warning.
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  ASSERT_TRUE(kernel.has_value()) << kernel.error().message;
  if (!spec.isOnDevice()) {
    Result<std::set<std::string>> undefined = undefinedSymbols(*kernel);
    ASSERT_TRUE(undefined.has_value()) << undefined.error().message;
    EXPECT_THAT(std::vector<std::string>(undefined->begin(), undefined->end()),
                ::testing::IsSubsetOf(
                    {"halide_do_par_for", "halide_malloc", "halide_free", "memcpy", "memmove", "memset"}));
  }

  const Op op = withRandomParameters(test.op, test.inputs, 1000);
  Result<std::vector<std::vector<float>>> weights = packWeights(spec, schedule, op);
  ASSERT_TRUE(weights.has_value()) << weights.error().message;
  // The images' elements one behind the other, what goes in and what should come out.
  std::vector<Tensor> operands(test.inputs.size()), expected;
  for (std::int64_t image = 0; image < spec.images; ++image) {
    std::vector<Tensor> given, ofImage; // as memory has them, and what they mean
    for (std::size_t i = 0; i < test.inputs.size(); ++i) {
      const std::int64_t seed = static_cast<std::int64_t>(i) + 1 + 100 * (spec.isConstant(i) ? 0 : image);
      given.push_back(operandOf(test, i, static_cast<std::uint64_t>(seed)));
      ofImage.push_back(isAsApplicationsHave(test.inputs[i])
                            ? preprocess(test.inputs[i], given.back()).value()
                            : given.back());
    }
    Result<std::vector<Tensor>> results = evaluate(op, ofImage);
    ASSERT_TRUE(results.has_value()) << results.error().message;
    expected.resize(results->size());
    for (std::size_t i = 0; i < ofImage.size(); ++i)
      if (image < spec.imagesOf(i)) append(operands[i], given[i]);
    for (std::size_t i = 0; i < results->size(); ++i)
      append(expected[i], (*results)[i]);
  }
  Result<std::vector<Tensor>> actual = spec.isOnDevice()
                                           ? runOnDevice(spec, *kernel, *weights, operands)
                                           : runKernel(spec, *kernel, *weights, operands, test.memory);
  ASSERT_TRUE(actual.has_value()) << actual.error().message;
  ASSERT_EQ(actual->size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    expectNear((*actual)[i], expected[i], test.tolerance);
}

void expectAgreement(const KernelCase &test) {
  const std::vector<Target> targets = runnableTargets();
  ASSERT_FALSE(targets.empty());
  const std::string text = toString(specOf(test, targets[0]));
  const KernelSpec spec = specOf(test, targets[fnv1a(text) % targets.size()]);
  expectAgreement(test, spec, defaultSchedule(spec));
  if (whyNoOpenCl().empty()) expectAgreementOnDevice(test);
}

void expectAgreementOnDevice(const KernelCase &test) {
  KernelSpec spec = specOf(test, Target{});
  spec.target = parseTargets("x86-64-v2+opencl").value().devices.front();
  spec.images = 2;
  expectAgreement(test, spec, defaultSchedule(spec));
}

void expectAgreementOnEveryTarget(const KernelCase &test) {
  for (const Target &target : runnableTargets()) {
    const KernelSpec spec = specOf(test, target);
    expectAgreement(test, spec, defaultSchedule(spec));
  }
}

} // namespace ninc
