#include "tests/fuzz/Kernels.h"

#include <optional>

#include "frontend/text/Parser.h"
#include "tests/fuzz/Require.h"

namespace ninc {

namespace {

constexpr std::string_view text = R"(model fuzz
image = input f32[3, 12, 12]
stage = mlpconv image [conv 3x3 pad 1 -> 32, 16] : f32[16, 12, 12] hwc
pooled = mlpconv stage [conv 3x3 pad 1 -> 16, 24] max_pool 2x2 stride 2 : f32[24, 6, 6] hwc
grouped = conv2d pooled 3x3 pad 1 -> 24 groups 4 : f32[24, 6, 6] hwc
pool = max_pool grouped 2x2 stride 2 : f32[24, 3, 3]
flat = flatten pool
scores = dense flat -> 10
prob = softmax scores
output prob
)";

} // namespace

const Graph &fuzzedModel() {
  static const Graph model = [] {
    Diagnostics diagnostics;
    std::optional<Graph> graph = parseModel(text, diagnostics);
    require(graph.has_value());
    return std::move(*graph);
  }();
  return model;
}

const Targets &fuzzedTargets() {
  static const Targets targets{{Target{.name = "x86-64-v3"}}, {GpuTarget{.name = "opencl"}}};
  return targets;
}

const std::vector<FuzzedKernel> &fuzzedKernels() {
  static const std::vector<FuzzedKernel> kernels = [] {
    std::vector<FuzzedKernel> all;
    const Graph &model = fuzzedModel();
    for (const Node node : model.nodes()) {
      if (std::holds_alternative<Input>(model.op(node))) continue;
      const std::string &name = model.name(model.result(node));
      all.push_back({name, kernelSpecOf(model, node, fuzzedTargets().cpus.front())});
      all.push_back({name + "@opencl", kernelSpecOf(model, node, fuzzedTargets().devices.front())});
    }
    return all;
  }();
  return kernels;
}

} // namespace ninc
