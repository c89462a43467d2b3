// Schedules as text and back: what --schedule, remarks, libraries and records of tuning hold.
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <optional>
#include <tuple>

#include "codegen/schedule/Schedule.h"

namespace ninc {

namespace {

// One word after another of a schedule's text.
class Words {
public:
  explicit Words(std::string_view text) : rest_(text) {}

  std::string_view next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    const std::string_view word = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(word.size());
    return word;
  }

private:
  std::string_view rest_;
};

std::optional<int> numberIn(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "4x4"
std::optional<std::pair<int, int>> pairIn(std::string_view text) {
  const std::size_t cross = text.find('x');
  if (cross == std::string_view::npos) return std::nullopt;
  const auto first = numberIn(text.substr(0, cross)), second = numberIn(text.substr(cross + 1));
  if (!first || !second) return std::nullopt;
  return std::pair{*first, *second};
}

// A schedule of keys and numbers, "vector 16, tile 2x8, parallel", as a map: a flag has the value "".
Result<std::map<std::string, std::string, std::less<>>> entriesOf(std::string_view text) {
  std::map<std::string, std::string, std::less<>> entries;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    Words words(item);
    const std::string_view key = words.next(), value = words.next();
    if (key.empty() || !words.next().empty() || !entries.emplace(key, value).second)
      return fail(fmt::format("\"{}\" is no schedule: '{}' isn't understood", text, item));
  }
  return entries;
}

// Takes the entries of such a schedule out one by one; what was missing, faulty or left over is known at the
// end.
class Entries {
public:
  static Result<Entries> of(std::string_view text) {
    auto entries = entriesOf(text);
    if (!entries) return tl::unexpected(entries.error());
    return Entries(std::string(text), std::move(*entries));
  }

  bool has(std::string_view key) const { return entries_.contains(key); }
  bool takeFlag(std::string_view key) { return take(key) == ""; }
  int takeNumber(std::string_view key) {
    const auto text = take(key);
    const auto number = text ? numberIn(*text) : std::nullopt;
    if (!number) fault(key, "a number");
    return number.value_or(0);
  }
  std::pair<int, int> takePair(std::string_view key) {
    const auto text = take(key);
    const auto pair = text ? pairIn(*text) : std::nullopt;
    if (!pair) fault(key, "a tile such as 2x8");
    return pair.value_or(std::pair(0, 0));
  }
  // "0+2"
  std::vector<int> takeNumbers(std::string_view key) {
    const std::string text = take(key).value_or("");
    std::vector<int> numbers;
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find('+', begin), text.size());
      const auto number = numberIn(std::string_view(text).substr(begin, end - begin));
      if (!number) fault(key, "numbers such as 0+2");
      numbers.push_back(number.value_or(0));
      begin = end + 1;
    }
    return numbers;
  }
  void fault(std::string_view key, std::string_view expected) {
    if (fault_.empty())
      fault_ = fmt::format("\"{}\" is no schedule: {} expected behind '{}'", text_, expected, key);
  }

  // The schedule, if it is all that there was.
  Result<Schedule> finish(Schedule schedule) const {
    if (!fault_.empty()) return fail(fault_);
    if (!entries_.empty())
      return fail(
          fmt::format("\"{}\" is no schedule: '{}' isn't understood", text_, entries_.begin()->first));
    return schedule;
  }

private:
  using Map = std::map<std::string, std::string, std::less<>>;
  Entries(std::string text, Map entries) : text_(std::move(text)), entries_(std::move(entries)) {}

  std::optional<std::string> take(std::string_view key) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return std::nullopt;
    std::string value = found->second;
    entries_.erase(found);
    return value;
  }

  std::string text_;
  Map entries_;
  std::string fault_; // the first one
};

Result<Schedule> parseGpuSchedule(std::string_view text) {
  Result<Entries> entries = Entries::of(text);
  if (!entries) return tl::unexpected(entries.error());
  if (entries->has("block-threads"))
    return entries->finish({GpuLoopSchedule{entries->takeNumber("block-threads")}});
  if (entries->has("results")) {
    const int results = entries->takeNumber("results");
    return entries->finish({GpuReductionSchedule{results, entries->takeNumber("slices")}});
  }
  GpuMlpconvSchedule schedule;
  std::tie(schedule.blockColumns, schedule.blockRows) = entries->takePair("block");
  std::tie(schedule.threadChannels, schedule.threadPixels) = entries->takePair("thread");
  schedule.channelThreads = entries->takeNumber("channel-threads");
  schedule.unroll = entries->takeNumber("unroll");
  schedule.slices = entries->takeNumber("slices");
  schedule.stagesInput = entries->takeFlag("staged");
  if (entries->has("stores")) schedule.storedMaps = entries->takeNumbers("stores");
  return entries->finish({schedule});
}

} // namespace

