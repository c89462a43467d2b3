#include "codegen/library/HeaderNames.h"

#include <algorithm>
#include <fmt/format.h>

namespace ninc {

namespace {

// The first of a macro of two words that is the model's own: M_SCRATCH_BYTES, M_SCRATCH_ALIGNMENT.
constexpr std::string_view wordOfTheModel = "SCRATCH";

bool isSmall(char c) {
  return c >= 'a' && c <= 'z';
}
bool isCapital(char c) {
  return c >= 'A' && c <= 'Z';
}

// Letters of ASCII alone, whatever the locale.
std::string capitals(std::string_view name) {
  std::string text(name);
  std::ranges::transform(text, text.begin(),
                         [](char c) { return isSmall(c) ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}
std::string smallLetters(std::string_view name) {
  std::string text(name);
  std::ranges::transform(text, text.begin(),
                         [](char c) { return isCapital(c) ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

} // namespace

std::string modelMacro(std::string_view model) {
  if (std::ranges::none_of(model, isCapital)) return capitals(model);
  if (std::ranges::none_of(model, isSmall)) return smallLetters(model);
  return std::string(model);
}

std::vector<std::string> tensorMacros(const std::vector<std::string> &tensors) {
  std::vector<std::string> inCapitals, macros;
  std::ranges::transform(tensors, std::back_inserter(inCapitals), capitals);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    std::string macro = std::ranges::count(inCapitals, inCapitals[i]) > 1 ? tensors[i] : inCapitals[i];
    const auto words = std::ranges::count(macro, '_') + 1;
    if (words > 1 || macro == wordOfTheModel) macro += fmt::format("_{}", words);
    macros.push_back(std::move(macro));
  }
  return macros;
}

} // namespace ninc
