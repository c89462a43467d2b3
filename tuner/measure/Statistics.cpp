#include "tuner/measure/Statistics.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/statistics/bivariate_statistics.hpp>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

namespace ninc {

namespace {

// A change of schedules should be worth its while: smaller gains are within what the placement of code and
// data in memory does to a kernel.
constexpr double leastGain = 0.005;
// How often, of candidates that aren't faster, one may be called so. Dozens compete for a kernel.
constexpr double significance = 0.01;
constexpr std::size_t leastPairs = 5;

double medianOf(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

// The probability of winning that many rounds or more by tossing a coin.
double signTest(std::int64_t wins, std::int64_t losses) {
  if (wins == 0) return 1;
  const boost::math::binomial coin(static_cast<double>(wins + losses), 0.5);
  return boost::math::cdf(boost::math::complement(coin, static_cast<double>(wins - 1)));
}

// 1 for the smallest; equal values get the mean of the ranks that they take up together.
std::vector<double> ranksOf(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return values[i] < values[j]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0, end = 0; first < order.size(); first = end) {
    while (end < order.size() && values[order[end]] == values[order[first]])
      ++end;
    for (std::size_t i = first; i < end; ++i)
      ranks[order[i]] = static_cast<double>(first + 1 + end) / 2;
  }
  return ranks;
}

bool allEqual(std::span<const double> values) {
  return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
}

} // namespace

TimingStatistics statisticsOf(std::span<const double> seconds) {
  if (seconds.empty()) return {};
  TimingStatistics statistics;
  statistics.least = *std::min_element(seconds.begin(), seconds.end());
  statistics.median = medianOf({seconds.begin(), seconds.end()});
  if (statistics.least > 0) statistics.spread = (statistics.median - statistics.least) / statistics.least;
  statistics.rounds = static_cast<std::int64_t>(seconds.size());
  return statistics;
}

Comparison compare(std::span<const double> incumbent, std::span<const double> challenger) {
  const std::size_t rounds = std::min(incumbent.size(), challenger.size());
  const double incumbentLeast = statisticsOf(incumbent.first(rounds)).least;
  const double challengerLeast = statisticsOf(challenger.first(rounds)).least;
  if (incumbentLeast <= 0 || challengerLeast <= 0) return {};

  std::int64_t wins = 0, losses = 0; // a round that both take equally long in says nothing
  for (std::size_t i = 0; i < rounds; ++i) {
    wins += challenger[i] < incumbent[i];
    losses += challenger[i] > incumbent[i];
  }
  const double p = signTest(wins, losses);
  const bool worthIt = challengerLeast <= (1 - leastGain) * incumbentLeast;
  return {incumbentLeast / challengerLeast, 1 - p, worthIt && p < significance};
}

std::optional<double> rankCorrelation(std::span<const double> a, std::span<const double> b) {
  const std::size_t pairs = std::min(a.size(), b.size());
  a = a.first(pairs);
  b = b.first(pairs);
  if (pairs < leastPairs || allEqual(a) || allEqual(b)) return std::nullopt;
  return boost::math::statistics::correlation_coefficient(ranksOf(a), ranksOf(b));
}

} // namespace ninc
