#include "ir/Names.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ninc {

namespace {

constexpr std::string_view words[] = {
    "model",     "weights", "random",  "seed",     "output",
#define NINC_OP(Struct, spelling) spelling,
#include "ir/Ops.def"
    "conv",      "stride",  "pad",     "dilation", "groups", "none", "nobias", "ceil", "count_include_pad",
    "keep_maps", "axis",    "epsilon", "size",     "alpha",  "beta", "k",      "f32",  "chw",
    "hwc"};

constexpr std::string_view cKeywords[] = {"alignas",
                                          "alignof",
                                          "and",
                                          "and_eq",
                                          "asm",
                                          "auto",
                                          "bitand",
                                          "bitor",
                                          "bool",
                                          "break",
                                          "case",
                                          "catch",
                                          "char",
                                          "char16_t",
                                          "char32_t",
                                          "char8_t",
                                          "class",
                                          "co_await",
                                          "co_return",
                                          "co_yield",
                                          "compl",
                                          "concept",
                                          "const",
                                          "const_cast",
                                          "consteval",
                                          "constexpr",
                                          "constinit",
                                          "continue",
                                          "decltype",
                                          "default",
                                          "delete",
                                          "do",
                                          "double",
                                          "dynamic_cast",
                                          "else",
                                          "enum",
                                          "explicit",
                                          "export",
                                          "extern",
                                          "false",
                                          "float",
                                          "for",
                                          "friend",
                                          "goto",
                                          "if",
                                          "inline",
                                          "int",
                                          "long",
                                          "mutable",
                                          "namespace",
                                          "new",
                                          "noexcept",
                                          "not",
                                          "not_eq",
                                          "nullptr",
                                          "operator",
                                          "or",
                                          "or_eq",
                                          "private",
                                          "protected",
                                          "public",
                                          "register",
                                          "reinterpret_cast",
                                          "requires",
                                          "restrict",
                                          "return",
                                          "short",
                                          "signed",
                                          "sizeof",
                                          "static",
                                          "static_assert",
                                          "static_cast",
                                          "struct",
                                          "switch",
                                          "template",
                                          "this",
                                          "thread_local",
                                          "throw",
                                          "true",
                                          "try",
                                          "typedef",
                                          "typeid",
                                          "typename",
                                          "typeof",
                                          "typeof_unqual",
                                          "union",
                                          "unsigned",
                                          "using",
                                          "virtual",
                                          "void",
                                          "volatile",
                                          "wchar_t",
                                          "while",
                                          "xor",
                                          "xor_eq"};
static_assert(std::ranges::is_sorted(cKeywords));

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
bool isCKeyword(std::string_view word) {
  return std::ranges::binary_search(cKeywords, word);
}

Result<void> checkName(std::string_view name) {
  if (!isIdentifier(name))
    return fail(
        fmt::format("'{}' is not a name: a name has letters, digits and underscores and doesn't begin "
                    "with a digit",
                    name));
  if (isLanguageWord(name))
    return fail(fmt::format("'{}' is a word of the language and can't be a name", name));
  if (isCKeyword(name))
    return fail(
        fmt::format("'{}' is a keyword of C or C++ and can't be a name: names go into a C header", name));
  return {};
}

} // namespace ninc
