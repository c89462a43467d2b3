#include "tests/unit/execution/model/CompiledModel.h"

#include <cstdio>
#include <cstdlib>

#include "frontend/text/Parser.h"
#include "ir/Weights.h"
#include "passes/Passes.h"
#include "tests/support/RandomGraph.h"

namespace ninc::testing {

namespace {

Result<Graph> prepared(const Graph &graph, Optimisation optimisation) {
  Graph copy = graph.clone();
  Diagnostics diagnostics;
  PassContext context{diagnostics};
  if (optimisation == Optimisation::layoutsOnly)
    assignLayouts(copy, context);
  else if (Result<void> done = runPipeline(copy, context); !done)
    return tl::unexpected(done.error());
  return copy;
}

} // namespace

std::vector<Target> targetsHere() {
  std::vector<Target> targets;
  for (const char *name : {"x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"})
    if (Result<Target> target = parseTarget(name); target && runsHere(*target)) targets.push_back(*target);
  return targets;
}

Result<void> compileTo(const std::filesystem::path &library, const Graph &graph, const Build &build) {
  Result<Graph> optimised = prepared(graph, build.optimisation);
  if (!optimised) return tl::unexpected(optimised.error());
  CompileOptions options;
  options.targets = {build.target};
  options.batch = build.batch;
  options.chooseSchedule = build.chooseSchedule;
  options.devices = build.devices;
  auto compiled = compile(*optimised, {Product::sharedLibrary, library}, options);
  if (!compiled) return tl::unexpected(compiled.error());
  return {};
}

Result<CompiledModel> CompiledModel::make(const Graph &graph, const Build &build, int threads,
                                          DeviceChoice device) {
  Result<TemporaryDirectory> folder = TemporaryDirectory::create();
  if (!folder) return tl::unexpected(folder.error());
  const std::filesystem::path path = folder->path() / "model.so";
  if (auto compiled = compileTo(path, graph, build); !compiled) return tl::unexpected(compiled.error());
  Result<LoadedModel> library = LoadedModel::open(path, threads, device);
  if (!library) return tl::unexpected(library.error());
  return CompiledModel(std::move(*folder), std::move(*library));
}

Graph modelOf(std::string_view text) {
  Diagnostics diagnostics;
  std::optional<Graph> graph = parseModel(text, diagnostics);
  if (!graph || (graph->weightSource.kind != WeightSource::Kind::none &&
                 !bindWeights(*graph, std::filesystem::path(), diagnostics))) {
    std::fputs(render(diagnostics, "model of a test", text).c_str(), stderr);
    std::abort();
  }
  return std::move(*graph);
}

std::vector<Tensor> randomBatch(const Graph &graph, std::int64_t batch, std::uint64_t seed) {
  std::vector<Tensor> inputs;
  for (Node node : graph.inputs()) {
    Tensor all{graph.type(graph.result(node)).shape, {}};
    all.shape.insert(all.shape.begin(), batch);
    inputs.push_back(std::move(all));
  }
  for (std::int64_t image = 0; image < batch; ++image) {
    std::map<std::string, Tensor> one = randomInputs(graph, seed + static_cast<std::uint64_t>(image) * 1000);
    std::size_t i = 0;
    for (Node node : graph.inputs()) {
      const std::vector<float> &numbers = one.at(graph.name(graph.result(node))).data;
      inputs[i].data.insert(inputs[i].data.end(), numbers.begin(), numbers.end());
      ++i;
    }
  }
  return inputs;
}

} // namespace ninc::testing
