// Of all verdicts in a database, the ones that count.
#include "tuner/records/Database.h"

#include <gmock/gmock.h>
#include <map>

#include "tests/unit/tuner/records/DatabaseFiles.h"

namespace ninc {
namespace {

using testing::measurement;
using testing::scheduleVersion;
using testing::several;
using testing::verdict;

class Verdicts : public testing::DatabaseFiles {};

TEST_F(Verdicts, TheNewestVerdictOfAKeyCountsByItsDate) {
  const std::map<RecordKey, Verdict> verdicts = newestVerdicts(
      several({verdict("middle", "2026-11-24T00:00:02Z"), verdict("newest", "2026-11-24T00:00:03Z"),
               measurement("none", "2026-11-24T00:00:09Z"), verdict("oldest", "2026-11-24T00:00:01Z")}));
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts.begin()->second.schedule, "newest");
}

TEST_F(Verdicts, OfEqualDatesTheLaterVerdictCounts) {
  const std::map<RecordKey, Verdict> verdicts =
      newestVerdicts(several({verdict("first"), verdict("second"), verdict("third")}));
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts.begin()->second.schedule, "third");
}

TEST_F(Verdicts, EachPartOfAKeyMakesAnother) {
  std::vector<Record> records =
      several({verdict("a"), verdict("b"), verdict("c"), verdict("d"), verdict("e")});
  std::get<Verdict>(records[1]).key.spec = "fedcba9876543210";
  std::get<Verdict>(records[2]).key.machine = "AuthenticAMD 25.1";
  std::get<Verdict>(records[3]).key.threads = 1;
  std::get<Verdict>(records[4]).key.scheduleVersion = scheduleVersion + 1;
  const std::map<RecordKey, Verdict> verdicts = newestVerdicts(records);
  EXPECT_EQ(verdicts.size(), 5U);
  for (const Record &record : records)
    EXPECT_EQ(verdicts.at(keyOf(record)), std::get<Verdict>(record));
}

TEST_F(Verdicts, ADateInTheFutureIsNoNewerThanOthers) {
  append("d", {verdict("wrong clock", "2999-01-01T00:00:00Z"), verdict("now", "2026-11-24T00:00:01Z")});
  const DatabaseContents contents = readDatabase(at("d")).value();
  ASSERT_EQ(newestVerdicts(contents.records).size(), 1U);
  EXPECT_EQ(newestVerdicts(contents.records).begin()->second.schedule, "now");
}

} // namespace
} // namespace ninc
