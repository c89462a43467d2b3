#include "codegen/MlpconvSchedule.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

#include "support/Arithmetic.h"

namespace ninc {

namespace {

// Multiply-adds of a register tile times the steps of its reduction that are written out: what a compiler
// digests in seconds, and far more than helps.
constexpr std::int64_t mostInstructions = 4096;

Result<void> checkTiles(const MlpconvGeometry &geometry, const MlpconvSchedule &schedule) {
  const std::size_t layers = geometry.layers.size();
  if (schedule.panelVectors.size() != layers || schedule.tilePixels.size() != layers)
    return fail(fmt::format("the schedule has tiles for {} and {} convolutions, the op has {}",
                            schedule.panelVectors.size(), schedule.tilePixels.size(), layers));
  if (schedule.blockPixels < 1 || schedule.reductionUnroll < 1)
    return fail("block and unroll must be positive");
  if (schedule.wholeLayers < 0 || static_cast<std::size_t>(schedule.wholeLayers) > layers)
    return fail(fmt::format("{} whole layers of {}", schedule.wholeLayers, layers));
  for (std::size_t i = 0; i < layers; ++i) {
    const int v = schedule.panelVectors[i], t = schedule.tilePixels[i];
    if (v < 1 || t < 1) return fail(fmt::format("tile {} of convolution {} must be positive", v, i));
    if (std::int64_t{v} * t > mostInstructions / schedule.reductionUnroll)
      return fail(fmt::format("a tile of {} vectors x {} pixels is written out in full, {} times", v, t,
                              schedule.reductionUnroll));
    if (!(i == 0 && schedule.winograd) && schedule.blockPixels % t != 0)
      return fail(fmt::format("a block of {} pixels is no multiple of convolution {}'s tile of {}",
                              schedule.blockPixels, i, t));
  }
  return {};
}

Result<void> checkWinograd(const MlpconvGeometry &geometry, const MlpconvSchedule &schedule) {
  const ConvLayer &layer = geometry.layers[0];
  const WinogradTile &tile = *schedule.winograd;
  if (layer.window.dilation != std::array<std::int64_t, 2>{1, 1})
    return fail("Winograd's transforms are for windows without dilation");
  if (schedule.wholeLayers < 1) return fail("a Winograd convolution goes whole");
  if (geometry.epilogueReadsFirstMaps())
    return fail("the maps of a single Winograd convolution are stored as they are");
  if (!hasWinograd(layer, tile))
    return fail(fmt::format("no transform for tiles of {}x{} outputs", tile.rows, tile.columns));
  if (schedule.groupTiles < 1 || schedule.groupTiles % schedule.tilePixels[0] != 0)
    return fail(fmt::format("a group of {} tiles is no multiple of a register tile's {}", schedule.groupTiles,
                            schedule.tilePixels[0]));
  return {};
}

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

} // namespace

Result<void> isLegal(const KernelSpec &spec, const MlpconvSchedule &schedule) {
  const MlpconvGeometry geometry(spec);
  if (spec.images > 1 && !canComputeImages(spec))
    return fail("a kernel with these results computes one image at a time");
  if (Result<void> tiles = checkTiles(geometry, schedule); !tiles) return tiles;
  if (schedule.winograd)
    if (Result<void> winograd = checkWinograd(geometry, schedule); !winograd) return winograd;
  const bool allWhole = schedule.isWhole(geometry.layers.size() - 1);
  if (allWhole && geometry.pool()) return fail("a pool epilogue goes in blocks");
  if (allWhole && schedule.blockPixels < geometry.allPixels())
    return fail(fmt::format("whole maps have all {} pixels in one block, not {}", geometry.allPixels(),
                            schedule.blockPixels));
  if (geometry.pool() && schedule.blockPixels < geometry.pixelsOfPooledRow())
    return fail(fmt::format("a pooled row needs {} pixels, a block has {}", geometry.pixelsOfPooledRow(),
                            schedule.blockPixels));
  return {};
}

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
    if (key == "parallel") {
      schedule.parallel = true;
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
    int *field = key == "group"    ? &schedule.groupTiles
                 : key == "block"  ? &schedule.blockPixels
                 : key == "unroll" ? &schedule.reductionUnroll
                 : key == "whole"  ? &schedule.wholeLayers
                                   : nullptr;
    if (!field) return wrong(key, "tiles, group, block, unroll, whole or parallel");
    const auto number = numberIn(word);
    if (!number) return wrong(word, fmt::format("a number behind '{}'", key));
    *field = *number;
  }
  return schedule;
}

} // namespace ninc
