#include "tuner/search/SearchSpace.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <iterator>
#include <queue>
#include <set>
#include <string>

#include "codegen/schedule/ScheduleText.h"
#include "codegen/schedule/gpu/GpuMlpconvCost.h"
#include "codegen/schedule/mlpconv/MlpconvCandidates.h"
#include "codegen/schedule/mlpconv/MlpconvCost.h"
#include "support/Hash.h"
#include "support/Random.h"
#include "tuner/search/GpuMoves.h"
#include "tuner/search/MlpconvMoves.h"

namespace ninc {

namespace {

// Schedules whose moves the ranking follows; each has some fifty.
constexpr std::size_t mostExpanded = 60;

// A seed that the cost model expects to take more than so many times the best isn't worth a measurement.
constexpr double hopeless = 6;

bool isCheaper(const RankedSchedule &a, const RankedSchedule &b) {
  return a.predictedCycles < b.predictedCycles;
}

std::vector<int> powersOfTwoUpTo(int most) {
  std::vector<int> powers;
  for (int power = 1; power <= most; power *= 2)
    powers.push_back(power);
  return powers;
}

// All schedules of a kernel that has few, legal or not, for `vector` lanes.
std::vector<Schedule> variantsOf(const Schedule &schedule, int vector, int threads) {
  std::vector<Schedule> variants;
  auto parallels = [&](bool usual) { return threads > 1 ? std::vector{false, true} : std::vector{usual}; };
  if (const auto *loop = std::get_if<LoopSchedule>(&schedule.choice)) {
    for (int tasks : threads > 1 ? std::vector{1, 2, 3, 4, 6, 8, 12, 16, 32} : std::vector{loop->tasks})
      variants.push_back({LoopSchedule{vector, tasks}});
  } else if (const auto *grouped = std::get_if<TileSchedule>(&schedule.choice)) {
    for (bool parallel : parallels(grouped->parallel))
      for (int vectors : {1, 2, 3, 4})
        for (int pixels : {1, 2, 3, 4, 6, 8, 12})
          variants.push_back({TileSchedule{vector, vectors, pixels, parallel}});
  } else if (const auto *dense = std::get_if<DenseSchedule>(&schedule.choice)) {
    for (bool parallel : parallels(dense->parallel))
      for (int vectors : {1, 2, 3, 4, 6, 8, 12, 16})
        variants.push_back({DenseSchedule{vector, vectors, parallel}});
  }
  return variants;
}

template <class Choice>
std::vector<Schedule> asSchedules(std::vector<Choice> choices) {
  std::vector<Schedule> schedules;
  for (Choice &choice : choices)
    schedules.push_back({std::move(choice)});
  return schedules;
}

// All schedules of a device's kernel that has few.
std::vector<Schedule> deviceVariantsOf(const KernelSpec &spec, const Schedule &schedule) {
  if (std::holds_alternative<GpuLoopSchedule>(schedule.choice)) return asSchedules(gpuLoopSchedules(spec));
  return asSchedules(gpuReductionSchedules(spec));
}

// The same of a CPU's. Wide vectors first: they are the ones that usually win.
std::vector<Schedule> cpuVariantsOf(const KernelSpec &spec, const Schedule &schedule, int threads) {
  std::vector<Schedule> variants;
  const std::vector<int> vectors = powersOfTwoUpTo(spec.cpu().vectorLanes);
  for (auto vector = vectors.rbegin(); vector != vectors.rend(); ++vector)
    std::ranges::move(variantsOf(schedule, *vector, threads), std::back_inserter(variants));
  return variants;
}

std::vector<RankedSchedule> allVariants(const KernelSpec &spec, const Schedule &first, int threads) {
  std::vector<RankedSchedule> schedules = {{first}};
  std::vector<Schedule> variants =
      spec.isOnDevice() ? deviceVariantsOf(spec, first) : cpuVariantsOf(spec, first, threads);
  for (Schedule &schedule : variants)
    if (!(schedule == first) && checkLegal(spec, schedule)) schedules.push_back({std::move(schedule)});
  return schedules;
}

// What a search over many schedules needs to know of them. Refers to the spec.
struct Space {
  std::function<std::vector<Schedule>()> structures; // where it begins
  std::function<std::vector<Schedule>(const Schedule &)> moves;
  std::function<std::string(const Schedule &)> kindOf; // of each kind one is measured first
};

bool hasManySchedules(const Schedule &schedule) {
  return std::holds_alternative<MlpconvSchedule>(schedule.choice) ||
         std::holds_alternative<GpuMlpconvSchedule>(schedule.choice);
}

Space cpuSpace(const KernelSpec &spec, Exactness exactness, int threads) {
  const std::vector<MlpconvSchedule> structures = candidateSchedules(spec, exactness);
  auto moves = [&spec, structures, threads](const Schedule &from) {
    return asSchedules(mlpconvMoves(spec, std::get<MlpconvSchedule>(from.choice), structures, threads));
  };
  auto kindOf = [](const Schedule &schedule) {
    const auto &mlpconv = std::get<MlpconvSchedule>(schedule.choice);
    return fmt::format("{} {}", mlpconv.winograd.has_value(), mlpconv.wholeLayers);
  };
  return {[structures] { return asSchedules(structures); }, moves, kindOf};
}

Space deviceSpace(const KernelSpec &spec) {
  auto moves = [&spec](const Schedule &from) {
    return asSchedules(gpuMlpconvMoves(spec, std::get<GpuMlpconvSchedule>(from.choice)));
  };
  return {[&spec] { return asSchedules(gpuMlpconvStructures(spec)); }, moves, structureOf};
}

Space spaceOf(const KernelSpec &spec, Exactness exactness, int threads) {
  return spec.isOnDevice() ? deviceSpace(spec) : cpuSpace(spec, exactness, threads);
}

// Best first over the moves, by the cost model alone.
class Ranking {
public:
  Ranking(const KernelSpec &spec, Exactness exactness, int threads)
      : spec_(spec), threads_(threads), space_(spaceOf(spec, exactness, threads)),
        structures_(space_.structures()) {}

