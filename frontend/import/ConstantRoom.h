// How many numbers an importer may make of those that a file has: a small file has no use for all memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace ninc {

class ConstantRoom {
public:
  // In all, and where a file has few numbers of its own.
  static constexpr std::int64_t largest = std::int64_t{1} << 28, usual = std::int64_t{1} << 26;

  // So many of the file's own numbers more: several times as many may be made then.
  void hasRead(std::size_t numbers) {
    constexpr std::int64_t times = 16;
    const auto more = std::min(static_cast<std::int64_t>(numbers), largest) * times;
    most_ = std::min(most_ + more, largest);
  }

  // Whether so many more may be made, at least 0; if so, they are.
  bool take(std::int64_t numbers) {
    if (numbers > most_ - taken_) return false;
    taken_ += numbers;
    return true;
  }

  // With those that are made.
  std::int64_t most() const { return most_; }

private:
  std::int64_t most_ = usual, taken_ = 0;
};

} // namespace ninc
