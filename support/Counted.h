// Numbers of things, for people: "1 thread", "2 threads".
#pragma once

#include <concepts>
#include <fmt/format.h>
#include <string>
#include <string_view>

namespace ninc {

// `several` is the plural where it isn't the singular and an s.
template <std::integral Number>
std::string counted(Number count, std::string_view one, std::string_view several = {}) {
  if (count == 1) return fmt::format("1 {}", one);
  return several.empty() ? fmt::format("{} {}s", count, one) : fmt::format("{} {}", count, several);
}

} // namespace ninc
