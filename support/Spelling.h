// "Did you mean ...?": the known word that a mistyped one is likely to stand for.
#pragma once

#include <cstddef>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>

namespace ninc {

// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other (optimal
// string alignment, the restricted Damerau-Levenshtein distance). Bytes, upper case as lower case. Answers
// limit + 1 as soon as the distance must be greater than `limit`.
std::size_t editDistance(std::string_view a, std::string_view b, std::size_t limit);

// How many edits still make a plausible slip: one in three letters, at least one.
std::size_t plausibleEdits(std::string_view word);

// The candidate closest to `word` within its plausibleEdits, the first of equals. `candidates` is any range
// of strings.
template <std::ranges::input_range Words>
std::optional<std::string> closestSpelling(std::string_view word, const Words &candidates) {
  std::optional<std::string> best;
  std::size_t limit = plausibleEdits(word);
  for (std::string_view candidate : candidates) {
    std::size_t distance = editDistance(word, candidate, limit);
    if (distance > limit || (best && distance == limit)) continue;
    best = candidate;
    limit = distance;
    if (limit == 0) break;
  }
  return best;
}

// "did you mean 'stride'?", or nothing: what Diagnostic::help wants.
template <std::ranges::input_range Words>
std::string didYouMean(std::string_view word, const Words &candidates) {
  std::optional<std::string> closest = closestSpelling(word, candidates);
  return closest ? "did you mean '" + *closest + "'?" : std::string();
}

} // namespace ninc
