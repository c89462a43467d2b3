#include "tuner/search/Search.h"

#include <algorithm>
#include <cmath>

#include "codegen/schedule/ScheduleText.h"

namespace ninc {

namespace {

// A move that is expected to take more than so many times the best is left out.
constexpr double worthTrying = 1.25;
// Less than this is within what times differ by anyhow.
constexpr double improvement = 0.995;

} // namespace

KernelSearch::KernelSearch(KernelSpec spec, SearchOptions options)
    : spec_(std::move(spec)), options_(options),
      ranked_(rankedSchedules(spec_, options.exactness, options.threads, options.ranked)) {}

std::optional<RankedSchedule> KernelSearch::propose() {
  for (; !rankedAreMeasured(); ++nextRanked_) {
    const RankedSchedule &next = ranked_[nextRanked_];
    const std::string text = toString(next.schedule);
    if (!taken_.insert(text).second) continue;
    pending_.insert(text);
    ++nextRanked_;
    return next;
  }
  exhausted_ = withoutImprovement_ + pending_.size() >= options_.patience;
  if (exhausted_) return std::nullopt;
  if (movesAreStale_) findMoves();
  while (!moves_.empty()) {
    RankedSchedule next = std::move(moves_.back().schedule);
    moves_.pop_back();
    const std::string text = toString(next.schedule);
    if (!taken_.insert(text).second) continue;
    pending_.insert(text);
    return next;
  }
  exhausted_ = true;
  return std::nullopt;
}

double KernelSearch::expectedTime(const Origin &origin, const RankedSchedule &next) const {
  if (origin.predicted <= 0) return origin.relativeTime;
  const std::string structure = structureOf(next.schedule);
  double ratio = origin.relativeTime / origin.predicted;
  if (const auto bias = biases_.find(structure);
      bias != biases_.end() && structure != structureOf(origin.schedule))
    ratio = std::exp(bias->second.sumOfLogs / bias->second.count);
  return next.predictedCycles * ratio;
}

void KernelSearch::findMoves() {
  movesAreStale_ = false;
  moves_.clear();
  if (best_.empty()) return;
  std::set<std::string> found;
  for (const Origin &origin : best_)
    for (RankedSchedule &next : neighboursOf(spec_, origin.schedule, options_.exactness, options_.threads)) {
      const double expected = expectedTime(origin, next);
      if (expected > worthTrying * best_.front().relativeTime) continue;
      const std::string text = toString(next.schedule);
      if (!taken_.contains(text) && found.insert(text).second) moves_.push_back({std::move(next), expected});
    }
  std::ranges::reverse(moves_); // they are taken from the end: of equal ones the first
  std::ranges::stable_sort(moves_, [](const Move &a, const Move &b) { return a.expected > b.expected; });
}

void KernelSearch::learn(const Schedule &schedule, Outcome outcome, double relativeTime) {
  const std::string text = toString(schedule);
  const bool wasPending = pending_.erase(text) > 0;
  const bool wasMove = wasPending && rankedAreMeasured();
  if (taken_.insert(text).second || wasPending) ++measured_;
  exhausted_ = false;
  const bool usable = outcome == Outcome::ok && relativeTime > 0;
  const bool better = usable && (best_.empty() || relativeTime < improvement * best_.front().relativeTime);
  if (better)
    withoutImprovement_ = 0;
  else if (wasMove)
    ++withoutImprovement_;
  if (!usable) return;
  const Origin origin{schedule, relativeTime, predictedCycles(spec_, schedule, options_.threads)};
  if (origin.predicted > 0) {
    Bias &bias = biases_[structureOf(schedule)];
    bias.sumOfLogs += std::log(relativeTime / origin.predicted);
    ++bias.count;
  }
  std::erase_if(best_, [&](const Origin &known) { return known.schedule == schedule; }); // measured again
  const auto place = std::ranges::upper_bound(best_, relativeTime, {}, &Origin::relativeTime);
  if (place == best_.end() && best_.size() >= options_.origins) return;
  best_.insert(place, origin);
  if (best_.size() > options_.origins) best_.pop_back();
  movesAreStale_ = true;
}

bool KernelSearch::isRanked(const Schedule &schedule) const {
  return std::ranges::find(ranked_, schedule, &RankedSchedule::schedule) != ranked_.end();
}

std::size_t KernelSearch::known() const {
  return measured_ + pending_.size() + (ranked_.size() - std::min(nextRanked_, ranked_.size())) +
         moves_.size();
}

} // namespace ninc
