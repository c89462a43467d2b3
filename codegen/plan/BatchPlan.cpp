#include "codegen/plan/BatchPlan.h"

#include <limits>
#include <map>

#include "codegen/schedule/mlpconv/MlpconvCost.h"

namespace ninc {

namespace {

// More images than these share weights so well already that more of them gain nothing.
constexpr std::int64_t mostImagesOfGroup = 32;

std::vector<std::int64_t> divisorsUpTo(std::int64_t number, std::int64_t most) {
  std::vector<std::int64_t> divisors;
  for (std::int64_t d = 1; d <= std::min(number, most); ++d)
    if (number % d == 0) divisors.push_back(d);
  return divisors;
}

// Expected cycles an image for each number of images a call; empty for a kernel that computes one image.
using CyclesOfImages = std::map<std::int64_t, double>;

CyclesOfImages cyclesOf(KernelSpec spec, const std::vector<std::int64_t> &counts, Exactness exactness) {
  CyclesOfImages cycles;
  if (!canComputeImages(spec)) return cycles;
  for (std::int64_t images : counts) {
    spec.images = images;
    const MlpconvSchedule schedule = defaultMlpconvSchedule(spec, exactness);
    cycles[images] = predictCost(spec, schedule, 1).total() / static_cast<double>(images);
  }
  return cycles;
}

// Cycles an image for moving a kernel's maps, if those of the group don't stay in L2.
double trafficOf(const KernelSpec &spec, std::int64_t group) {
  std::int64_t bytes = 0;
  for (const std::vector<TensorType> *types : {&spec.inputs, &spec.outputs})
    for (const TensorType &type : *types)
      bytes += byteCount(type);
  return group * bytes > spec.target.l2Bytes / 2 ? static_cast<double>(bytes) / bytesFromBeyondL2 : 0;
}

std::int64_t bestWithin(const CyclesOfImages &cycles, std::int64_t group) {
  std::int64_t best = 1;
  for (const auto &[images, expected] : cycles)
    if (group % images == 0 && expected < cycles.at(best)) best = images;
  return best;
}

} // namespace

BatchPlan planBatch(const Graph &graph, const std::vector<Node> &order, const CompileOptions &options) {
  BatchPlan plan{1, std::vector<std::int64_t>(order.size(), 1)};
  if (options.batch == 1) return plan;
  const std::vector<std::int64_t> counts = divisorsUpTo(options.batch, mostImagesOfGroup);
  std::vector<KernelSpec> specs;
  std::vector<CyclesOfImages> cycles;
  for (Node node : order) {
    specs.push_back(kernelSpecOf(graph, node, options.target));
    cycles.push_back(cyclesOf(specs.back(), counts, options.exactness));
  }
  double fewest = std::numeric_limits<double>::max();
  for (std::int64_t group : counts) {
    double expected = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      expected += trafficOf(specs[i], group);
      if (!cycles[i].empty()) expected += cycles[i].at(bestWithin(cycles[i], group));
    }
    if (expected >= fewest) continue;
    fewest = expected;
    plan.group = group;
  }
  for (std::size_t i = 0; i < order.size(); ++i)
    if (!cycles[i].empty()) plan.images[i] = bestWithin(cycles[i], plan.group);
  return plan;
}

} // namespace ninc
