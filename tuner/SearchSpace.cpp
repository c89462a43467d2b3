#include "tuner/SearchSpace.h"

#include <algorithm>
#include <iterator>
#include <queue>
#include <set>

#include "codegen/MlpconvCandidates.h"
#include "codegen/MlpconvCost.h"
#include "support/Hash.h"
#include "support/Random.h"
#include "tuner/MlpconvMoves.h"

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
  } else if (const auto *grouped = std::get_if<GroupedConvSchedule>(&schedule.choice)) {
    for (bool parallel : parallels(grouped->parallel))
      for (int vectors : {1, 2, 3, 4})
        for (int pixels : {1, 2, 3, 4, 6, 8, 12})
          variants.push_back({GroupedConvSchedule{vector, vectors, pixels, parallel}});
  } else if (const auto *dense = std::get_if<DenseSchedule>(&schedule.choice)) {
    for (bool parallel : parallels(dense->parallel))
      for (int vectors : {1, 2, 3, 4, 6, 8, 12, 16})
        variants.push_back({DenseSchedule{vector, vectors, parallel}});
  }
  return variants;
}

std::vector<RankedSchedule> allVariants(const KernelSpec &spec, const Schedule &first, int threads) {
  std::vector<RankedSchedule> schedules = {{first}};
  // Wide vectors first: they are the ones that usually win.
  std::vector<int> vectors = powersOfTwoUpTo(spec.target.vectorLanes);
  for (auto vector = vectors.rbegin(); vector != vectors.rend(); ++vector)
    for (Schedule &schedule : variantsOf(first, *vector, threads))
      if (!(schedule == first) && isLegal(spec, schedule)) schedules.push_back({std::move(schedule)});
  return schedules;
}

// Best first over the moves, by the cost model alone.
class Ranking {
public:
  Ranking(const KernelSpec &spec, Arithmetic arithmetic, int threads)
      : spec_(spec), threads_(threads), structures_(candidateSchedules(spec, arithmetic)) {}

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
  // The best of each algorithm with each number of whole layers, then the other structures; by cost.
  std::vector<RankedSchedule> seedsInOrder() const {
    std::vector<RankedSchedule> seeds;
    for (const MlpconvSchedule &structure : structures_)
      seeds.push_back({{structure}, predictedCycles(spec_, {structure}, threads_)});
    std::ranges::stable_sort(seeds, isCheaper);
    std::set<std::pair<bool, int>> kinds;
    std::vector<RankedSchedule> first, others;
    for (RankedSchedule &seed : seeds) {
      const auto &schedule = std::get<MlpconvSchedule>(seed.schedule.choice);
      const bool isFirst = kinds.emplace(schedule.winograd.has_value(), schedule.wholeLayers).second;
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
      MlpconvSchedule at = structures_[random.below(structures_.size())];
      constexpr std::uint64_t mostSteps = 5;
      for (std::uint64_t step = 1 + random.below(mostSteps); step > 0; --step) {
        std::vector<MlpconvSchedule> moves = mlpconvMoves(spec_, at, structures_, threads_);
        if (moves.empty()) break;
        at = std::move(moves[random.below(moves.size())]);
      }
      if (predictedCycles(spec_, {at}, threads_) <= mostCycles) take({at});
    }
  }

  void expand() {
    for (std::size_t i = 0; i < mostExpanded && !open_.empty(); ++i) {
      const auto from = std::get<MlpconvSchedule>(open_.top().schedule.choice);
      open_.pop();
      for (const MlpconvSchedule &next : mlpconvMoves(spec_, from, structures_, threads_))
        take({next});
    }
  }

  struct Dearer {
    bool operator()(const RankedSchedule &a, const RankedSchedule &b) const { return isCheaper(b, a); }
  };

  const KernelSpec &spec_;
  int threads_;
  std::vector<MlpconvSchedule> structures_;
  std::set<std::string> known_;
  std::vector<RankedSchedule> found_;
  std::priority_queue<RankedSchedule, std::vector<RankedSchedule>, Dearer> open_;
};

} // namespace

double predictedCycles(const KernelSpec &spec, const Schedule &schedule, int threads) {
  const auto *mlpconv = std::get_if<MlpconvSchedule>(&schedule.choice);
  return mlpconv ? predictCost(spec, *mlpconv, threads).total() : 0;
}

std::vector<RankedSchedule> rankedSchedules(const KernelSpec &spec, Arithmetic arithmetic, int threads,
                                            std::size_t count) {
  const Schedule usual = defaultSchedule(spec, arithmetic);
  if (std::holds_alternative<MlpconvSchedule>(usual.choice))
    return Ranking(spec, arithmetic, threads).first(usual, count);
  std::vector<RankedSchedule> schedules = allVariants(spec, usual, threads);
  schedules.resize(std::min(schedules.size(), count));
  return schedules;
}

std::vector<RankedSchedule> neighboursOf(const KernelSpec &spec, const Schedule &schedule,
                                         Arithmetic arithmetic, int threads) {
  const auto *mlpconv = std::get_if<MlpconvSchedule>(&schedule.choice);
  if (!mlpconv) {
    std::vector<RankedSchedule> others = allVariants(spec, schedule, threads);
    others.erase(others.begin());
    return others;
  }
  std::set<std::string> known = {toString(schedule)};
  std::vector<RankedSchedule> neighbours;
  for (const MlpconvSchedule &next :
       mlpconvMoves(spec, *mlpconv, candidateSchedules(spec, arithmetic), threads))
    if (Schedule moved{next}; known.insert(toString(moved)).second) {
      const double predicted = predictedCycles(spec, moved, threads);
      neighbours.push_back({std::move(moved), predicted});
    }
  std::ranges::stable_sort(neighbours, isCheaper);
  return neighbours;
}

} // namespace ninc
