// What comes back from a bundle, as records.
#include "tuner/bundle/Bundle.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace ninc {
namespace {

using ::testing::HasSubstr;

std::string roundsOf(double nanoseconds) {
  std::string rounds;
  for (int i = 0; i < 20; ++i)
    rounds += fmt::format("{}{}", i > 0 ? "," : "", nanoseconds + i % 3);
  return rounds;
}

// A line as the runner writes it: the default's rounds, then the candidate's.
std::string lineOf(const std::string &schedule, double defaultNs, double candidateNs,
                   const std::string &outcome = "ok") {
  const std::string label = fmt::format(
      R"(000-stage-001 {{\"spec\":\"0123456789abcdef\",\"threads\":1,\"schedules\":1,)"
      R"(\"kernel\":\"a kernel\",\"schedule\":\"{}\",\"default\":\"usual\",\"predicted_cycles\":1000.0}})",
      schedule);
  return fmt::format(
      R"({{"runner":1,"label":"{}","cpu":"0x41 0xd0c","outcome":"{}","candidate":-1,"detail":"","errors":[],)"
      R"("times_ns":[[{}],[{}]],"date":"2026-01-01T00:00:00Z"}})"
      "\n",
      label, outcome, roundsOf(defaultNs), roundsOf(candidateNs));
}

TEST(BundleResults, AreToldFromDatabases) {
  EXPECT_TRUE(isBundleResults(lineOf("a", 100, 100)));
  EXPECT_FALSE(isBundleResults("{\"record\":\"measurement\"}\n"));
  EXPECT_FALSE(isBundleResults(""));
}

TEST(BundleResults, BecomeMeasurementsAndAVerdictForTheFastest) {
  const DatabaseContents contents =
      recordsOfBundle(lineOf("slow", 1000, 1500) + lineOf("good", 1000, 900) + lineOf("best", 1000, 800) +
                          lineOf("same", 1000, 1000),
                      "results");
  EXPECT_EQ(contents.badLines, 0u) << contents.firstBadLine;
  ASSERT_EQ(contents.records.size(), 5u);
  const auto &first = std::get<Measurement>(contents.records[0]);
  EXPECT_EQ(first.key, (RecordKey{"0123456789abcdef", "0x41 0xd0c", 1, 1}));
  EXPECT_EQ(first.schedule, "slow");
  EXPECT_DOUBLE_EQ(first.seconds, 1500e-9);
  EXPECT_DOUBLE_EQ(first.defaultSeconds, 1000e-9);
  EXPECT_EQ(first.rounds, 20);
  const auto &verdict = std::get<Verdict>(contents.records[4]);
  EXPECT_EQ(verdict.schedule, "best");
  EXPECT_DOUBLE_EQ(verdict.speedup, 1.25);
  EXPECT_EQ(verdict.checked, CheckedBy::kernel);
}

TEST(BundleResults, GiveNoVerdictWhereNothingWasFaster) {
  EXPECT_EQ(recordsOfBundle(lineOf("same", 1000, 1000), "results").records.size(), 1u);
}

TEST(BundleResults, KeepFailuresAsSuch) {
  const DatabaseContents contents = recordsOfBundle(lineOf("bad", 1000, 100, "crashed"), "results");
  ASSERT_EQ(contents.records.size(), 1u);
  EXPECT_EQ(std::get<Measurement>(contents.records[0]).outcome, Outcome::crashed);
}

TEST(BundleResults, MayHoldLinesThatAreNone) {
  const std::string good = lineOf("good", 1000, 900);
  for (const std::string &bad :
       {std::string("nonsense\n"), std::string("{}\n"), good.substr(0, good.size() / 2) + "\n",
        std::string("{\"runner\":1,\"label\":\"x\",\"outcome\":\"ok\"}\n"), lineOf("bad", 1, 1, "failed"),
        lineOf("bad", 1, 1, "delighted")}) {
    const DatabaseContents contents = recordsOfBundle(bad + good, "results");
    EXPECT_EQ(contents.badLines, 1u) << bad;
    EXPECT_THAT(contents.firstBadLine, HasSubstr("results:1: ")) << bad;
    EXPECT_EQ(contents.records.size(), 2u) << bad;
  }
}

} // namespace
} // namespace ninc
