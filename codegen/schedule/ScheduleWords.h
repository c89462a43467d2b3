// Reading what a schedule's text is made of: words, numbers, tiles, and entries of a key and a value.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codegen/schedule/Schedule.h"
#include "support/Result.h"

namespace ninc {

// One word after another of a text, empty at its end.
class Words {
public:
  explicit Words(std::string_view text) : rest_(text) {}
  std::string_view next();

private:
  std::string_view rest_;
};

// At least 0: nothing in a schedule is negative.
std::optional<int> numberIn(std::string_view text);

// "4x4"
std::optional<std::pair<int, int>> pairIn(std::string_view text);

// What stands between the separators: one part more than there are separators, empty where nothing does.
std::vector<std::string_view> partsOf(std::string_view text, char separator);

// A schedule of keys and values, "vector 16, tile 2x8, parallel", whose entries are taken out one by one;
// what was missing, faulty or left over is known at the end.
class Entries {
public:
  static Result<Entries> of(std::string_view text);

  bool has(std::string_view key) const { return entries_.contains(key); }
  bool takeFlag(std::string_view key); // whether it is there
  int takeNumber(std::string_view key);
  std::pair<int, int> takePair(std::string_view key);
  std::vector<int> takeNumbers(std::string_view key); // "0+2"
  void fault(std::string_view key, std::string_view expected);

  // The schedule, if it is all that there was.
  Result<Schedule> finish(Schedule schedule) const;

private:
  using Map = std::map<std::string, std::string, std::less<>>; // a flag has the value ""
  Entries(std::string text, Map entries) : text_(std::move(text)), entries_(std::move(entries)) {}
  std::optional<std::string> take(std::string_view key);

  std::string text_;
  Map entries_;
  std::string fault_; // the first one
};

} // namespace ninc
