// What raw times say. Other programs of a shared machine, its interrupts and its changing clock only ever add
// to a time, and they add in bursts, so two decisions run through this file:
//
// - A candidate's time is its least one: the call that was disturbed least. Means and medians measure the
//   neighbours as well.
// - Two candidates are compared by a sign test over rounds. Those of one round ran right after one another
// and
//   share most of its noise, so it matters who won the round and not by how much. The test assumes no
//   distribution; times have long tails, on which tests for normal ones go wrong.
//
// Times are seconds, finite and not negative.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace ninc {

struct TimingStatistics {
  double least = 0, median = 0;
  double spread = 0; // (median - least) / least: how noisy it was
  std::int64_t rounds = 0;
};

// All zero if there are no times.
TimingStatistics statisticsOf(std::span<const double> seconds);

struct Comparison {
  double ratio = 1;      // incumbent's least / challenger's least: above 1, the challenger is faster
  double confidence = 0; // 1 - p of a one-sided sign test: the challenger wins more rounds than it loses
  bool faster = false;   // the challenger, by enough to care and surely enough
};

// Round i is incumbent[i] beside challenger[i]; what has no partner is left out. Without a round or with a
// least time of 0, nothing is known: Comparison{}.
Comparison compare(std::span<const double> incumbent, std::span<const double> challenger);

// Spearman's: of ranks, equal values sharing the mean of theirs, since predictions and times need not be
// proportional for the one to sort by the other. a[i] belongs to b[i]; what has no partner is left out. None
// for fewer than 5 pairs, which correlate by chance, and where all of one side are equal.
std::optional<double> rankCorrelation(std::span<const double> a, std::span<const double> b);

} // namespace ninc
