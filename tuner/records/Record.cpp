#include "tuner/records/Record.h"

#include <array>
#include <ctime>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "support/Utf8.h"
#include "tuner/records/RecordFields.h"

namespace ninc {

namespace {

using OrderedJson = nlohmann::ordered_json; // people look for a line's kind at its beginning

constexpr std::int64_t recordVersion = 1;
constexpr std::int64_t mostThreads = 4096;
constexpr std::size_t longestLine = std::size_t{64} << 10; // bytes; toLine stays below it

constexpr std::string_view measurementKind = "measurement", verdictKind = "verdict";

// In the order of the enumerators.
constexpr std::array<std::string_view, 6> outcomeNames = {"ok",      "uncompilable", "wrong",
                                                          "crashed", "hung",         "memory"};
constexpr std::array<std::string_view, 2> checkedByNames = {"kernel", "model"};

// Texts for people may be cut; of those that programs read, a part would mean something else.
std::string forPeople(std::string_view text) {
  return asLine(text, longestRecordText);
}

std::string forPrograms(std::string_view text) {
  return asLine(text);
}

OrderedJson beginning(std::string_view kind, const RecordKey &key) {
  return {{"record", kind},
          {"version", recordVersion},
          {"spec", forPrograms(key.spec)},
          {"cpu", forPrograms(key.machine)},
          {"threads", key.threads},
          {"schedules", key.scheduleVersion}};
}

OrderedJson toJson(const Measurement &measurement) {
  OrderedJson line = beginning(measurementKind, measurement.key);
  line["kernel"] = forPeople(measurement.kernel);
  line["schedule"] = forPrograms(measurement.schedule);
  line["default"] = forPrograms(measurement.defaultSchedule);
  line["outcome"] = toString(measurement.outcome);
  line["detail"] = forPeople(measurement.detail);
  line["seconds"] = measurement.seconds;
  line["default_seconds"] = measurement.defaultSeconds;
  line["spread"] = measurement.spread;
  line["rounds"] = measurement.rounds;
  line["predicted_cycles"] = measurement.predictedCycles;
  line["date"] = forPrograms(measurement.date);
  return line;
}

OrderedJson toJson(const Verdict &verdict) {
  OrderedJson line = beginning(verdictKind, verdict.key);
  line["kernel"] = forPeople(verdict.kernel);
  line["schedule"] = forPrograms(verdict.schedule);
  line["speedup"] = verdict.speedup;
  line["checked"] = checkedByNames[static_cast<std::size_t>(verdict.checked)];
  line["model"] = forPeople(verdict.model);
  line["date"] = forPrograms(verdict.date);
  return line;
}

RecordKey keyFrom(RecordFields &fields) {
  RecordKey key;
  key.spec = fields.hash("spec");
  key.machine = fields.text("cpu");
  key.threads = static_cast<int>(fields.whole("threads", 1, mostThreads));
  key.scheduleVersion = static_cast<int>(fields.whole("schedules", 0, std::numeric_limits<int>::max()));
  return key;
}

Measurement measurementFrom(RecordFields &fields) {
  Measurement measurement;
  measurement.key = keyFrom(fields);
  measurement.kernel = fields.text("kernel");
  measurement.schedule = fields.text("schedule");
  measurement.defaultSchedule = fields.text("default");
  measurement.outcome = fields.oneOf<Outcome>("outcome", outcomeNames);
  measurement.detail = fields.text("detail");
  measurement.seconds = fields.number("seconds");
  measurement.defaultSeconds = fields.number("default_seconds");
  measurement.spread = fields.number("spread");
  measurement.rounds = fields.whole("rounds", 0, std::numeric_limits<std::int64_t>::max());
  measurement.predictedCycles = fields.number("predicted_cycles");
  measurement.date = fields.date("date");
  return measurement;
}

Verdict verdictFrom(RecordFields &fields) {
  Verdict verdict;
  verdict.key = keyFrom(fields);
  verdict.kernel = fields.text("kernel");
  verdict.schedule = fields.text("schedule");
  verdict.speedup = fields.number("speedup");
  verdict.checked = fields.oneOf<CheckedBy>("checked", checkedByNames);
  verdict.model = fields.text("model");
  verdict.date = fields.date("date");
  return verdict;
}

} // namespace

std::string_view toString(Outcome outcome) {
  return outcomeNames[static_cast<std::size_t>(outcome)];
}

const RecordKey &keyOf(const Record &record) {
  return std::visit([](const auto &one) -> const RecordKey & { return one.key; }, record);
}

std::string toLine(const Record &record) {
  const OrderedJson line = std::visit([](const auto &one) { return toJson(one); }, record);
  return line.dump(-1, ' ', false, OrderedJson::error_handler_t::replace); // which doesn't throw
}

Result<Record> parseRecord(std::string_view line) {
  Result<JsonMembers> members = readJsonObject(line, longestLine);
  if (!members) return tl::unexpected(members.error());
  RecordFields fields(std::move(*members));
  const std::string kind = fields.text("record");
  const std::int64_t version = fields.whole("version", 1, std::numeric_limits<std::int64_t>::max());
  if (fields.error()) return tl::unexpected(*fields.error());
  if (kind != measurementKind && kind != verdictKind)
    return fail(fmt::format("this version of ninc knows no record of the kind '{}'", asLine(kind, 40)));
  if (version > recordVersion)
    return fail(fmt::format("it is a {} of version {}; this version of ninc reads version {}", kind, version,
                            recordVersion));
  Record record;
  if (kind == measurementKind) {
    record = measurementFrom(fields);
  } else {
    record = verdictFrom(fields);
  }
  if (fields.error()) return tl::unexpected(*fields.error());
  return record;
}

std::string dateNow() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

} // namespace ninc
