#include "tuner/records/JsonObject.h"

#include <exception>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

#include "support/Utf8.h"

namespace ninc {

namespace {

using Json = nlohmann::json;

// Takes the members of the outermost object event by event.
class ObjectReader : public nlohmann::json_sax<Json> {
public:
  JsonMembers values;
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
    if (values.contains(name)) return stop(fmt::format("\"{}\" appears twice", asLine(name, 40)));
    name_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string &, const Json::exception &) override {
    return stop(fmt::format("it isn't JSON (byte {} of the line)", position));
  }

private:
  bool take(JsonValue value) {
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

} // namespace

Result<JsonMembers> readJsonObject(std::string_view line, std::size_t longest) {
  if (line.size() > longest) return fail(fmt::format("it has more than {} bytes", longest));
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

} // namespace ninc
