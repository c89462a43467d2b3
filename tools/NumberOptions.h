// Numbers on the command line, read more strictly than the library for options does: it takes -1 for a large
// unsigned number, and nan and inf for numbers.
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <string>

namespace ninc {

inline CLI::Validator wholeNumber(std::uint64_t least, std::uint64_t most) {
  const std::string range = fmt::format("{}..{}", least, most);
  const auto check = [=](const std::string &text) {
    std::uint64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool read = error == std::errc{} && end == text.data() + text.size();
    if (read && number >= least && number <= most) return std::string();
    return fmt::format("'{}' isn't a whole number from {} to {}", text, least, most);
  };
  return CLI::Validator(check, range);
}

inline CLI::Validator finiteNumber() {
  const auto check = [](const std::string &text) {
    double number = 0;
    if (CLI::detail::lexical_cast(text, number) && std::isfinite(number)) return std::string();
    return fmt::format("'{}' isn't a finite number", text);
  };
  return CLI::Validator(check, "");
}

} // namespace ninc
