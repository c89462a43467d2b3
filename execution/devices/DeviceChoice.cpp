#include "execution/devices/DeviceChoice.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

#include "support/Spelling.h"

namespace ninc {

namespace {

constexpr std::array<std::string_view, 3> words{"cpu", "opencl", "cuda"}; // by enum ninc_device_kind
constexpr std::array<std::string_view, 3> names{"the CPU", "OpenCL", "CUDA"};

Result<std::int32_t> parseNumber(std::string_view text, std::string_view word) {
  std::int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= 0) return number;
  return fail(
      fmt::format("'{0}' isn't the number of a device: the first one is {1}:0, the next {1}:1", text, word));
}

} // namespace

Result<DeviceChoice> parseDevice(std::string_view text) {
  const std::string_view word = text.substr(0, text.find(':'));
  const auto *found = std::ranges::find(words, word);
  if (found == words.end()) {
    const std::string help = didYouMean(word, words);
    return fail(fmt::format("no device '{}'; {}", word,
                            help.empty() ? "there are cpu, opencl and cuda, as in opencl:0" : help));
  }
  DeviceChoice choice{static_cast<ninc_device_kind>(found - words.begin()), 0};
  if (word.size() == text.size()) return choice;
  if (choice.isCpu()) return fail(fmt::format("'{}': the CPU has no number", text));
  Result<std::int32_t> number = parseNumber(text.substr(word.size() + 1), word);
  if (!number) return tl::unexpected(number.error());
  choice.number = *number;
  return choice;
}

std::string toString(DeviceChoice choice) {
  if (choice.isCpu()) return "cpu";
  return fmt::format("{}:{}", wordOfKind(choice.kind), choice.number);
}

std::string_view wordOfKind(ninc_device_kind kind) {
  return words.at(static_cast<std::size_t>(kind));
}

std::string_view nameOfKind(ninc_device_kind kind) {
  return names.at(static_cast<std::size_t>(kind));
}

} // namespace ninc