std::string toString(const MlpconvSchedule &schedule) {
  std::vector<std::string> tiles;
  for (std::size_t i = 0; i < schedule.panelVectors.size(); ++i)
    tiles.push_back(fmt::format("{}x{}", schedule.panelVectors[i], schedule.tilePixels[i]));
  std::string text = schedule.winograd
                         ? fmt::format("winograd {}x{}", schedule.winograd->rows, schedule.winograd->columns)
                         : "direct";
  text += fmt::format(" tiles {}", fmt::join(tiles, ","));
  if (schedule.winograd) text += fmt::format(" group {}", schedule.groupTiles);
  text += fmt::format(" block {} unroll {}", schedule.blockPixels, schedule.reductionUnroll);
  if (schedule.wholeLayers > 0) text += fmt::format(" whole {}", schedule.wholeLayers);
  if (schedule.pixelsOuter) text += " pixels-outer";
  if (schedule.prefetchBytes != MlpconvSchedule::usualPrefetchBytes)
    text += fmt::format(" prefetch {}", schedule.prefetchBytes);
  if (schedule.parallel) text += " parallel";
  return text;
}

Result<MlpconvSchedule> parseMlpconvSchedule(std::string_view text) {
  MlpconvSchedule schedule;
  schedule.parallel = false;
  Words words(text);
  auto wrong = [&](std::string_view word, std::string_view expected) {
    return fail(
        fmt::format("\"{}\" is no schedule of an mlpconv: {} expected, not '{}'", text, expected, word));
  };
  const std::string_view algorithm = words.next();
  if (algorithm == "winograd") {
    const std::string_view word = words.next();
    const auto tile = pairIn(word);
    if (!tile) return wrong(word, "a tile such as 4x4");
    schedule.winograd = WinogradTile{tile->first, tile->second};
  } else if (algorithm != "direct") {
    return wrong(algorithm, "direct or winograd");
  }
  for (std::string_view key = words.next(); !key.empty(); key = words.next()) {
    if (key == "parallel" || key == "pixels-outer") {
      (key == "parallel" ? schedule.parallel : schedule.pixelsOuter) = true;
      continue;
    }
    const std::string_view word = words.next();
    if (key == "tiles") {
      for (std::string_view rest = word; !rest.empty();) {
        const std::string_view item = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(item.size() + 1, rest.size()));
        const auto tile = pairIn(item);
        if (!tile) return wrong(item, "a tile such as 3x8");
        schedule.panelVectors.push_back(tile->first);
        schedule.tilePixels.push_back(tile->second);
      }
      continue;
    }
    int *field = key == "group"      ? &schedule.groupTiles
                 : key == "block"    ? &schedule.blockPixels
                 : key == "unroll"   ? &schedule.reductionUnroll
                 : key == "whole"    ? &schedule.wholeLayers
                 : key == "prefetch" ? &schedule.prefetchBytes
                                     : nullptr;
    if (!field) return wrong(key, "tiles, group, block, unroll, whole, pixels-outer, prefetch or parallel");
    const auto number = numberIn(word);
    if (!number) return wrong(word, fmt::format("a number behind '{}'", key));
    *field = *number;
  }
  return schedule;
}

std::string toString(const Schedule &schedule) {
  auto threads = [](bool parallel) { return parallel ? ", parallel" : ""; };
  return std::visit(
      Overloaded{[&](const LoopSchedule &s) { return fmt::format("vector {}, tasks {}", s.vector, s.tasks); },
                 [&](const GroupedConvSchedule &s) {
                   return fmt::format("vector {}, tile {}x{}{}", s.vector, s.vectors, s.tilePixels,
                                      threads(s.parallel));
                 },
                 [&](const DenseSchedule &s) {
                   return fmt::format("vector {}, panel {}{}", s.vector, s.panel(), threads(s.parallel));
                 },
                 [&](const auto &s) { return toString(s); }},
      schedule.choice);
}

Result<Schedule> parseSchedule(std::string_view text) {
  const std::string_view first = Words(text).next();
  if (first == "block-threads" || first == "results" || first == "block") return parseGpuSchedule(text);
  if (first != "vector") {
    Result<MlpconvSchedule> mlpconv = parseMlpconvSchedule(text);
    if (!mlpconv) return tl::unexpected(mlpconv.error());
    return Schedule{*mlpconv};
  }
  Result<Entries> entries = Entries::of(text);
  if (!entries) return tl::unexpected(entries.error());
  const int vector = entries->takeNumber("vector");
  if (entries->has("tasks")) return entries->finish({LoopSchedule{vector, entries->takeNumber("tasks")}});
  const bool parallel = entries->takeFlag("parallel");
  if (entries->has("tile")) {
    const auto [vectors, pixels] = entries->takePair("tile");
    return entries->finish({GroupedConvSchedule{vector, vectors, pixels, parallel}});
  }
  const int panel = entries->takeNumber("panel");
  if (vector < 1 || panel % vector != 0) {
    entries->fault("panel", "a multiple of the vector");
    return entries->finish({});
  }
  return entries->finish({DenseSchedule{vector, panel / vector, parallel}});
}

} // namespace ninc
