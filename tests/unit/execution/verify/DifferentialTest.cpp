// The whole compiler on random models: each is compiled to a shared library, loaded, run and compared with
// the reference interpreter, every surviving value and every output, within the bound that rounding explains
// (docs/numerics.md). Target, threads, batch and the inputs' magnitude go through all their combinations as
// the seeds go on. A model on which something fails is shrunk and printed.
//
// NINC_SEEDS=FIRST:COUNT in the environment takes other seeds than the suite's, for a longer search.
#include <cstdlib>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "codegen/target/Targets.h"
#include "execution/devices/Devices.h"
#include "execution/verify/Verification.h"
#include "ir/Printer.h"
#include "tests/support/RandomGraph.h"
#include "tests/unit/execution/model/CompiledModel.h"

namespace ninc {
namespace {

using testing::Build;
using testing::CompiledModel;
using testing::Optimisation;

// Everything that the result of a trial depends on, apart from the graph.
struct Trial {
  std::uint64_t seed = 0;
  Build build;
  int threads = 1;
  float magnitude = 1; // of the inputs: large ones saturate sigmoid, tanh and softmax
  DeviceChoice device = {};
};

std::string placeOf(const Trial &trial) {
  return trial.device.isCpu() ? fmt::format("{}, {} thread(s)", trial.build.target.name, trial.threads)
                              : toString(trial.build.devices.front());
}

Trial trialOf(std::uint64_t seed, Optimisation optimisation) {
  const std::vector<Target> targets = testing::targetsHere();
  Trial trial;
  trial.seed = seed;
  trial.build.target = targets[seed % targets.size()];
  trial.threads = seed / targets.size() % 2 == 0 ? 1 : 2;
  trial.build.batch = seed / targets.size() / 2 % 2 == 0 ? 1 : 3;
  trial.build.optimisation = optimisation;
  trial.magnitude = seed % 5 == 4 ? 40 : 1;
  return trial;
}

// The same on OpenCL device 0, half of the time with values stored as halves. Those don't bear large inputs:
// what exceeds 65504 is cut off.
Trial onDevice(Trial trial) {
  trial.device = {NINC_DEVICE_OPENCL, 0};
  trial.threads = 1;
  trial.build.devices = parseTargets("x86-64-v2+opencl").value().devices;
  trial.build.batch = trial.seed % 3 == 0 ? 3 : 1;
  if (trial.seed % 2 == 0) return trial;
  trial.build.devices.front().storage = ElementType::f16;
  trial.magnitude = 1;
  return trial;
}

std::string complaintAbout(const Verification &verification) {
  for (const LayerComparison &layer : verification.layers)
    if (!layer.agrees)
      return fmt::format("'{}'{} is off by {:.3g}, largest value {:.3g}, bound {:.3g}", layer.name,
                         layer.output ? " (output)" : "", layer.maxError, layer.maxReference, layer.bound);
  return verification.layers.empty() ? "nothing was compared" : "";
}

// What goes wrong between graph and library, or nothing.
std::string complaintAbout(const Graph &graph, const Trial &trial) {
  Result<CompiledModel> compiled = CompiledModel::make(graph, trial.build, trial.threads, trial.device);
  if (!compiled) return compiled.error().message;
  std::vector<Tensor> inputs = testing::randomBatch(graph, trial.build.batch, trial.seed);
  for (Tensor &input : inputs)
    for (float &number : input.data)
      number *= trial.magnitude;
  Result<Verification> verification = verifyLibrary(graph, compiled->library(), inputs);
  return verification ? complaintAbout(*verification) : verification.error().message;
}

// A constant that is an output is one thing that canonicalisation must have dealt with (passes/MemoryPlan.h).
bool canSkipPasses(const Graph &graph) {
  for (Value output : graph.outputs())
    if (graph.as<Constant>(output.node)) return false;
  return true;
}

struct Seeds {
  std::uint64_t first = 0, count = 0;
};

Seeds seedsFor(Seeds suite) {
  unsigned long long first = 0, count = 0;
  const char *text = std::getenv("NINC_SEEDS");
  if (text && std::sscanf(text, "%llu:%llu", &first, &count) == 2) return {first, count};
  return suite;
}

enum class Place { cpu, device };

void expectAgreement(Seeds suite, Optimisation optimisation, const testing::RandomGraphOptions &options,
                     Place place = Place::cpu) {
  const Seeds seeds = seedsFor(suite);
  std::uint64_t compared = 0;
  for (std::uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    Graph graph = testing::randomGraph(seed, options);
    if (optimisation == Optimisation::layoutsOnly && !canSkipPasses(graph)) continue;
    Trial trial = trialOf(seed, optimisation);
    if (place == Place::device) trial = onDevice(std::move(trial));
    ++compared;
    if (complaintAbout(graph, trial).empty()) continue;
    Graph shrunk = testing::shrink(graph, [&](const Graph &smaller) {
      return (optimisation == Optimisation::pipeline || canSkipPasses(smaller)) &&
             !complaintAbout(smaller, trial).empty();
    });
    ADD_FAILURE() << "seed " << seed << ", " << placeOf(trial) << ", batch " << trial.build.batch
                  << ", inputs up to " << trial.magnitude << ": " << complaintAbout(shrunk, trial) << "\n"
                  << print(shrunk);
  }
  EXPECT_GE(compared * 10, seeds.count * 9) << "most models were skipped";
}

TEST(Differential, OptimisedModelsAgreeWithTheReference) {
  expectAgreement({0, 60}, Optimisation::pipeline, {});
}

TEST(Differential, ModelsAsTheyStandAgreeWithTheReference) {
  expectAgreement({5000, 40}, Optimisation::layoutsOnly, {});
}

// Larger maps and more channels than a vector has lanes: several blocks, panels and tasks, and their ends.
TEST(Differential, ModelsOfManyBlocksAgreeWithTheReference) {
  expectAgreement({9000, 24}, Optimisation::pipeline,
                  {.ops = 6, .largestExtent = 24, .largestChannels = 40, .mostElements = 40 * 24 * 24});
}

class DifferentialOnOpenCl : public ::testing::Test {
protected:
  void SetUp() override {
    const Result<DeviceList> devices = listDevices(NINC_DEVICE_OPENCL);
    if (!devices || devices->devices.empty())
      GTEST_SKIP() << "no OpenCL device: " << (devices ? devices->why : devices.error().message);
  }
};

TEST_F(DifferentialOnOpenCl, OptimisedModelsAgreeWithTheReference) {
  expectAgreement({20000, 10}, Optimisation::pipeline, {}, Place::device);
}

TEST_F(DifferentialOnOpenCl, ModelsAsTheyStandAgreeWithTheReference) {
  expectAgreement({21000, 10}, Optimisation::layoutsOnly, {}, Place::device);
}

TEST_F(DifferentialOnOpenCl, ModelsOfManyBlocksAgreeWithTheReference) {
  expectAgreement({22000, 4}, Optimisation::pipeline,
                  {.ops = 6, .largestExtent = 24, .largestChannels = 40, .mostElements = 40 * 24 * 24},
                  Place::device);
}

} // namespace
} // namespace ninc
