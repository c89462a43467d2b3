#include "tuner/records/Record.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "support/Random.h"
#include "support/Utf8.h"

namespace ninc {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

Measurement measurement() {
  Measurement one;
  one.key = {"0123456789abcdef", "GenuineIntel 6.143", 8, 3};
  one.kernel = "conv2d 1x64x56x56";
  one.schedule = "tile 6x2";
  one.defaultSchedule = "tile 4x2";
  one.seconds = 0.0012;
  one.defaultSeconds = 0.0015;
  one.spread = 0.03;
  one.rounds = 40;
  one.predictedCycles = 3.5e6;
  one.date = "2026-11-24T22:40:01Z";
  return one;
}

Verdict verdict() {
  Verdict one;
  one.key = {"0123456789abcdef", "GenuineIntel 6.143", 8, 3};
  one.kernel = "conv2d 1x64x56x56";
  one.schedule = "tile 6x2";
  one.speedup = 1.25;
  one.checked = CheckedBy::model;
  one.model = "nin_cifar10";
  one.date = "2026-11-24T22:40:01Z";
  return one;
}

constexpr std::string_view measurementLine =
    R"({"record":"measurement","version":1,"spec":"0123456789abcdef","cpu":"GenuineIntel 6.143","threads":8,)"
    R"("schedules":3,"kernel":"conv2d 1x64x56x56","schedule":"tile 6x2","default":"tile 4x2","outcome":"ok","detail":"",)"
    R"("seconds":0.0012,"default_seconds":0.0015,"spread":0.03,"rounds":40,"predicted_cycles":3500000.0,)"
    R"("date":"2026-11-24T22:40:01Z"})";

constexpr std::string_view verdictLine =
    R"({"record":"verdict","version":1,"spec":"0123456789abcdef","cpu":"GenuineIntel 6.143","threads":8,)"
    R"("schedules":3,"kernel":"conv2d 1x64x56x56","schedule":"tile 6x2","speedup":1.25,"checked":"model",)"
    R"("model":"nin_cifar10","date":"2026-11-24T22:40:01Z"})";

// A measurement's line with one piece of it exchanged.
std::string changed(std::string_view from, std::string_view to, std::string_view line = measurementLine) {
  std::string text(line);
  const std::size_t place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return text.replace(place, from.size(), to);
}

// Why a line isn't a record.
std::string refusal(std::string_view line) {
  const Result<Record> record = parseRecord(line);
  return record ? "it was read" : record.error().message;
}

TEST(Record, AMeasurementIsOneLineOfJson) {
  EXPECT_EQ(toLine(measurement()), measurementLine);
  EXPECT_EQ(std::get<Measurement>(parseRecord(measurementLine).value()), measurement());
}

TEST(Record, AVerdictIsOneLineOfJson) {
  EXPECT_EQ(toLine(verdict()), verdictLine);
  EXPECT_EQ(std::get<Verdict>(parseRecord(verdictLine).value()), verdict());
}

TEST(Record, EveryOutcomeIsReadBack) {
  for (const Outcome outcome : {Outcome::ok, Outcome::uncompilable, Outcome::wrong, Outcome::crashed,
                                Outcome::hung, Outcome::memory}) {
    Measurement failed = measurement();
    failed.outcome = outcome;
    const Result<Record> again = parseRecord(toLine(failed));
    ASSERT_TRUE(again) << toString(outcome);
    EXPECT_EQ(std::get<Measurement>(*again).outcome, outcome);
  }
}

TEST(Record, TheWordsOfOutcomesArePartOfTheFormat) {
  EXPECT_EQ(toString(Outcome::ok), "ok");
  EXPECT_EQ(toString(Outcome::uncompilable), "uncompilable");
  EXPECT_EQ(toString(Outcome::wrong), "wrong");
  EXPECT_EQ(toString(Outcome::crashed), "crashed");
  EXPECT_EQ(toString(Outcome::hung), "hung");
  EXPECT_EQ(toString(Outcome::memory), "memory");
}

TEST(Record, TimesAreReadBackToTheBit) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    Measurement precise = measurement();
    precise.seconds = random.uniform() * std::pow(10, random.uniform(-300, 300));
    EXPECT_EQ(std::get<Measurement>(parseRecord(toLine(precise)).value()), precise);
  }
}

TEST(Record, TheKeyIsThatOfWhicheverKind) {
  EXPECT_EQ(keyOf(Record(measurement())).spec, "0123456789abcdef");
  EXPECT_EQ(keyOf(Record(verdict())).threads, 8);
}

