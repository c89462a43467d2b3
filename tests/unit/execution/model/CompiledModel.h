// From a graph to a library in this process: the first step of every test of this floor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "codegen/Compile.h"
#include "execution/model/LoadedModel.h"
#include "ir/Graph.h"
#include "support/Result.h"
#include "support/TemporaryFiles.h"

namespace ninc::testing {

// The targets whose code this machine runs, narrowest vectors first, without the machine's own cache sizes:
// the same schedules everywhere.
std::vector<Target> targetsHere();

enum class Optimisation {
  pipeline,   // what `ninc` does
  layoutsOnly // every op as it stands in the model: kernels and memory plans that the pipeline leaves few of
};

struct Build {
  Target target = targetsHere().back();
  std::int64_t batch = 1;
  Optimisation optimisation = Optimisation::pipeline;
  std::function<Result<ScheduleChoice>(const KernelSpec &, const std::string &name)> chooseSchedule =
      {}; // default: none
  std::vector<GpuTarget> devices = {};
};

// Compiles a copy of the graph, whose parameters are bound, to a shared library.
Result<void> compileTo(const std::filesystem::path &library, const Graph &graph, const Build &build);

// A compiled model that leaves nothing behind.
class CompiledModel {
public:
  static Result<CompiledModel> make(const Graph &graph, const Build &build, int threads = 1,
                                    DeviceChoice device = {});

  LoadedModel &library() { return library_; }
  std::filesystem::path path() const { return folder_.path() / "model.so"; }

private:
  CompiledModel(TemporaryDirectory folder, LoadedModel library)
      : folder_(std::move(folder)), library_(std::move(library)) {}

  TemporaryDirectory folder_;
  LoadedModel library_;
};

// The graph that a text describes, its weights bound (`weights random seed N`). A wrong text ends the test
// program: it is the test that is wrong.
Graph modelOf(std::string_view text);

// Inputs in the graph's order, [batch, shape...] each, uniform in [-1, 1].
std::vector<Tensor> randomBatch(const Graph &graph, std::int64_t batch, std::uint64_t seed);

} // namespace ninc::testing
