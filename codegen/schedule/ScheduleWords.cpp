#include "codegen/schedule/ScheduleWords.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace ninc {

std::string_view Words::next() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
  const std::string_view word = rest_.substr(0, rest_.find(' '));
  rest_.remove_prefix(word.size());
  return word;
}

std::optional<int> numberIn(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::optional<std::pair<int, int>> pairIn(std::string_view text) {
  const std::size_t cross = text.find('x');
  if (cross == std::string_view::npos) return std::nullopt;
  const auto first = numberIn(text.substr(0, cross)), second = numberIn(text.substr(cross + 1));
  if (!first || !second) return std::nullopt;
  return std::pair{*first, *second};
}

std::vector<std::string_view> partsOf(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size(); begin += parts.back().size() + 1)
    parts.push_back(text.substr(begin, text.substr(begin).find(separator)));
  return parts;
}

Result<Entries> Entries::of(std::string_view text) {
  Map entries;
  for (const std::string_view item : partsOf(text, ',')) {
    Words words(item);
    const std::string_view key = words.next(), value = words.next();
    if (key.empty() || !words.next().empty() || !entries.emplace(key, value).second)
      return fail(fmt::format("\"{}\" is no schedule: '{}' isn't understood", text, item));
  }
  return Entries(std::string(text), std::move(entries));
}

int Entries::takeNumber(std::string_view key) {
  const auto text = take(key);
  const auto number = text ? numberIn(*text) : std::nullopt;
  if (!number) fault(key, "a number");
  return number.value_or(0);
}

std::pair<int, int> Entries::takePair(std::string_view key) {
  const auto text = take(key);
  const auto pair = text ? pairIn(*text) : std::nullopt;
  if (!pair) fault(key, "a tile such as 2x8");
  return pair.value_or(std::pair(0, 0));
}

bool Entries::takeFlag(std::string_view key) {
  const auto text = take(key);
  if (text && !text->empty()) fault(key, "nothing");
  return text.has_value();
}

std::vector<int> Entries::takeNumbers(std::string_view key) {
  const std::string text = take(key).value_or("");
  std::vector<int> numbers;
  for (const std::string_view part : partsOf(text, '+')) {
    const auto number = numberIn(part);
    if (!number) fault(key, "numbers such as 0+2");
    numbers.push_back(number.value_or(0));
  }
  return numbers;
}

void Entries::fault(std::string_view key, std::string_view expected) {
  if (fault_.empty())
    fault_ = fmt::format("\"{}\" is no schedule: {} expected behind '{}'", text_, expected, key);
}

Result<Schedule> Entries::finish(Schedule schedule) const {
  if (!fault_.empty()) return fail(fault_);
  if (!entries_.empty())
    return fail(fmt::format("\"{}\" is no schedule: '{}' isn't understood", text_, entries_.begin()->first));
  return schedule;
}

std::optional<std::string> Entries::take(std::string_view key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  std::string value = found->second;
  entries_.erase(found);
  return value;
}

} // namespace ninc
