#include "tools/Duration.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

namespace ninc {
namespace {

using testing::HasSubstr;

TEST(ParseDuration, ReadsSecondsMinutesAndHours) {
  EXPECT_EQ(parseDuration("90").value_or(0), 90);
  EXPECT_EQ(parseDuration("90s").value_or(0), 90);
  EXPECT_EQ(parseDuration("2m").value_or(0), 120);
  EXPECT_EQ(parseDuration("1h30m").value_or(0), 5400);
  EXPECT_EQ(parseDuration("1h2m3s").value_or(0), 3723);
  EXPECT_EQ(parseDuration("1h3s").value_or(0), 3603);
  EXPECT_EQ(parseDuration("1.5h").value_or(0), 5400);
  EXPECT_EQ(parseDuration("2.5").value_or(0), 2.5);
  EXPECT_EQ(parseDuration("090m").value_or(0), 5400);
}

TEST(ParseDuration, SaysWhatItExpects) {
  for (const char *text : {"",     " ",    "x",    "s",   "h1",  "-5",  "+5",    "1e3",  "1e3s",
                           "nan",  "inf",  "0x10", "1.",  "1.h", ".5h", "1..5h", "1h30", "30m1h",
                           "1m2m", "1s1s", "1 h",  " 90", "90 ", "2M",  "2d",    "2min", "1,5h"}) {
    const Result<double> duration = parseDuration(text);
    ASSERT_FALSE(duration) << text;
    EXPECT_EQ(duration.error().kind, ErrorKind::usage);
    EXPECT_THAT(duration.error().message, HasSubstr("1h30m")) << text;
  }
  EXPECT_FALSE(parseDuration(std::string_view("9\0", 2)));
}

TEST(ParseDuration, KeepsFromOneSecondToSevenDays) {
  EXPECT_EQ(parseDuration("1").value_or(0), 1);
  EXPECT_EQ(parseDuration("168h").value_or(0), 604800);
  for (const char *text : {"0", "0s", "0.999", "604801", "168h1s", "99999999999999999999h"}) {
    const Result<double> duration = parseDuration(text);
    ASSERT_FALSE(duration) << text;
    EXPECT_THAT(duration.error().message, HasSubstr("7 days")) << text;
  }
  EXPECT_FALSE(parseDuration(std::string(400, '9'))); // more than a double holds
}

TEST(ClockText, LooksLikeAClock) {
  EXPECT_EQ(clockText(0), "0:00");
  EXPECT_EQ(clockText(5), "0:05");
  EXPECT_EQ(clockText(72), "1:12");
  EXPECT_EQ(clockText(3599), "59:59");
  EXPECT_EQ(clockText(3723), "1:02:03");
  EXPECT_EQ(clockText(360000), "100:00:00");
}

TEST(ClockText, RoundsBeforeItSplits) {
  EXPECT_EQ(clockText(0.4), "0:00");
  EXPECT_EQ(clockText(59.6), "1:00");
  EXPECT_EQ(clockText(3599.5), "1:00:00");
}

TEST(ClockText, TakesAnyNumber) {
  EXPECT_EQ(clockText(-3), "0:00");
  EXPECT_EQ(clockText(std::nan("")), "0:00");
  EXPECT_EQ(clockText(std::numeric_limits<double>::infinity()), "277777:46:40");
}

} // namespace
} // namespace ninc
