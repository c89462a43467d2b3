#include "tuner/records/Record.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <exception>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "support/Utf8.h"

namespace ninc {

namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json; // people look for a line's kind at its beginning

constexpr std::int64_t recordVersion = 1;
constexpr std::int64_t mostThreads = 4096;
constexpr std::size_t longestText = 4096;                  // bytes
constexpr std::size_t longestLine = std::size_t{64} << 10; // bytes; toLine stays below it
constexpr std::size_t unlimited = std::string_view::npos;

constexpr std::string_view measurementKind = "measurement", verdictKind = "verdict";

// In the order of the enumerators.
constexpr std::array<std::string_view, 6> outcomeNames = {"ok",      "uncompilable", "wrong",
                                                          "crashed", "hung",         "memory"};
constexpr std::array<std::string_view, 2> checkedByNames = {"kernel", "model"};

// Whether a character of UTF-8 is one that steers terminals (C0, delete, C1) instead of being seen.
bool isControl(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7f;
  return character.size() == 2 && byte(0) == 0xc2 && byte(1) < 0xa0;
}

bool holdsControl(std::string_view utf8) {
  while (!utf8.empty()) {
    const std::size_t length = std::max<std::size_t>(utf8Length(utf8), 1);
    if (isControl(utf8.substr(0, length))) return true;
    utf8.remove_prefix(length);
  }
  return false;
}

// As UTF-8, in one line and of at most `limit` bytes: a compiler's message is none of these.
std::string cleaned(std::string_view text, std::size_t limit) {
  std::string clean;
  while (!text.empty()) {
    const std::size_t length = utf8Length(text);
    std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    text.remove_prefix(character.size());
    if (length == 0) {
      character = "\xef\xbf\xbd"; // U+FFFD, the replacement character
    } else if (isControl(character)) {
      character = " ";
    }
    if (clean.size() + character.size() > limit) break;
    clean += character;
  }
  return clean;
}

// Texts for people may be cut; of those that programs read, a part would mean something else.
std::string forPeople(std::string_view text) {
  return cleaned(text, longestText);
}

std::string forPrograms(std::string_view text) {
  return cleaned(text, unlimited);
}

OrderedJson beginning(std::string_view kind, const RecordKey &key) {
  return {{"record", kind},
          {"version", recordVersion},
          {"spec", forPrograms(key.spec)},
          {"cpu", forPrograms(key.cpu)},
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

struct OtherValue {}; // null, a truth value, a list or an object: nothing that a record's fields are
using Value = std::variant<std::string, std::int64_t, double, OtherValue>;
using Values = std::map<std::string, Value, std::less<>>;

// Takes the members of the outermost object event by event. No document is built, so neither depth nor size
// of the text matters; and a name that appears twice shows, which a document hides.
class ObjectReader : public nlohmann::json_sax<Json> {
public:
  Values values;
  std::string error; // why it stopped; empty when it didn't

  bool null() override { return take(OtherValue{}); }
  bool boolean(bool) override { return take(OtherValue{}); }
  bool number_integer(number_integer_t number) override { return take(number); }
  bool number_float(number_float_t number, const string_t &) override { return take(number); }
  bool string(string_t &text) override { return take(std::move(text)); }
  bool binary(binary_t &) override { return take(OtherValue{}); }

  bool number_unsigned(number_unsigned_t number) override {
    if (std::in_range<std::int64_t>(number)) return take(static_cast<std::int64_t>(number));
    return take(static_cast<double>(number));
  }

  bool start_object(std::size_t) override {
    if (depth_ > 0 && !take(OtherValue{})) return false;
    ++depth_;
    return true;
  }

  bool start_array(std::size_t) override {
    if (!take(OtherValue{})) return false;
    ++depth_;
    return true;
  }

  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  bool key(string_t &name) override {
    if (depth_ > 1) return true;
    if (values.contains(name)) return stop(fmt::format("\"{}\" appears twice", cleaned(name, 40)));
    name_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string &, const Json::exception &) override {
    return stop(fmt::format("it isn't JSON (byte {} of the line)", position));
  }

private:
  bool take(Value value) {
    if (depth_ == 0) return stop("it isn't a JSON object");
    if (depth_ == 1) values.emplace(std::move(name_), std::move(value));
    return true;
  }

  bool leave() {
    --depth_;
    return true;
  }

  bool stop(std::string why) {
    error = std::move(why);
    return false;
  }

  std::size_t depth_ = 0; // of open lists and objects
  std::string name_;      // of the value to come
};

// A record's fields by name and type. The first one that is missing or wrong leaves an error, so that whoever
// wants many of them asks once, at the end.
class Fields {
public:
  explicit Fields(Values values) : values_(std::move(values)) {}

  const std::optional<Error> &error() const { return error_; }

  std::string text(std::string_view name) {
    const auto *value = find<std::string>(name);
    if (!value) return refuse<std::string>(name, "isn't a text");
    if (value->size() > longestText)
      return refuse<std::string>(name, fmt::format("has more than {} bytes", longestText));
    if (holdsControl(*value)) return refuse<std::string>(name, "holds a control character");
    return *value;
  }

  std::int64_t whole(std::string_view name, std::int64_t least, std::int64_t most) {
    const auto *value = find<std::int64_t>(name);
    if (value && *value >= least && *value <= most) return *value;
    return refuse<std::int64_t>(name, fmt::format("isn't a whole number from {} to {}", least, most));
  }

  double number(std::string_view name) {
    const auto *whole = find<std::int64_t>(name);
    const auto *fraction = find<double>(name);
    const double value = whole      ? static_cast<double>(*whole)
                         : fraction ? *fraction
                                    : std::numeric_limits<double>::quiet_NaN();
    if (std::isfinite(value) && value >= 0) return value;
    return refuse<double>(name, "isn't a finite number of at least 0");
  }

  std::string hash(std::string_view name) {
    std::string digits = text(name);
    const auto isDigit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (digits.size() == 16 && std::ranges::all_of(digits, isDigit)) return digits;
    return refuse<std::string>(name, "isn't a hash of 16 hexadecimal digits");
  }

  // Dates are compared as texts, which is right only if they have one form.
  std::string date(std::string_view name) {
    constexpr std::string_view form = "0000-00-00T00:00:00Z";
    const auto fits = [](char c, char wanted) { return wanted == '0' ? c >= '0' && c <= '9' : c == wanted; };
    std::string date = text(name);
    if (std::ranges::equal(date, form, fits)) return date;
    return refuse<std::string>(name, "isn't a date like 2026-11-24T22:40:01Z");
  }

  // Which of the names it is.
  template <class Enum>
  Enum oneOf(std::string_view name, std::span<const std::string_view> names) {
    const std::string word = text(name);
    const auto found = std::ranges::find(names, word);
    if (found != names.end()) return static_cast<Enum>(found - names.begin());
    return refuse<Enum>(name, "isn't one of the words that this version knows");
  }

private:
  template <class T>
  const T *find(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : std::get_if<T>(&found->second);
  }

  template <class T>
  T refuse(std::string_view name, std::string_view why) {
    if (!error_ && !values_.contains(name)) why = "is missing";
    if (!error_) error_ = Error{ErrorKind::badInput, fmt::format("\"{}\" {}", name, why)};
    return T{};
  }

  Values values_;
  std::optional<Error> error_;
};

RecordKey keyFrom(Fields &fields) {
  RecordKey key;
  key.spec = fields.hash("spec");
  key.cpu = fields.text("cpu");
  key.threads = static_cast<int>(fields.whole("threads", 1, mostThreads));
  key.scheduleVersion = static_cast<int>(fields.whole("schedules", 0, std::numeric_limits<int>::max()));
  return key;
}

Measurement measurementFrom(Fields &fields) {
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

Verdict verdictFrom(Fields &fields) {
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

Result<Values> readObject(std::string_view line) {
  if (line.size() > longestLine) return fail(fmt::format("it has more than {} bytes", longestLine));
  // The parser takes a zero byte for the end of its input and would overlook what follows.
  if (line.find('\0') != std::string_view::npos) return fail("it holds a zero byte");
  ObjectReader reader;
  try {
    Json::sax_parse(line.begin(), line.end(), &reader);
  } catch (const std::exception &exception) { // out of memory, most likely
    return fail(fmt::format("it can't be read: {}", exception.what()));
  }
  if (!reader.error.empty()) return fail(std::move(reader.error));
  return std::move(reader.values);
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
  Result<Values> values = readObject(line);
  if (!values) return tl::unexpected(values.error());
  Fields fields(std::move(*values));
  const std::string kind = fields.text("record");
  const std::int64_t version = fields.whole("version", 1, std::numeric_limits<std::int64_t>::max());
  if (fields.error()) return tl::unexpected(*fields.error());
  if (kind != measurementKind && kind != verdictKind)
    return fail(fmt::format("this version of ninc knows no record of the kind '{}'", cleaned(kind, 40)));
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