TEST(Record, UnknownFieldsAreIgnoredHoweverDeep) {
  const std::string line = changed("{", R"({"later":[{"spec":[1,{"a":null}],"spec":true}],"more":-1e3,)");
  ASSERT_TRUE(parseRecord(line)) << refusal(line);
  EXPECT_EQ(std::get<Measurement>(*parseRecord(line)), measurement());
}

TEST(Record, FieldsMayStandInAnyOrderAmongSpaces) {
  const std::string line = changed(R"({"record":"measurement",)", "\t{ ");
  EXPECT_TRUE(parseRecord(changed(R"(Z"})", R"(Z" , "record" : "measurement" } )", line)));
}

TEST(Record, WholeNumbersAreTimesToo) {
  EXPECT_EQ(std::get<Measurement>(parseRecord(changed("0.0012", "2")).value()).seconds, 2);
}

TEST(Record, AKindThatIsNotKnownIsNamed) {
  EXPECT_EQ(refusal(changed("measurement", "dream")),
            "this version of ninc knows no record of the kind 'dream'");
}

TEST(Record, AHigherVersionSaysSo) {
  EXPECT_EQ(refusal(changed(R"("version":1)", R"("version":2)")),
            "it is a measurement of version 2; this version of ninc reads version 1");
  EXPECT_THAT(refusal(changed(R"("version":1)", R"("version":0)")), HasSubstr("\"version\" isn't"));
}

TEST(Record, EveryFieldIsNeeded) {
  for (const std::string_view line : {measurementLine, verdictLine})
    for (std::size_t quote = line.find('"'); quote < line.size();) {
      const std::size_t end = line.find('"', quote + 1);
      const std::string name(line.substr(quote, end + 1 - quote));
      const std::string without = changed(name + ":", "\"other\":", line);
      EXPECT_EQ(refusal(without), name + " is missing");
      const std::size_t comma = line.find(",\"", end);
      quote = comma == std::string::npos ? comma : comma + 1;
    }
}

TEST(Record, AFieldOfAnotherTypeIsRefused) {
  EXPECT_EQ(refusal(changed(R"("GenuineIntel 6.143")", "6")), "\"cpu\" isn't a text");
  EXPECT_EQ(refusal(changed(R"("GenuineIntel 6.143")", R"(["GenuineIntel"])")), "\"cpu\" isn't a text");
  EXPECT_EQ(refusal(changed(R"("threads":8)", R"("threads":"8")")),
            "\"threads\" isn't a whole number from 1 to 4096");
  EXPECT_EQ(refusal(changed(R"("seconds":0.0012)", R"("seconds":null)")),
            "\"seconds\" isn't a finite number of at least 0");
}

TEST(Record, AFieldThatAppearsTwiceIsRefused) {
  EXPECT_EQ(refusal(changed("{", R"({"threads":8,)")), "\"threads\" appears twice");
}