  std::vector<RankedSchedule> first(const Schedule &usual, std::size_t count) {
    take(usual);
    const std::vector<RankedSchedule> seeds = seedsInOrder();
    for (const RankedSchedule &seed : seeds)
      if (seed.predictedCycles <= hopeless * seeds.front().predictedCycles) take(seed.schedule);
    const double most = hopeless * seeds.front().predictedCycles;
    std::vector<RankedSchedule> chosen = std::move(found_);
    found_.clear();
    // A third of the places at most go to the seeds and to random ones each, so that some of the best remain.
    const std::size_t places = std::min(chosen.size(), std::max<std::size_t>(1, count / 3));
    std::vector<RankedSchedule> otherSeeds(chosen.begin() + static_cast<std::ptrdiff_t>(places),
                                           chosen.end());
    chosen.resize(places);
    wander(count / 3, most);
    std::ranges::move(found_, std::back_inserter(chosen));
    found_ = std::move(otherSeeds);
    expand();
    std::ranges::stable_sort(found_, isCheaper);
    for (const RankedSchedule &schedule : found_)
      if (chosen.size() < count) chosen.push_back(schedule);
    return chosen;
  }

private:
  // The best of each kind, then the other structures; by cost.
  std::vector<RankedSchedule> seedsInOrder() const {
    std::vector<RankedSchedule> seeds;
    for (const Schedule &structure : structures_)
      seeds.push_back({structure, predictedCycles(spec_, structure, threads_)});
    std::ranges::stable_sort(seeds, isCheaper);
    std::set<std::string> kinds;
    std::vector<RankedSchedule> first, others;
    for (RankedSchedule &seed : seeds) {
      const bool isFirst = kinds.insert(space_.kindOf(seed.schedule)).second;
      (isFirst ? first : others).push_back(std::move(seed));
    }
    std::ranges::move(others, std::back_inserter(first));
    return first;
  }

