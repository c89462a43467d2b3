// The search, without anything being compiled: what a schedule "takes" is computed by the test.
#include "tuner/search/Search.h"

#include <cmath>
#include <gtest/gtest.h>

#include "codegen/schedule/ScheduleText.h"
#include "support/Hash.h"
#include "tests/unit/tuner/Specs.h"

namespace ninc {
namespace {

using testing::mlpconvSpec;
using testing::poolSpec;

// A machine that likes wide blocks and a reduction written out eight times, and knows nothing of the cost
// model: the time of a schedule relative to the default's.
double machine(const Schedule &schedule) {
  const auto &s = std::get<MlpconvSchedule>(schedule.choice);
  double time = s.winograd ? 1.2 : 1;
  time *= 1 + 0.1 * std::abs(std::log2(s.blockPixels / 96.0));
  time *= 1 + 0.05 * std::abs(s.reductionUnroll - 8);
  return time;
}

struct Outcomes {
  std::vector<std::string> measured;
  double best = 1e9;
};

// Goes on until the search ends by itself; everything in `inWork` is learnt late, as with parallel
// compilations.
template <class Time>
Outcomes runSearch(KernelSearch &search, Time time, std::size_t inWork = 1) {
  Outcomes run;
  std::vector<Schedule> waiting;
  for (;;) {
    const auto next = search.propose();
    if (next) waiting.push_back(next->schedule);
    if (waiting.empty()) break;
    if (next && waiting.size() < inWork) continue;
    const Schedule schedule = waiting.front();
    waiting.erase(waiting.begin());
    run.measured.push_back(toString(schedule));
    run.best = std::min(run.best, time(schedule));
    search.learn(schedule, Outcome::ok, time(schedule));
    if (run.measured.size() > 5000) break;
  }
  return run;
}

TEST(KernelSearch, BeginsWithTheDefault) {
  KernelSearch search(mlpconvSpec({48, 32}, 32), {});
  const auto first = search.propose();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->schedule, search.defaultSchedule());
}

TEST(KernelSearch, FindsWhatTheCostModelDoesntKnowAndEnds) {
  KernelSearch search(mlpconvSpec({48, 32}, 32), {});
  const Outcomes run = runSearch(search, machine);
  EXPECT_TRUE(search.finished());
  EXPECT_LT(run.measured.size(), 400u);
  EXPECT_EQ(search.measured(), run.measured.size());
  // The default's unroll of 4 alone costs 20 %.
  EXPECT_LT(run.best, 1.1);
}

TEST(KernelSearch, NeverProposesAScheduleTwice) {
  for (std::size_t inWork : {1, 3}) {
    KernelSearch search(mlpconvSpec({48, 32}, 32), {});
    const Outcomes run = runSearch(search, machine, inWork);
    EXPECT_EQ(std::set<std::string>(run.measured.begin(), run.measured.end()).size(), run.measured.size());
  }
}

TEST(KernelSearch, DoesntProposeWhatAnEarlierSessionHasMeasured) {
  KernelSearch first(mlpconvSpec({48, 32}, 32), {});
  std::vector<std::string> known;
  KernelSearch second(mlpconvSpec({48, 32}, 32), {});
  for (int i = 0; i < 20; ++i) {
    const auto next = first.propose();
    ASSERT_TRUE(next);
    first.learn(next->schedule, Outcome::ok, machine(next->schedule));
    second.learn(next->schedule, Outcome::ok, machine(next->schedule));
    known.push_back(toString(next->schedule));
  }
  EXPECT_EQ(second.measured(), 20u);
  for (const std::string &text : runSearch(second, machine).measured)
    EXPECT_EQ(std::count(known.begin(), known.end(), text), 0) << text;
}

TEST(KernelSearch, GoesOnAroundFailures) {
  KernelSearch search(mlpconvSpec({48, 32}, 32), {});
  std::size_t failed = 0, measured = 0;
  while (const auto next = search.propose()) {
    const bool fails = fnv1a(toString(next->schedule)) % 3 == 0 && measured > 0;
    search.learn(next->schedule, fails ? Outcome::crashed : Outcome::ok, fails ? 0 : machine(next->schedule));
    failed += fails;
    ++measured;
  }
  EXPECT_TRUE(search.finished());
  EXPECT_GT(failed, 5u);
  EXPECT_GT(measured, 40u);
}

TEST(KernelSearch, EndsWhereNothingWorks) {
  KernelSearch search(mlpconvSpec({48, 32}, 32), {});
  while (const auto next = search.propose())
    search.learn(next->schedule, Outcome::hung, 0);
  EXPECT_TRUE(search.finished());
}

TEST(KernelSearch, WaitsForWhatItHasProposed) {
  KernelSearch search(poolSpec(), {});
  std::vector<Schedule> pending;
  while (const auto next = search.propose())
    pending.push_back(next->schedule);
  EXPECT_FALSE(search.finished());
  for (const Schedule &schedule : pending)
    search.learn(schedule, Outcome::ok, 1);
  EXPECT_FALSE(search.propose());
  EXPECT_TRUE(search.finished());
}

} // namespace
} // namespace ninc
