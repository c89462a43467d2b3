#include "codegen/schedule/ScheduleText.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <tuple>

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
