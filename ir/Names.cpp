#include "ir/Names.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <set>
#include <vector>

#include "ir/ops/Ops.h"

namespace ninc {

namespace {

constexpr std::string_view statements[] = {"model", "weights", "random", "seed", "output"};
constexpr std::string_view attributes[] = {
    "conv",      "stride", "pad",     "dilation", "groups", "none", "nobias", "ceil", "count_include_pad",
    "keep_maps", "axis",   "epsilon", "size",     "alpha",  "beta", "k",      "f32",  "chw",
    "hwc"};

const std::vector<std::string_view> &words() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> list(std::begin(statements), std::end(statements));
    std::ranges::copy(opSpellings(), std::back_inserter(list));
    std::ranges::copy(attributes, std::back_inserter(list));
    return list;
  }();
  return all;
}

bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

} // namespace

bool isIdentifier(std::string_view name) {
  return !name.empty() && !isDigit(name.front()) &&
         std::ranges::all_of(name, [](char c) { return isLetter(c) || isDigit(c); });
}

bool isLanguageWord(std::string_view word) {
  static const std::set<std::string_view> known(words().begin(), words().end());
  return known.contains(word);
}
std::span<const std::string_view> languageWords() {
  return words();
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
