// "Did you mean ...?", within reason: it compares a word with every word there is, so a file of nothing but
// mistakes gets it a hundred times.
#pragma once

#include <ranges>
#include <string>
#include <string_view>

#include "support/Spelling.h"

namespace ninc::text {

// One a text.
class Advice {
public:
  // Whether words are still worth collecting.
  bool isLeft() const { return given_ < most; }

  // Advice on a word that isn't known, or nothing. `candidates` is any range of strings.
  template <std::ranges::input_range Words>
  std::string on(std::string_view word, const Words &candidates) {
    if (!isLeft()) return {};
    ++given_;
    return didYouMean(word, candidates);
  }

private:
  static constexpr int most = 100;
  int given_ = 0;
};

} // namespace ninc::text