TEST(Record, ASpecIsAHashOf16HexadecimalDigits) {
  for (const std::string_view spec :
       {"", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg", "0123456789ABCDEF"})
    EXPECT_EQ(refusal(changed("0123456789abcdef", spec)), "\"spec\" isn't a hash of 16 hexadecimal digits");
}

TEST(Record, CountsHaveLimits) {
  const auto withThreads = [](std::string_view threads) {
    return changed(R"("threads":8)", R"("threads":)" + std::string(threads));
  };
  for (const std::string_view threads : {"1", "4096"})
    EXPECT_TRUE(parseRecord(withThreads(threads))) << threads;
  for (const std::string_view threads : {"0", "-1", "4097", "1.5", "8.0", "1e3", "18446744073709551617"})
    EXPECT_THAT(refusal(withThreads(threads)), HasSubstr("\"threads\"")) << threads;
  EXPECT_THAT(refusal(changed(R"("rounds":40)", R"("rounds":-1)")), HasSubstr("\"rounds\""));
  EXPECT_THAT(refusal(changed(R"("rounds":40)", R"("rounds":9223372036854775808)")), HasSubstr("\"rounds\""));
  EXPECT_THAT(refusal(changed(R"("schedules":3)", R"("schedules":2147483648)")), HasSubstr("\"schedules\""));
}

TEST(Record, TimesAreFiniteAndNotNegative) {
  for (const std::string_view field : {"seconds", "default_seconds", "spread", "predicted_cycles"}) {
    std::string line(measurementLine);
    const std::size_t value = line.find("\"" + std::string(field) + "\":") + field.size() + 3;
    line.replace(value, line.find(',', value) - value, "-1e-9");
    EXPECT_EQ(refusal(line), "\"" + std::string(field) + "\" isn't a finite number of at least 0");
  }
  EXPECT_THAT(refusal(changed("0.0012", "1e999")), HasSubstr("isn't JSON"));
  EXPECT_THAT(refusal(changed("0.0012", "NaN")), HasSubstr("isn't JSON"));
  EXPECT_THAT(refusal(changed("1.25", "-1", verdictLine)), HasSubstr("\"speedup\""));
}

TEST(Record, UnknownWordsAreRefused) {
  EXPECT_THAT(refusal(changed(R"("ok")", R"("lost")")), HasSubstr("\"outcome\" isn't one of"));
  EXPECT_THAT(refusal(changed(R"("checked":"model")", R"("checked":"nobody")", verdictLine)),
              HasSubstr("\"checked\" isn't one of"));
}

TEST(Record, DatesHaveOneFormBecauseTheyAreCompared) {
  for (const std::string_view date : {"", "2026-11-24", "2026-11-24T22:40:01", "2026-11-24t22:40:01z",
                                      "2026-11-24T22:40:01Z0", "+026-11-24T22:40:01Z"})
    EXPECT_THAT(refusal(changed("2026-11-24T22:40:01Z", date)), HasSubstr("\"date\" isn't a date")) << date;
}

TEST(Record, DateNowIsADateOfARecord) {
  Measurement one = measurement();
  one.date = dateNow();
  EXPECT_TRUE(parseRecord(toLine(one))) << one.date;
  EXPECT_GT(one.date, "2020-01-01T00:00:00Z");
}

TEST(Record, TextsThatAreTooLongAreRefused) {
  EXPECT_TRUE(parseRecord(changed("tile 6x2", std::string(4096, 'x'))));
  EXPECT_EQ(refusal(changed("tile 6x2", std::string(4097, 'x'))), "\"schedule\" has more than 4096 bytes");
}

TEST(Record, ControlCharactersAreRefused) {
  for (const std::string_view text : {"\\u001b[2J", "\\u0000", "a\\nb", "\\t", "\\u007f", "\\u009b2J"})
    EXPECT_EQ(refusal(changed("tile 6x2", text)), "\"schedule\" holds a control character") << text;
  EXPECT_THAT(refusal(changed("tile 6x2", "\x1b[2J")), HasSubstr("isn't JSON"));
  EXPECT_TRUE(parseRecord(changed("tile 6x2", "\\u00e4\xc3\xa4\\ud83d\\ude00")));
}

TEST(Record, BytesThatAreNotUtf8AreRefused) {
  EXPECT_THAT(refusal(changed("tile 6x2", "\xff")), HasSubstr("isn't JSON"));
  EXPECT_THAT(refusal(changed("tile 6x2", "\\ud800")), HasSubstr("isn't JSON"));
}

TEST(Record, WhatOtherProgramsSayIsWrittenSoThatItCanBeRead) {
  Measurement failed = measurement();
  failed.outcome = Outcome::uncompilable;
  failed.detail = "error:\n\t\x1b[31m\"bad\"\xff \xc2\x9b\\";
  const std::string line = toLine(failed);
  EXPECT_THAT(line, Not(HasSubstr("\n")));
  EXPECT_EQ(std::get<Measurement>(parseRecord(line).value()).detail, "error:   [31m\"bad\"\xef\xbf\xbd  \\");
}

TEST(Record, TextsForPeopleAreCutBetweenCharacters) {
  Measurement failed = measurement();
  failed.detail = "x";
  for (int i = 0; i < 3000; ++i)
    failed.detail += "\xc3\xa4";
  const std::string kept = std::get<Measurement>(parseRecord(toLine(failed)).value()).detail;
  EXPECT_EQ(kept.size(), 4095U);
  EXPECT_TRUE(isUtf8(kept));
}

TEST(Record, TheLongestTextsStillMakeALineThatIsRead) {
  Measurement longest = measurement();
  longest.kernel = longest.schedule = longest.detail = longest.key.machine = std::string(4096, '"');
  EXPECT_EQ(std::get<Measurement>(parseRecord(toLine(longest)).value()), longest);
}

TEST(Record, AScheduleIsNeverCutSinceThatWouldChangeIt) {
  Measurement strange = measurement();
  strange.schedule = std::string(5000, 'x');
  EXPECT_EQ(refusal(toLine(strange)), "\"schedule\" has more than 4096 bytes");
}

TEST(Record, ATimeThatIsNotFiniteMakesALineThatIsRefused) {
  for (const double seconds :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), -1.0}) {
    Measurement strange = measurement();
    strange.seconds = seconds;
    EXPECT_THAT(refusal(toLine(strange)), HasSubstr("\"seconds\" isn't"));
  }
}

