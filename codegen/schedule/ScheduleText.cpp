#include "codegen/schedule/ScheduleText.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <tuple>
#include <utility>

#include "codegen/schedule/ScheduleWords.h"

namespace ninc {

namespace {

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

// "direct tiles 3x8,2x12 block 24 parallel": keys with a word behind them, and flags; each once, in any
// order.
class MlpconvReader {
public:
  explicit MlpconvReader(std::string_view text) : text_(text), words_(text) { schedule_.parallel = false; }

  Result<MlpconvSchedule> read() {
    readAlgorithm();
    for (std::string_view key = words_.next(); !key.empty() && fault_.empty(); key = words_.next())
      if (seen_.insert(key).second)
        readEntry(key);
      else
        fault(fmt::format("a second '{}'", key));
    if (!seen_.contains("tiles")) fault("it has no tiles, such as tiles 3x8,2x12");
    if (seen_.contains("group") && !schedule_.winograd) fault("it has a group, and no winograd tiles for it");
    if (!fault_.empty()) return fail(fmt::format("\"{}\" is no schedule of an mlpconv: {}", text_, fault_));
    return schedule_;
  }

private:
  void readAlgorithm() {
    const std::string_view algorithm = words_.next();
    if (algorithm == "direct") return;
    if (algorithm != "winograd") return expected("direct or winograd", algorithm);
    const std::string_view word = words_.next();
    if (const auto tile = pairIn(word))
      schedule_.winograd = WinogradTile{tile->first, tile->second};
    else
      expected("a tile such as 4x4", word);
  }

  void readEntry(std::string_view key) {
    if (key == "parallel" || key == "pixels-outer") {
      (key == "parallel" ? schedule_.parallel : schedule_.pixelsOuter) = true;
      return;
    }
    if (key == "tiles") return readTiles(words_.next());
    int *field = key == "group"      ? &schedule_.groupTiles
                 : key == "block"    ? &schedule_.blockPixels
                 : key == "unroll"   ? &schedule_.reductionUnroll
                 : key == "whole"    ? &schedule_.wholeLayers
                 : key == "prefetch" ? &schedule_.prefetchBytes
                                     : nullptr;
    if (!field)
      return expected("tiles, group, block, unroll, whole, pixels-outer, prefetch or parallel", key);
    const std::string_view word = words_.next();
    const auto number = numberIn(word);
    if (!number) return expected(fmt::format("a number behind '{}'", key), word);
    *field = *number;
  }

  void readTiles(std::string_view list) {
    for (const std::string_view item : partsOf(list, ',')) {
      const auto tile = pairIn(item);
      if (!tile) return expected("a tile such as 3x8", item);
      schedule_.panelVectors.push_back(tile->first);
      schedule_.tilePixels.push_back(tile->second);
    }
  }

  void expected(std::string_view what, std::string_view word) {
    fault(fmt::format("{} expected, not '{}'", what, word));
  }

  void fault(std::string why) {
    if (fault_.empty()) fault_ = std::move(why);
  }

  std::string_view text_;
  Words words_;
  MlpconvSchedule schedule_;
  std::set<std::string_view> seen_; // keys and flags
  std::string fault_;               // the first one
};

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
  return MlpconvReader(text).read();
}

std::string toString(const GpuMlpconvSchedule &schedule) {
  std::string text =
      fmt::format("block {}x{}, thread {}x{}, channel-threads {}, unroll {}, slices {}",
                  schedule.blockColumns, schedule.blockRows, schedule.threadChannels, schedule.threadPixels,
                  schedule.channelThreads, schedule.unroll, schedule.slices);
  if (schedule.stagesInput) text += ", staged";
  if (!schedule.storedMaps.empty()) text += fmt::format(", stores {}", fmt::join(schedule.storedMaps, "+"));
  return text;
}

std::string toString(const Schedule &schedule) {
  auto threads = [](bool parallel) { return parallel ? ", parallel" : ""; };
  return std::visit(
      Overloaded{[&](const LoopSchedule &s) { return fmt::format("vector {}, tasks {}", s.vector, s.tasks); },
                 [&](const TileSchedule &s) {
                   return fmt::format("vector {}, tile {}x{}{}", s.vector, s.vectors, s.tilePixels,
                                      threads(s.parallel));
                 },
                 [&](const DenseSchedule &s) {
                   return fmt::format("vector {}, panel {}{}", s.vector, s.panel(), threads(s.parallel));
                 },
                 [](const GpuLoopSchedule &s) { return fmt::format("block-threads {}", s.threads); },
                 [](const GpuReductionSchedule &s) {
                   return fmt::format("results {}, slices {}", s.results, s.slices);
                 },
                 [](const auto &s) { return toString(s); }},
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
    return entries->finish({TileSchedule{vector, vectors, pixels, parallel}});
  }
  const int panel = entries->takeNumber("panel");
  if (vector < 1 || panel % vector != 0) {
    entries->fault("panel", "a multiple of the vector");
    return entries->finish({});
  }
  return entries->finish({DenseSchedule{vector, panel / vector, parallel}});
}

} // namespace ninc
