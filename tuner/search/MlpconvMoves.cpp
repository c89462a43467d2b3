#include "tuner/search/MlpconvMoves.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>

#include "codegen/schedule/mlpconv/MlpconvGeometry.h"
#include "support/Arithmetic.h"
#include "tuner/search/Beside.h"

namespace ninc {

namespace {

// Beyond these nothing was ever faster, but code grows.
constexpr int largestTilePixels = 32;
constexpr std::array unrolls = {1, 2, 3, 4, 6, 8, 12};
constexpr std::array prefetches = {0, 1024, 2048, 4096, 8192, 16384};

class Moves {
public:
  Moves(const KernelSpec &spec, const MlpconvSchedule &from, int threads)
      : problem_(spec), geometry_(problem_.geometry), from_(from), threads_(threads) {}

  std::vector<MlpconvSchedule> all(const std::vector<MlpconvSchedule> &structures) {
    for (std::size_t i = 0; i < geometry_.layers.size(); ++i)
      moveTile(i);
    moveBlock();
    if (from_.winograd) moveGroup();
    for (int unroll : beside(unrolls, from_.reductionUnroll))
      add([&](MlpconvSchedule &s) { s.reductionUnroll = unroll; });
    for (int bytes : beside(prefetches, from_.prefetchBytes))
      add([&](MlpconvSchedule &s) { s.prefetchBytes = bytes; });
    add([&](MlpconvSchedule &s) { s.pixelsOuter = !s.pixelsOuter; });
    if (threads_ > 1) add([&](MlpconvSchedule &s) { s.parallel = !s.parallel; });
    for (const MlpconvSchedule &structure : structures)
      if (isBeside(structure)) moveStructure(structure);
    return std::move(moves_);
  }

private:
  template <class Change>
  void add(Change change) {
    MlpconvSchedule schedule = from_;
    change(schedule);
    addLegal(schedule);
  }

  void addLegal(const MlpconvSchedule &schedule) {
    if (checkLegal(problem_, schedule)) moves_.push_back(schedule);
  }

  // The accumulators and at least one operand stay in registers.
  bool fitsRegisters(int vectors, int pixels) const {
    return vectors >= 1 && pixels >= 1 && pixels <= largestTilePixels &&
           vectors * pixels + 1 <= problem_.spec.cpu().vectorRegisters;
  }

  // What the tiles of pixels have as least common multiple.
  static int stepOf(const MlpconvSchedule &schedule) {
    int step = 1;
    for (std::size_t i = schedule.winograd ? 1 : 0; i < schedule.tilePixels.size(); ++i)
      step = std::lcm(step, schedule.tilePixels[i]);
    return step;
  }

  // With the block, or the group, next to what it was that fits the tiles: below and above.
  void addFitted(MlpconvSchedule schedule) {
    const int step = stepOf(schedule);
    if (schedule.isWhole(geometry_.layers.size() - 1)) {
      schedule.blockPixels = static_cast<int>(roundUp(geometry_.allPixels(), std::int64_t{step}));
      return addLegal(schedule);
    }
    const int above = roundUp(schedule.blockPixels, step), below = above - step;
    schedule.blockPixels = above;
    addLegal(schedule);
    if (below > 0 && below + step != from_.blockPixels) {
      schedule.blockPixels = below;
      addLegal(schedule);
    }
  }

  void moveTile(std::size_t i) {
    const int v = from_.panelVectors[i], t = from_.tilePixels[i];
    std::vector<std::pair<int, int>> tiles;
    for (int vectors : {v - 1, v, v + 1})
      for (int pixels : {t / 2, t - 2, t - 1, t, t + 1, t + 2, t * 2})
        if ((vectors != v || pixels != t) && fitsRegisters(vectors, pixels))
          tiles.emplace_back(vectors, pixels);
    // Other panels with as many pixels as the registers then hold.
    for (int vectors : {v - 1, v + 1})
      if (vectors >= 1)
        if (const int most = (problem_.spec.cpu().vectorRegisters - vectors - 1) / vectors;
            fitsRegisters(vectors, most))
          tiles.emplace_back(vectors, most);
    for (const auto &[vectors, pixels] : tiles) {
      MlpconvSchedule schedule = from_;
      schedule.panelVectors[i] = vectors;
      schedule.tilePixels[i] = pixels;
      if (i == 0 && schedule.winograd) schedule.groupTiles = roundUp(schedule.groupTiles, pixels);
      addFitted(std::move(schedule));
    }
  }

  void moveBlock() {
    if (from_.isWhole(geometry_.layers.size() - 1)) return;
    const int step = stepOf(from_), block = from_.blockPixels;
    for (int pixels : {block / 2, block / 4 * 3, block - step, block + step, block / 2 * 3, block * 2})
      if (pixels >= step && pixels != block)
        add([&](MlpconvSchedule &s) { s.blockPixels = pixels / step * step; });
  }

  void moveGroup() {
    const int step = from_.tilePixels[0], group = from_.groupTiles;
    for (int tiles : {group / 2, group - step, group + step, group * 2})
      if (tiles >= step && tiles != group)
        add([&](MlpconvSchedule &s) { s.groupTiles = tiles / step * step; });
  }

  bool isBeside(const MlpconvSchedule &other) const {
    const int wholes = std::abs(other.wholeLayers - from_.wholeLayers);
    if (!other.winograd && !from_.winograd) return wholes == 1;
    if (!other.winograd || !from_.winograd) return wholes <= 1;
    const int tiles = std::abs(other.winograd->rows - from_.winograd->rows) +
                      std::abs(other.winograd->columns - from_.winograd->columns);
    return tiles + wholes == 1;
  }

  // The structure with its own tiles, and with this schedule's for the layers that are computed in the same
  // way.
  void moveStructure(const MlpconvSchedule &structure) {
    addLegal(structure);
    MlpconvSchedule schedule = structure;
    for (std::size_t i = 0; i < schedule.tilePixels.size(); ++i) {
      if (i == 0 && schedule.winograd.has_value() != from_.winograd.has_value()) continue;
      schedule.panelVectors[i] = from_.panelVectors[i];
      schedule.tilePixels[i] = from_.tilePixels[i];
    }
    schedule.reductionUnroll = from_.reductionUnroll;
    schedule.pixelsOuter = from_.pixelsOuter;
    if (schedule.wholeLayers > 0) schedule.prefetchBytes = from_.prefetchBytes;
    if (schedule.winograd) schedule.groupTiles = roundUp(schedule.groupTiles, schedule.tilePixels[0]);
    addFitted(std::move(schedule));
  }

  MlpconvProblem problem_;
  const MlpconvGeometry &geometry_;
  const MlpconvSchedule &from_;
  int threads_;
  std::vector<MlpconvSchedule> moves_;
};

} // namespace

std::vector<MlpconvSchedule> mlpconvMoves(const KernelSpec &spec, const MlpconvSchedule &schedule,
                                          const std::vector<MlpconvSchedule> &structures, int threads) {
  return Moves(spec, schedule, threads).all(structures);
}

} // namespace ninc