  void take(const Schedule &schedule) {
    if (!known_.insert(toString(schedule)).second) return;
    found_.push_back({schedule, predictedCycles(spec_, schedule, threads_)});
    open_.push(found_.back());
  }

  // Takes `count` schedules, each a few random moves from a random structure.
  void wander(std::size_t count, double mostCycles) {
    Random random(fnv1a(toString(spec_)));
    const std::size_t tries = 20 * count;
    for (std::size_t i = 0; i < tries && found_.size() < count; ++i) {
      Schedule at = structures_[random.below(structures_.size())];
      constexpr std::uint64_t mostSteps = 5;
      for (std::uint64_t step = 1 + random.below(mostSteps); step > 0; --step) {
        std::vector<Schedule> moves = space_.moves(at);
        if (moves.empty()) break;
        at = std::move(moves[random.below(moves.size())]);
      }
      if (predictedCycles(spec_, at, threads_) <= mostCycles) take(at);
    }
  }

  void expand() {
    for (std::size_t i = 0; i < mostExpanded && !open_.empty(); ++i) {
      const Schedule from = open_.top().schedule;
      open_.pop();
      for (const Schedule &next : space_.moves(from))
        take(next);
    }
  }

  struct Dearer {
    bool operator()(const RankedSchedule &a, const RankedSchedule &b) const { return isCheaper(b, a); }
  };

  const KernelSpec &spec_;
  int threads_;
  Space space_;
  std::vector<Schedule> structures_;
  std::set<std::string> known_;
  std::vector<RankedSchedule> found_;
  std::priority_queue<RankedSchedule, std::vector<RankedSchedule>, Dearer> open_;
};

} // namespace

double predictedCycles(const KernelSpec &spec, const Schedule &schedule, int threads) {
  if (const auto *mlpconv = std::get_if<MlpconvSchedule>(&schedule.choice))
    return predictCost(spec, *mlpconv, threads).total();
  if (const auto *mlpconv = std::get_if<GpuMlpconvSchedule>(&schedule.choice))
    return predictClocks(spec, *mlpconv);
  return 0;
}

std::string structureOf(const Schedule &schedule) {
  if (const auto *mlpconv = std::get_if<MlpconvSchedule>(&schedule.choice)) {
    const WinogradTile tile = mlpconv->winograd.value_or(WinogradTile{0, 0});
    return fmt::format("{} {} {}", tile.rows, tile.columns, mlpconv->wholeLayers);
  }
  if (const auto *mlpconv = std::get_if<GpuMlpconvSchedule>(&schedule.choice))
    return fmt::format("{} {} {}", mlpconv->stagesInput, mlpconv->threadChannels,
                       fmt::join(mlpconv->storedMaps, "+"));
  return {};
}

std::vector<RankedSchedule> rankedSchedules(const KernelSpec &spec, Exactness exactness, int threads,
                                            std::size_t count) {
  const Schedule usual = defaultSchedule(spec, exactness);
  if (hasManySchedules(usual)) return Ranking(spec, exactness, threads).first(usual, count);
  std::vector<RankedSchedule> schedules = allVariants(spec, usual, threads);
  schedules.resize(std::min(schedules.size(), count));
  return schedules;
}

std::vector<RankedSchedule> neighboursOf(const KernelSpec &spec, const Schedule &schedule,
                                         Exactness exactness, int threads) {
  if (!hasManySchedules(schedule)) {
    std::vector<RankedSchedule> others = allVariants(spec, schedule, threads);
    others.erase(others.begin());
    return others;
  }
  std::set<std::string> known = {toString(schedule)};
  std::vector<RankedSchedule> neighbours;
  for (Schedule &next : spaceOf(spec, exactness, threads).moves(schedule))
    if (known.insert(toString(next)).second) {
      const double predicted = predictedCycles(spec, next, threads);
      neighbours.push_back({std::move(next), predicted});
    }
  std::ranges::stable_sort(neighbours, isCheaper);
  return neighbours;
}

} // namespace ninc
