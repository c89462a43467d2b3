#include "tools/Duration.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <optional>

namespace ninc {

namespace {

constexpr double longest = 7 * 24 * 3600.0;
// In the order in which they may appear.
constexpr std::string_view units = "hms";
constexpr double secondsOfUnit[] = {3600, 60, 1};

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

// Takes "12" or "1.5" off the front of `text`. No sign, no exponent, a digit on each side of the point.
std::optional<double> takeNumber(std::string_view &text) {
  if (text.empty() || !isDigit(text.front())) return std::nullopt;
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !isDigit(end[-1])) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<double> secondsIn(std::string_view text) {
  std::string_view whole = text;
  if (auto seconds = takeNumber(whole); seconds && whole.empty()) return seconds;

  double sum = 0;
  std::size_t nextUnit = 0; // "30m1h" and "1m2m" are slips
  do {
    const std::optional<double> number = takeNumber(text);
    if (!number || text.empty()) return std::nullopt;
    const std::size_t unit = units.find(text.front(), nextUnit);
    if (unit == std::string_view::npos) return std::nullopt;
    sum += *number * secondsOfUnit[unit];
    nextUnit = unit + 1;
    text.remove_prefix(1);
  } while (!text.empty());
  return sum;
}

tl::unexpected<Error> usageError(std::string message) {
  return tl::unexpected<Error>(Error{ErrorKind::usage, std::move(message)});
}

} // namespace

Result<double> parseDuration(std::string_view text) {
  const std::optional<double> seconds = secondsIn(text);
  if (!seconds)
    return usageError(
        fmt::format("'{}' isn't a duration: write seconds, or hours, minutes and seconds with their letters, "
                    "like 90, 90s, 2m, 1h30m or 1.5h",
                    text));
  if (!(*seconds >= 1 && *seconds <= longest))
    return usageError(fmt::format("'{}' isn't within 1 second and 7 days (168h)", text));
  return *seconds;
}

std::string clockText(double seconds) {
  constexpr double most = 1e9; // 30 years: beyond it, only that it is long matters
  const auto total = static_cast<std::int64_t>(seconds > 0 ? std::round(std::min(seconds, most)) : 0);
  if (total < 3600) return fmt::format("{}:{:02}", total / 60, total % 60);
  return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
}

} // namespace ninc