TEST(Record, WhatIsNoObjectIsRefused) {
  EXPECT_THAT(refusal(""), HasSubstr("isn't JSON"));
  EXPECT_THAT(refusal("   "), HasSubstr("isn't JSON"));
  EXPECT_THAT(refusal("{"), HasSubstr("isn't JSON"));
  for (const std::string_view line : {"7", "\"record\"", "null", "[]", "[{}]"})
    EXPECT_EQ(refusal(line), "it isn't a JSON object") << line;
  EXPECT_EQ(refusal("{}"), "\"record\" is missing");
  EXPECT_THAT(refusal(std::string(measurementLine) + "{}"), HasSubstr("isn't JSON"));
}

TEST(Record, AZeroByteDoesNotEndALine) {
  EXPECT_EQ(refusal(std::string(measurementLine) + std::string("\0 and more", 10)), "it holds a zero byte");
  EXPECT_EQ(refusal(std::string(100, '\0')), "it holds a zero byte");
}

TEST(Record, LinesOfMoreThan64KiBAreNotLookedAt) {
  std::string line(measurementLine);
  line.append((std::size_t{64} << 10) - line.size(), ' ');
  EXPECT_TRUE(parseRecord(line));
  EXPECT_EQ(refusal(line + " "), "it has more than 65536 bytes");
}

TEST(Record, DepthCostsNoStack) {
  for (const std::string_view open : {"[", "{\"\":"}) {
    std::string nested;
    while (nested.size() < 60'000)
      nested += open;
    EXPECT_THAT(refusal(nested), HasSubstr("JSON"));
    EXPECT_THAT(refusal("{\"x\":" + nested), HasSubstr("isn't JSON"));
  }
  const std::string closed = std::string(30'000, '[') + std::string(30'000, ']');
  EXPECT_TRUE(parseRecord(changed("{", "{\"x\":" + closed + ",")));
}

TEST(Record, RefusalsRepeatNothingThatSteersATerminal) {
  EXPECT_THAT(refusal(changed("{", R"({"\u001b[2J":1,"\u001b[2J":2,)")), EndsWith("\" [2J\" appears twice"));
  EXPECT_EQ(refusal(changed("measurement", "\\u001b[2J")), "\"record\" holds a control character");
  EXPECT_LT(refusal(changed("measurement", std::string(4000, 'x'))).size(), 120U);
}

TEST(Record, AnyPartOfALineIsRefused) {
  for (const std::string_view line : {measurementLine, verdictLine})
    for (std::size_t length = 0; length < line.size(); ++length) {
      EXPECT_FALSE(parseRecord(line.substr(0, length))) << length;
      EXPECT_FALSE(parseRecord(line.substr(line.size() - length))) << length;
    }
}

// Changes a few bytes, or copies or removes a stretch, as a broken disk or an enemy would.
std::string mutated(std::string line, Random &random) {
  for (std::uint64_t count = 1 + random.below(4); count > 0 && !line.empty(); --count) {
    const std::size_t place = random.below(line.size());
    const std::size_t length = random.below(std::min<std::size_t>(line.size() - place, 20) + 1);
    switch (random.below(5)) {
    case 0:
      line[place] = static_cast<char>(random.below(256));
      break;
    case 1:
      line[place] = static_cast<char>(line[place] ^ (1 << random.below(8)));
      break;
    case 2:
      line.erase(place, length);
      break;
    case 3:
      line.insert(random.below(line.size() + 1), line.substr(place, length));
      break;
    default:
      line.insert(place, 1, "{}[]\",:\\0-e"[random.below(11)]);
    }
  }
  return line;
}

TEST(Record, MutatedLinesAreRefusedOrMeanWhatTheyAreWrittenAs) {
  Random random(20261124);
  int read = 0;
  for (int i = 0; i < 30'000; ++i) {
    const std::string line = mutated(std::string(random.below(2) ? measurementLine : verdictLine), random);
    const Result<Record> record = parseRecord(line);
    if (!record) {
      EXPECT_FALSE(record.error().message.empty());
      EXPECT_TRUE(isUtf8(record.error().message)) << line;
      continue;
    }
    ++read;
    EXPECT_EQ(parseRecord(toLine(*record)).value(), *record) << line;
  }
  EXPECT_GT(read, 1000); // many mutations only change a text or a number
}

} // namespace
} // namespace ninc
