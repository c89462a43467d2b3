// Compiled models against numbers from outside: ONNX's backend test data, op by op, and two networks layer by
// layer as ONNX Runtime evaluated them. The reference interpreter takes no part in the comparison.
//
// Tolerance: what the expected numbers may be off themselves (Case::precision, relative to the largest, the
// same as the interpreter is held to) plus what rounding may cost a correct f32 kernel at that value
// (errorBounds, docs/numerics.md), since kernels add in another order than ONNX's authors did.
#include <algorithm>
#include <gtest/gtest.h>

#include "ir/interpreter/Interpreter.h"
#include "ir/interpreter/bounds/ErrorBound.h"
#include "tests/conformance/Cases.h"
#include "tests/unit/execution/model/CompiledModel.h"

namespace ninc {
namespace {

using conformance::Case;
using conformance::Image;
using testing::Build;
using testing::CompiledModel;
using testing::Optimisation;

// For each value with an expectation, how far a compiled model may be from it.
std::map<std::string, double> tolerances(const Case &loaded, const Image &image) {
  std::map<std::string, double> allowed;
  auto values = evaluateAll(loaded.model, image.inputs);
  EXPECT_TRUE(values) << values.error().message;
  if (!values) return allowed;
  std::map<std::string, double> bounds = errorBounds(loaded.model, *values);
  for (const auto &[name, expected] : image.expected)
    allowed[name] = loaded.precision * conformance::largestMagnitude(expected) + bounds.at(name);
  return allowed;
}

std::vector<Tensor> inOrder(const Graph &model, const Image &image) {
  std::vector<Tensor> inputs;
  for (Node node : model.inputs())
    inputs.push_back(image.inputs.at(model.name(model.result(node))));
  return inputs;
}

void expectOutputs(const Case &loaded, LoadedModel &library) {
  ASSERT_FALSE(loaded.images.empty());
  for (const Image &image : loaded.images) {
    auto outputs = library.run(inOrder(loaded.model, image));
    ASSERT_TRUE(outputs) << outputs.error().message;
    const std::map<std::string, double> allowed = tolerances(loaded, image);
    for (std::size_t i = 0; i < outputs->size(); ++i) {
      const std::string &name = loaded.model.name(loaded.model.outputs()[i]);
      EXPECT_LE(conformance::largestDifference((*outputs)[i], image.expected.at(name)), allowed.at(name))
          << name;
    }
  }
}

// The cases go round the targets; each op is compiled as it stands, since what the passes would make of a
// single op (nothing, for a dropout) is not the op.
class OnnxBackendTest : public ::testing::TestWithParam<std::string> {};

TEST_P(OnnxBackendTest, HasTheExpectedOutputCompiled) {
  Result<Case> loaded = conformance::loadCase("cases", GetParam());
  ASSERT_TRUE(loaded) << loaded.error().message;
  const std::vector<std::string> names = conformance::caseNames("cases");
  const std::vector<Target> targets = testing::targetsHere();
  const auto number = static_cast<std::size_t>(std::ranges::find(names, GetParam()) - names.begin());
  Build build;
  build.target = targets[number % targets.size()];
  build.optimisation = Optimisation::layoutsOnly;
  auto compiled = CompiledModel::make(loaded->model, build);
  ASSERT_TRUE(compiled) << compiled.error().message;
  expectOutputs(*loaded, compiled->library());
}

std::string asIs(const ::testing::TestParamInfo<std::string> &info) {
  return info.param;
}

INSTANTIATE_TEST_SUITE_P(CompiledConformance, OnnxBackendTest,
                         ::testing::ValuesIn(conformance::caseNames("cases")), asIs);

class OnnxRuntimeNetwork : public ::testing::TestWithParam<std::string> {};

TEST_P(OnnxRuntimeNetwork, AgreesInEverySurvivingLayerOnEveryTarget) {
  Result<Case> loaded = conformance::loadCase("networks", GetParam());
  ASSERT_TRUE(loaded) << loaded.error().message;
  for (const Target &target : testing::targetsHere()) {
    SCOPED_TRACE(target.name);
    Build build;
    build.target = target;
    auto compiled = CompiledModel::make(loaded->model, build, 2);
    ASSERT_TRUE(compiled) << compiled.error().message;
    expectOutputs(*loaded, compiled->library());
    for (const Image &image : loaded->images) {
      const std::map<std::string, double> allowed = tolerances(*loaded, image);
      std::size_t layers = 0;
      auto visit = [&](const ninc_kernel &kernel, int result, const Tensor &computed) {
        const std::string name = kernel.results[result].name;
        if (!image.expected.contains(name)) return;
        EXPECT_LE(conformance::largestDifference(computed, image.expected.at(name)), allowed.at(name))
            << name;
        ++layers;
      };
      auto done = compiled->library().runStepwise(inOrder(loaded->model, image), visit);
      ASSERT_TRUE(done) << done.error().message;
      EXPECT_GE(layers, 3U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(CompiledConformance, OnnxRuntimeNetwork,
                         ::testing::ValuesIn(conformance::caseNames("networks")), asIs);

} // namespace
} // namespace ninc
