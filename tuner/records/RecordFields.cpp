#include "tuner/records/RecordFields.h"

#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "support/Utf8.h"

namespace ninc {

std::string RecordFields::text(std::string_view name) {
  const auto *value = find<std::string>(name);
  if (!value) return refuse<std::string>(name, "isn't a text");
  if (value->size() > longestRecordText)
    return refuse<std::string>(name, fmt::format("has more than {} bytes", longestRecordText));
  if (holdsControl(*value)) return refuse<std::string>(name, "holds a control character");
  return *value;
}

std::int64_t RecordFields::whole(std::string_view name, std::int64_t least, std::int64_t most) {
  const auto *value = find<std::int64_t>(name);
  if (value && *value >= least && *value <= most) return *value;
  return refuse<std::int64_t>(name, fmt::format("isn't a whole number from {} to {}", least, most));
}

double RecordFields::number(std::string_view name) {
  const auto *whole = find<std::int64_t>(name);
  const auto *fraction = find<double>(name);
  const double value = whole      ? static_cast<double>(*whole)
                       : fraction ? *fraction
                                  : std::numeric_limits<double>::quiet_NaN();
  if (std::isfinite(value) && value >= 0) return value;
  return refuse<double>(name, "isn't a finite number of at least 0");
}

std::string RecordFields::hash(std::string_view name) {
  std::string digits = text(name);
  const auto isDigit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (digits.size() == 16 && std::ranges::all_of(digits, isDigit)) return digits;
  return refuse<std::string>(name, "isn't a hash of 16 hexadecimal digits");
}

std::string RecordFields::date(std::string_view name) {
  constexpr std::string_view form = "0000-00-00T00:00:00Z";
  const auto fits = [](char c, char wanted) { return wanted == '0' ? c >= '0' && c <= '9' : c == wanted; };
  std::string date = text(name);
  if (std::ranges::equal(date, form, fits)) return date;
  return refuse<std::string>(name, "isn't a date like 2026-11-24T22:40:01Z");
}

void RecordFields::note(std::string_view name, std::string_view why) {
  if (error_) return;
  if (!members_.contains(name)) why = "is missing";
  error_ = Error{ErrorKind::badInput, fmt::format("\"{}\" {}", name, why)};
}

} // namespace ninc
