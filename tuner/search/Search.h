// The search over one kernel's schedules, as a value that knows no processes, files or clocks: it says what
// to measure next and is told what came of it.
//
// First the schedules that the cost model ranks highest, then local moves around the best ones that were
// measured, in the order of what the model makes of each move applied to what its origin took:
//
//     expected(move) = measured(origin) * predicted(move) / predicted(origin)
//
// so that the model's error, which a move mostly shares with its origin, cancels. A move to another algorithm
// or number of whole layers doesn't share it: there the ratio of measured to predicted is that of what was
// measured of the same structure. A move that is expected to be far slower is left out. The search ends by
// itself when a number of moves in a row have found nothing better.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tuner/records/Record.h"
#include "tuner/search/SearchSpace.h"

namespace ninc {

struct SearchOptions {
  Exactness exactness = Exactness::fast;
  int threads = 1;
  std::size_t ranked = 36;   // of the first part
  std::size_t patience = 60; // moves in a row without improvement
  std::size_t origins = 3;   // best schedules around which moves are made
};

class KernelSearch {
public:
  KernelSearch(KernelSpec spec, SearchOptions options);

  // What to measure next; none if the search has ended, or waits for what it has proposed. No schedule is
  // proposed twice, nor one that it was told of.
  std::optional<RankedSchedule> propose();

  // What became of a schedule, proposed or known from before: its time by the default schedule's, measured in
  // the same run. 0 unless it is ok.
  void learn(const Schedule &schedule, Outcome outcome, double relativeTime);

  // Whether propose() had nothing more to say, with nothing left to learn.
  bool finished() const { return exhausted_ && pending_.empty(); }

  const KernelSpec &spec() const { return spec_; }
  const SearchOptions &options() const { return options_; }
  const Schedule &defaultSchedule() const { return ranked_.front().schedule; }
  // Whether a schedule belongs to the first part.
  bool isRanked(const Schedule &schedule) const;
  std::size_t measured() const { return measured_; }
  // Of the first part and of the moves known so far.
  std::size_t known() const;

private:
  struct Origin {
    Schedule schedule;
    double relativeTime = 0, predicted = 0;
  };
  struct Move {
    RankedSchedule schedule;
    double expected = 0; // relative to the default
  };

  // Of schedules that the cost model errs about alike: the same algorithm, as many whole layers.
  struct Bias {
    double sumOfLogs = 0; // of measured / predicted
    int count = 0;
  };

  double expectedTime(const Origin &origin, const RankedSchedule &next) const;
  bool rankedAreMeasured() const { return nextRanked_ >= ranked_.size(); }
  void findMoves();

  KernelSpec spec_;
  SearchOptions options_;
  std::vector<RankedSchedule> ranked_;
  std::size_t nextRanked_ = 0;
  std::set<std::string> taken_;   // proposed or learnt
  std::set<std::string> pending_; // proposed, not yet learnt
  std::vector<Origin> best_;      // by time, at most options_.origins
  std::map<std::string, Bias> biases_;
  std::vector<Move> moves_;   // the next one last
  bool movesAreStale_ = true; // best_ has changed since
  bool exhausted_ = false;    // propose() had nothing the last time
  std::size_t measured_ = 0, withoutImprovement_ = 0;
};

} // namespace ninc
