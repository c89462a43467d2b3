// A record's fields by name and type. The first one that is missing or wrong leaves an error, so that whoever
// wants many of them asks once, at the end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "support/Result.h"
#include "tuner/records/JsonObject.h"

namespace ninc {

constexpr std::size_t longestRecordText = 4096; // bytes

class RecordFields {
public:
  explicit RecordFields(JsonMembers members) : members_(std::move(members)) {}

  const std::optional<Error> &error() const { return error_; }

  // Of at most longestRecordText bytes, without control characters.
  std::string text(std::string_view name);
  std::int64_t whole(std::string_view name, std::int64_t least, std::int64_t most);
  double number(std::string_view name);    // finite, not negative
  std::string hash(std::string_view name); // 16 hexadecimal digits
  // Dates are compared as texts, which is right only if they have one form.
  std::string date(std::string_view name);

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
    const auto found = members_.find(name);
    return found == members_.end() ? nullptr : std::get_if<T>(&found->second);
  }

  template <class T>
  T refuse(std::string_view name, std::string_view why) {
    note(name, why);
    return T{};
  }
  void note(std::string_view name, std::string_view why);

  JsonMembers members_;
  std::optional<Error> error_;
};

} // namespace ninc
