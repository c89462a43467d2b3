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

// The cost model's choice for each number of images a call; empty for a kernel that computes one image.
using ChoicesOfImages = std::map<std::int64_t, ScheduleChoice>;

ChoicesOfImages choicesOf(KernelSpec spec, const std::vector<std::int64_t> &counts, Exactness exactness) {
  ChoicesOfImages choices;
  if (!canComputeImages(spec)) return choices;
  for (const std::int64_t images : counts) {
    spec.images = images;
    choices.emplace(images, chooseSchedule(spec, exactness));
  }
  return choices;
}

// Cycles an image of calls of so many.
double cyclesAt(const ChoicesOfImages &choices, std::int64_t images) {
  return choices.at(images).expectedCost / static_cast<double>(images);
}

// Cycles an image for moving a kernel's maps, if those of the group don't stay in L2.
double trafficOf(const KernelSpec &spec, std::int64_t group) {
  const std::int64_t bytes = tensorBytes(spec);
  return group * bytes > spec.cpu().l2Bytes / 2 ? static_cast<double>(bytes) / bytesFromBeyondL2 : 0;
}

std::int64_t bestWithin(const ChoicesOfImages &choices, std::int64_t group) {
  std::int64_t best = 1;
  for (const auto &[images, choice] : choices)
    if (group % images == 0 && cyclesAt(choices, images) < cyclesAt(choices, best)) best = images;
  return best;
}

} // namespace

BatchPlan planBatch(const Graph &graph, const std::vector<Node> &order, const PlanOptions &options) {
  BatchPlan plan{1, std::vector<std::int64_t>(order.size(), 1),
                 std::vector<std::optional<ScheduleChoice>>(order.size())};
  if (options.batch == 1) return plan;
  const std::vector<std::int64_t> counts = divisorsUpTo(options.batch, mostImagesOfGroup);
  std::vector<KernelSpec> specs;
  std::vector<ChoicesOfImages> choices;
  for (const Node node : order) {
    specs.push_back(kernelSpecOf(graph, node, options.target));
    choices.push_back(choicesOf(specs.back(), counts, options.exactness));
  }
  double fewest = std::numeric_limits<double>::max();
  for (const std::int64_t group : counts) {
    double expected = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      expected += trafficOf(specs[i], group);
      if (!choices[i].empty()) expected += cyclesAt(choices[i], bestWithin(choices[i], group));
    }
    if (expected >= fewest) continue;
    fewest = expected;
    plan.group = group;
  }
  for (std::size_t i = 0; i < order.size(); ++i)
    if (!choices[i].empty()) {
      plan.images[i] = bestWithin(choices[i], plan.group);
      plan.usual[i] = choices[i].at(plan.images[i]);
    }
  return plan;
}

} // namespace ninc
