#include "codegen/plan/BatchPlan.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <unordered_map>

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

// The images a call with which a group costs least.
std::int64_t bestWithin(const ChoicesOfImages &choices, std::int64_t group) {
  std::int64_t best = 1;
  for (const auto &[images, choice] : choices)
    if (group % images == 0 && cyclesAt(choices, images) < cyclesAt(choices, best)) best = images;
  return best;
}

class BatchPlanner {
public:
  BatchPlanner(const Graph &graph, const std::vector<Node> &order, const PlanOptions &options,
               const std::vector<std::int64_t> &counts) {
    std::unordered_map<std::string, ChoicesOfImages> known; // by spec
    for (const Node node : order) {
      specs_.push_back(kernelSpecOf(graph, node, options.target));
      const auto [place, isNew] = known.try_emplace(toString(specs_.back()));
      if (isNew) place->second = choicesOf(specs_.back(), counts, options.exactness);
      choices_.push_back(place->second);
    }
  }

  // Cycles that a group of images takes, apart from kernels of which no model knows the cost.
  double costOf(std::int64_t group) const {
    double expected = 0;
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      expected += trafficOf(specs_[i], group);
      if (!choices_[i].empty()) expected += cyclesAt(choices_[i], bestWithin(choices_[i], group));
    }
    return expected * static_cast<double>(group);
  }

  BatchPlan planOf(std::int64_t group) const {
    BatchPlan plan{group, std::vector<std::int64_t>(specs_.size(), 1),
                   std::vector<std::optional<ScheduleChoice>>(specs_.size())};
    for (std::size_t i = 0; i < specs_.size(); ++i)
      if (!choices_[i].empty()) {
        plan.images[i] = bestWithin(choices_[i], group);
        plan.usual[i] = choices_[i].at(plan.images[i]);
      }
    return plan;
  }

private:
  std::vector<KernelSpec> specs_;
  std::vector<ChoicesOfImages> choices_;
};

// Of a batch that is fixed.
std::int64_t bestGroup(const BatchPlanner &planner, const std::vector<std::int64_t> &divisors) {
  return *std::ranges::min_element(
      divisors, {}, [&](std::int64_t group) { return planner.costOf(group) / static_cast<double>(group); });
}

// What so many images cost when they go through the groups (descending, the last is 1), the largest first.
double costInGroups(const std::vector<double> &costs, const std::vector<std::int64_t> &groups,
                    std::int64_t images) {
  double cost = 0;
  for (const std::int64_t group : groups) {
    cost += static_cast<double>(images / group) * costs[static_cast<std::size_t>(group - 1)];
    images %= group;
  }
  return cost;
}

// Images in groups that are all of one size.
struct Equal {
  std::int64_t group = 1;
  double cost = 0; // of all images in groups of so many
};
Equal bestEqualGroups(const std::vector<double> &costs, std::int64_t images) {
  Equal best{1, static_cast<double>(images) * costs.front()};
  for (const std::int64_t group : divisorsUpTo(images, static_cast<std::int64_t>(costs.size()))) {
    const double cost = static_cast<double>(images / group) * costs[static_cast<std::size_t>(group - 1)];
    if (cost < best.cost) best = {group, cost};
  }
  return best;
}

} // namespace

std::vector<std::int64_t> groupsForAnyBatch(const std::vector<double> &costs, std::int64_t batch,
                                            double slack) {
  std::vector<std::int64_t> groups = {1};
  for (;;) {
    double worst = slack;
    std::int64_t missing = 0;
    for (std::int64_t images = 2; images <= batch; ++images) {
      const Equal alone = bestEqualGroups(costs, images);
      if (alone.cost <= 0) continue; // nothing is known of any kernel
      const double ratio = costInGroups(costs, groups, images) / alone.cost;
      if (ratio <= worst) continue;
      // A group that is there and yet isn't taken stands behind larger ones: then all images are one.
      const bool isThere = std::ranges::count(groups, alone.group) > 0;
      if (isThere && (images > std::ssize(costs) || std::ranges::count(groups, images) > 0)) continue;
      worst = ratio;
      missing = isThere ? images : alone.group;
    }
    if (missing == 0) return groups;
    groups.insert(std::ranges::lower_bound(groups, missing, std::greater<>()), missing);
  }
}

std::vector<BatchPlan> planBatch(const Graph &graph, const std::vector<Node> &order,
                                 const PlanOptions &options) {
  if (options.batch == 1)
    return {{1, std::vector<std::int64_t>(order.size(), 1),
             std::vector<std::optional<ScheduleChoice>>(order.size())}};
  if (!options.anyBatch) {
    const std::vector<std::int64_t> divisors = divisorsUpTo(options.batch, mostImagesOfGroup);
    const BatchPlanner planner(graph, order, options, divisors);
    return {planner.planOf(bestGroup(planner, divisors))};
  }
  std::vector<std::int64_t> counts(static_cast<std::size_t>(std::min(options.batch, mostImagesOfGroup)));
  std::iota(counts.begin(), counts.end(), 1);
  const BatchPlanner planner(graph, order, options, counts);
  std::vector<double> costs;
  for (const std::int64_t count : counts)
    costs.push_back(planner.costOf(count));
  constexpr double slack = 1.03; // of the 5 % that a number of images may cost more than if it were fixed
  std::vector<BatchPlan> plans;
  for (const std::int64_t group : groupsForAnyBatch(costs, options.batch, slack))
    plans.push_back(planner.planOf(group));
  return plans;
}

} // namespace ninc
