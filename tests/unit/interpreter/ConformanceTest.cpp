// The interpreter against numbers from outside: ONNX's backend test data, op by op, and two networks layer by
// layer as ONNX Runtime evaluated them.
#include <gtest/gtest.h>

#include "ir/interpreter/Interpreter.h"
#include "ir/interpreter/bounds/ErrorBound.h"
#include "tests/conformance/Cases.h"

namespace ninc {
namespace {

using conformance::Case;
using conformance::Image;

std::string asIs(const ::testing::TestParamInfo<std::string> &info) {
  return info.param;
}

class OnnxBackendTest : public ::testing::TestWithParam<std::string> {};

TEST_P(OnnxBackendTest, HasTheExpectedOutput) {
  Result<Case> loaded = conformance::loadCase("cases", GetParam());
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  ASSERT_FALSE(loaded->images.empty());
  for (const Image &image : loaded->images) {
    auto outputs = evaluateOutputs(loaded->model, image.inputs);
    ASSERT_TRUE(outputs.has_value()) << outputs.error().message;
    const Tensor &expected = image.expected.at(loaded->model.name(loaded->model.outputs().at(0)));
    EXPECT_LE(conformance::largestDifference(outputs->at(0), expected),
              loaded->precision * conformance::largestMagnitude(expected));
  }
}

INSTANTIATE_TEST_SUITE_P(Conformance, OnnxBackendTest, ::testing::ValuesIn(conformance::caseNames("cases")),
                         asIs);

class OnnxRuntimeNetwork : public ::testing::TestWithParam<std::string> {};

TEST_P(OnnxRuntimeNetwork, AgreesLayerByLayer) {
  Result<Case> loaded = conformance::loadCase("networks", GetParam());
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  for (const Image &image : loaded->images) {
    auto values = evaluateAll(loaded->model, image.inputs);
    ASSERT_TRUE(values.has_value()) << values.error().message;
    EXPECT_EQ(image.expected.size() + image.inputs.size(), values->size());
    for (const auto &[name, expected] : image.expected)
      EXPECT_LE(conformance::largestDifference(values->at(name), expected),
                loaded->precision * conformance::largestMagnitude(expected))
          << name;
  }
}

// ONNX Runtime is a correct f32 implementation that shares no code with us: the bounds must hold for it.
TEST_P(OnnxRuntimeNetwork, StaysWithinTheErrorBounds) {
  Result<Case> loaded = conformance::loadCase("networks", GetParam());
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  for (const Image &image : loaded->images) {
    auto values = evaluateAll(loaded->model, image.inputs);
    ASSERT_TRUE(values.has_value()) << values.error().message;
    std::map<std::string, double> bounds = errorBounds(loaded->model, *values);
    for (const auto &[name, expected] : image.expected)
      EXPECT_LE(conformance::largestDifference(values->at(name), expected), bounds.at(name)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Conformance, OnnxRuntimeNetwork,
                         ::testing::ValuesIn(conformance::caseNames("networks")), asIs);

} // namespace
} // namespace ninc
