#include "ir/Names.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ninc {

namespace {

constexpr std::string_view words[] = {
    "model",     "weights", "random",  "seed",     "output",
#define NINC_OP(Struct, spelling) spelling,
#include "ir/ops/Ops.def"
    "conv",      "stride",  "pad",     "dilation", "groups", "none", "nobias", "ceil", "count_include_pad",
    "keep_maps", "axis",    "epsilon", "size",     "alpha",  "beta", "k",      "f32",  "chw",
    "hwc"};

bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

constexpr auto sortedWords = [] {
  std::array<std::string_view, std::size(words)> sorted{};
  std::ranges::copy(words, sorted.begin());
  std::ranges::sort(sorted);
  return sorted;
}();

} // namespace

bool isIdentifier(std::string_view name) {
  return !name.empty() && !isDigit(name.front()) &&
         std::ranges::all_of(name, [](char c) { return isLetter(c) || isDigit(c); });
}

bool isLanguageWord(std::string_view word) {
  return std::ranges::binary_search(sortedWords, word);
}
std::span<const std::string_view> languageWords() {
  return words;
}
Result<void> checkName(std::string_view name) {
  if (!isIdentifier(name))
    return fail(
        fmt::format("'{}' is not a name: a name has letters, digits and underscores and doesn't begin "
                    "with a digit",
                    name));
  if (isLanguageWord(name))
    return fail(fmt::format("'{}' is a word of the language and can't be a name", name));
  return {};
}

} // namespace ninc
