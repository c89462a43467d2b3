#include "codegen/schedule/mlpconv/MlpconvCandidates.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "support/Arithmetic.h"

namespace ninc {

namespace {

// A block is a multiple of every tile, so their least common multiple must stay small.
constexpr int largestStep = 24;
constexpr int largestTilePixels = 24;
// A tile that crosses the end of a row needs one address register a pixel; beyond this many they spill.
constexpr int largestCrossingTile = 6;
// More frequencies cost more accuracy than they save multiplications (docs/numerics.md).
constexpr int mostFrequencies = 8;

struct TileRequest {
  std::int64_t maps = 0, reduction = 0, rows = 0;
  std::int64_t rowLength = 0; // the maps' width where tiles must not cross rows at will, else 0
  int step = 1;               // what the tiles so far have as least common multiple; 0: doesn't matter
  bool whole = false;         // panels are read once, from beyond L2, and shared by threads
  std::int64_t panel = 0;     // channels a panel must have; 0: any number
};

RegisterTile chooseTile(const TileRequest &request, const Target &target) {
  RegisterTile best;
  double bestCost = std::numeric_limits<double>::max();
  for (int t = 1; t <= largestTilePixels; ++t) {
    if (request.step > 0 && std::lcm(request.step, t) > std::max(largestStep, request.step)) continue;
    const bool crosses = crossesRows(t, request.rowLength);
    if (crosses && t > largestCrossingTile) continue;
    for (int v = 1; v <= divideUp(request.maps, std::int64_t{target.vectorLanes}) &&
                    v * t + v + 1 <= target.vectorRegisters;
         ++v) {
      if (request.panel > 0 && std::int64_t{v} * target.vectorLanes != request.panel) continue;
      const RegisterTile tile{v, t};
      double cost = cyclesOfSums(tile, request.maps, request.reduction, request.rows, crosses, target);
      if (request.whole) {
        const std::int64_t panels = divideUp(request.maps, std::int64_t{v} * target.vectorLanes);
        const std::int64_t passes = divideUp(request.rows, std::int64_t{t});
        const double bytes = 4.0 * static_cast<double>(panels * v * target.vectorLanes * request.reduction);
        cost += streamCycles(bytes, cost / static_cast<double>(passes));
        cost *= 1 + unevenness(panels, 2); // as one thread sees it, and as two do
      }
      if (cost < bestCost) {
        bestCost = cost;
        best = tile;
      }
    }
  }
  return best;
}

// Bytes that the inner maps of a block may take. Weights that stay in L2 are cheap to read again for the next
// block, so the maps keep to what L1 and a part of L2 hold; larger blocks measured slower. Weights from
// beyond L2 are read once a block: as few blocks as half of L2 allows.
std::int64_t scratchFor(double weights, const Target &target) {
  const std::int64_t resident = target.l1Bytes * 5 / 4;
  constexpr std::int64_t most = 512 << 10;
  if (weights <= static_cast<double>(target.l2Bytes) / 2) return resident;
  return std::clamp<std::int64_t>(target.l2Bytes / 2, resident, most);
}

// The block for the layers behind the whole ones: as many pixels as their inner maps may take, in numbers
// that leave few surplus pixels and even shares.
int chooseBlock(const MlpconvGeometry &geometry, const MlpconvSchedule &schedule, int step,
                const Target &target) {
  // A block's part of the last whole map is read for each panel, so it counts as an inner map.
  std::int64_t scratchOfPixel = 0;
  if (schedule.wholeLayers > 0)
    scratchOfPixel = 4 * geometry.maps(static_cast<std::size_t>(schedule.wholeLayers) - 1);
  double weights = 0;
  for (auto i = static_cast<std::size_t>(schedule.wholeLayers); i < geometry.layers.size(); ++i) {
    const std::int64_t panel = schedule.panel(i, target);
    weights += weightBytes(geometry, schedule, i, target);
    const bool last = i + 1 == geometry.layers.size();
    if (!last || geometry.pool())
      scratchOfPixel += 4 * roundUp(geometry.maps(i), panel);
    else if (geometry.accumulatesMean())
      scratchOfPixel += 4 * panel; // one panel at a time feeds the mean
  }
  if (geometry.pool()) return static_cast<int>(roundUp(geometry.pixelsOfPooledRow(), std::int64_t{step}));
  constexpr std::int64_t pixelsWithoutScratch = 48; // a plain convolution: enough work to hand out
  const std::int64_t fits =
      scratchOfPixel == 0 ? pixelsWithoutScratch / step : scratchFor(weights, target) / scratchOfPixel / step;
  const std::int64_t pixels = geometry.accumulatesMean() ? geometry.pixels() : geometry.allPixels();
  const std::int64_t steps = divideUp(pixels, std::int64_t{step});
  // At least two blocks for the threads to share, where a map has enough pixels to be worth sharing.
  constexpr std::int64_t worthSharing = 32;
  const std::int64_t share = pixels >= worthSharing ? divideUp(steps, std::int64_t{2}) : steps;
  const std::int64_t most = std::clamp<std::int64_t>(fits, 1, share);
  // Of the sizes in the upper half of what fits, the one with the least surplus and the evenest halves.
  double least = std::numeric_limits<double>::max();
  std::int64_t best = most;
  for (std::int64_t n = most; n >= std::max<std::int64_t>(1, most / 2); --n) {
    const std::int64_t blocks = divideUp(steps, n);
    const double cost = static_cast<double>(blocks * n) * (1 + unevenness(blocks, 2));
    if (cost < least) {
      least = cost;
      best = n;
    }
  }
  return static_cast<int>(best * step);
}

std::int64_t panelOf(const WeightLayout *layout, std::size_t layer) {
  return layout ? layout->panels[layer] : 0;
}

// Register tiles and block for the layers that go by direct sums.
void completeDirect(const MlpconvGeometry &geometry, MlpconvSchedule &schedule, const Target &target,
                    const WeightLayout *layout) {
  const std::size_t layers = geometry.layers.size();
  int step = 1;
  for (std::size_t i = schedule.panelVectors.size(); i < layers; ++i) {
    const bool whole = schedule.isWhole(i);
    const RegisterTile tile = chooseTile({geometry.maps(i), geometry.reduction(i), geometry.allPixels(),
                                          i == 0 ? geometry.columns : 0, step, whole, panelOf(layout, i)},
                                         target);
    schedule.panelVectors.push_back(tile.vectors);
    schedule.tilePixels.push_back(tile.pixels);
    step = std::lcm(step, tile.pixels);
  }
  const bool allWhole = schedule.isWhole(layers - 1);
  schedule.blockPixels = allWhole ? static_cast<int>(roundUp(geometry.allPixels(), std::int64_t{step}))
                                  : chooseBlock(geometry, schedule, step, target);
  schedule.reductionUnroll = 4;
  schedule.parallel = schedule.wholeLayers > 0 || blockCount(geometry, schedule) > 1;
}

MlpconvSchedule directSchedule(const MlpconvGeometry &geometry, int wholeLayers, const Target &target,
                               const WeightLayout *layout) {
  MlpconvSchedule schedule;
  schedule.wholeLayers = wholeLayers;
  completeDirect(geometry, schedule, target, layout);
  return schedule;
}

// Tiles a group: as few groups as leave a panel's products in half of L2.
int chooseGroup(const WinogradGeometry &w, const RegisterTile &tile, const Target &target) {
  const std::int64_t bytesOfTile = 4 * w.frequencies() * tile.vectors * target.vectorLanes;
  const std::int64_t most = std::max<std::int64_t>(1, target.l2Bytes / 2 / bytesOfTile / tile.pixels);
  const std::int64_t registerTiles = divideUp(w.tiles(), std::int64_t{tile.pixels});
  const std::int64_t groups = divideUp(registerTiles, most);
  return static_cast<int>(divideUp(registerTiles, groups) * tile.pixels);
}

MlpconvSchedule winogradSchedule(const MlpconvGeometry &geometry, const WinogradTile &tile, int wholeLayers,
                                 const Target &target, const WeightLayout *layout) {
  const WinogradGeometry w(geometry, tile);
  MlpconvSchedule schedule;
  schedule.winograd = tile;
  schedule.wholeLayers = wholeLayers;
  const RegisterTile registers =
      chooseTile({geometry.maps(0), w.channels, w.tiles(), 0, 0, true, panelOf(layout, 0)}, target);
  schedule.panelVectors.push_back(registers.vectors);
  schedule.tilePixels.push_back(registers.pixels);
  schedule.groupTiles = chooseGroup(w, registers, target);
  completeDirect(geometry, schedule, target, layout);
  return schedule;
}

// Outputs a tile may have along an axis with so many taps: those that are fewer multiplications than direct.
std::vector<int> tileExtents(std::int64_t taps, std::int64_t extent) {
  if (taps == 1) return {1};
  std::vector<int> extents;
  for (int m = 2; m + taps - 1 <= mostFrequencies && m <= extent + 1; ++m)
    extents.push_back(m);
  return extents;
}

bool mayUseWinograd(const MlpconvGeometry &geometry) {
  const ConvLayer &layer = geometry.layers[0];
  const bool wide = layer.window.kernel[0] > 1 || layer.window.kernel[1] > 1;
  return wide && !geometry.epilogueReadsFirstMaps() && hasWinograd(layer, {1, 1});
}

// One thread's time and two threads' count alike: the caller chooses their number when the model runs.
struct Ranked {
  MlpconvExpectation expected;
  double objective = std::numeric_limits<double>::max();
};

// Takes the candidate's place if it is cheaper than what is there.
void consider(std::optional<Ranked> &best, const MlpconvProblem &problem, const MlpconvSchedule &candidate) {
  const MlpconvCost one = predictCost(problem, candidate, 1);
  const double objective = one.total() + 2 * predictCost(problem, candidate, 2).total();
  if (!best || objective < best->objective) best = Ranked{{candidate, one}, objective};
}

std::string nameOf(const MlpconvSchedule &schedule) {
  if (!schedule.winograd) return "direct";
  return fmt::format("winograd {}x{}", schedule.winograd->rows, schedule.winograd->columns);
}

MlpconvChoice choiceOf(std::optional<Ranked> direct, std::optional<Ranked> winograd) {
  if (!direct || (winograd && winograd->objective < direct->objective)) std::swap(winograd, direct);
  MlpconvChoice choice{std::move(direct->expected), direct->objective, std::nullopt};
  if (winograd) choice.other = std::move(winograd->expected);
  return choice;
}

std::optional<MlpconvChoice> choose(const MlpconvProblem &problem, Exactness exactness,
                                    const WeightLayout *layout) {
  std::optional<Ranked> direct, winograd;
  for (const MlpconvSchedule &candidate : candidateSchedules(problem, exactness, layout))
    consider(candidate.winograd ? winograd : direct, problem, candidate);
  if (!direct && !winograd) return std::nullopt;
  return choiceOf(std::move(direct), std::move(winograd));
}

} // namespace

WeightLayout layoutOf(const MlpconvSchedule &schedule, const Target &target) {
  WeightLayout layout{schedule.winograd, {}};
  for (std::size_t i = 0; i < schedule.panelVectors.size(); ++i)
    layout.panels.push_back(schedule.panel(i, target));
  return layout;
}

WeightLayout fitted(WeightLayout layout, const MlpconvProblem &problem) {
  const Target &target = problem.spec.cpu();
  for (std::size_t i = 0; i < layout.panels.size(); ++i) {
    const std::int64_t panel = layout.panels[i], vectors = panel / target.vectorLanes;
    const bool fits = panel % target.vectorLanes == 0 && 2 * vectors + 1 <= target.vectorRegisters &&
                      vectors <= divideUp(problem.geometry.maps(i), std::int64_t{target.vectorLanes});
    if (!fits) layout.panels[i] = 0;
  }
  return layout;
}

std::vector<MlpconvSchedule> candidateSchedules(const MlpconvProblem &problem, Exactness exactness,
                                                const WeightLayout *layout) {
  const auto &[spec, geometry] = problem;
  const Target &target = spec.cpu();
  const int layers = static_cast<int>(geometry.layers.size());
  std::vector<MlpconvSchedule> schedules;
  // Whole layers come first, and a pool takes its rows from blocks.
  const int mostWhole = geometry.pool() ? layers - 1 : layers;
  if (!layout || !layout->winograd)
    for (int whole = 0; whole <= mostWhole; ++whole)
      schedules.push_back(directSchedule(geometry, whole, target, layout));
  if (exactness == Exactness::exact || !mayUseWinograd(geometry)) return schedules;
  const Window phase = phaseWindow(geometry.layers[0].window);
  for (int rows : tileExtents(phase.kernel[0], geometry.rows))
    for (int columns : tileExtents(phase.kernel[1], geometry.columns))
      for (int whole = 1; whole <= mostWhole; ++whole)
        if (const WinogradTile tile{rows, columns}; !layout || layout->winograd == tile)
          schedules.push_back(winogradSchedule(geometry, tile, whole, target, layout));
  return schedules;
}

MlpconvChoice chooseMlpconvSchedule(const MlpconvProblem &problem, Exactness exactness) {
  return choose(problem, exactness, nullptr).value();
}

std::optional<MlpconvChoice> chooseMlpconvSchedule(const MlpconvProblem &problem, Exactness exactness,
                                                   const WeightLayout &layout) {
  return choose(problem, exactness, &layout);
}

MlpconvSchedule defaultMlpconvSchedule(const MlpconvProblem &problem, Exactness exactness) {
  return chooseMlpconvSchedule(problem, exactness).best.schedule;
}

std::string reasonFor(const MlpconvChoice &choice) {
  const MlpconvCost &cost = choice.best.cost;
  const std::string text =
      fmt::format("{:.0f} thousand cycles expected, {:.0f} % sums, {:.0f} % transforms, {:.0f} % memory",
                  cost.total() / 1e3, 100 * cost.sums / cost.total(), 100 * cost.transforms / cost.total(),
                  100 * cost.memory / cost.total());
  if (!choice.other) return text;
  return text + fmt::format("; {} would take {:.0f}", nameOf(choice.other->schedule),
                            choice.other->cost.total() / 1e3);
}

} // namespace ninc
