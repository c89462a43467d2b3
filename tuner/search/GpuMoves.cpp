#include "tuner/search/GpuMoves.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>

#include "codegen/schedule/gpu/GpuMlpconvChoice.h"
#include "codegen/schedule/gpu/GpuMlpconvCost.h"
#include "codegen/schedule/gpu/GpuMlpconvTiling.h"
#include "support/Arithmetic.h"
#include "tuner/search/Beside.h"

namespace ninc {

namespace {

constexpr std::array unrolls = {1, 2, 4, 8, 16};
constexpr std::array sliceCounts = {1, 2, 4, 8, 16, 32};
constexpr std::array threadCounts = {8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024};

// Fewer pixels a thread, down to what divides a row of the block.
void fitThreadPixels(const MlpconvGeometry &geometry, GpuMlpconvSchedule &schedule) {
  const std::int64_t columns = GpuTile(geometry, schedule).columns;
  while (columns % schedule.threadPixels != 0)
    --schedule.threadPixels;
}

class Moves {
public:
  Moves(const MlpconvProblem &problem, const GpuMlpconvSchedule &from)
      : problem_(problem), geometry_(problem.geometry), from_(from), tiled_(geometry_, from) {}

  std::vector<GpuMlpconvSchedule> all() {
    moveBlock();
    moveThread();
    moveThreads();
    for (const int unroll : beside(unrolls, from_.unroll))
      add([&](GpuMlpconvSchedule &s) { s.unroll = unroll; });
    for (const int slices : beside(sliceCounts, from_.slices))
      add([&](GpuMlpconvSchedule &s) { s.slices = slices; });
    add([](GpuMlpconvSchedule &s) { s.stagesInput = !s.stagesInput; });
    moveStoredMaps();
    return std::move(moves_);
  }

private:
  template <class Change>
  void add(Change change) {
    GpuMlpconvSchedule schedule = from_;
    change(schedule);
    if (schedule != from_ && checkLegal(problem_, schedule)) moves_.push_back(schedule);
  }

  // The same with half the threads along the channels, where a change has made too many of them.
  template <class Change>
  void addFitted(Change change) {
    add(change);
    add([&](GpuMlpconvSchedule &s) {
      change(s);
      while (s.channelThreads > 1 && threadsOf(geometry_, s) > problem_.spec.device().maxThreads)
        s.channelThreads /= 2;
    });
  }

  // Pixels of a thread: divisors of what a block computes of a row, ascending.
  std::vector<int> divisors(const GpuMlpconvSchedule &schedule) const {
    std::vector<int> sizes;
    const std::int64_t columns = GpuTile(geometry_, schedule).columns;
    for (int size = 1; size <= columns; ++size)
      if (columns % size == 0) sizes.push_back(size);
    return sizes;
  }

  // The largest that fits and isn't larger than before; and the next larger one, if there is any.
  void moveColumns(int columns) {
    if (columns < 1 || columns > tiled_.columns) return;
    GpuMlpconvSchedule schedule = from_;
    schedule.blockColumns = columns;
    const std::vector<int> sizes = divisors(schedule);
    const auto above = std::ranges::upper_bound(sizes, from_.threadPixels);
    for (const auto size : {above - 1, above})
      if (size != sizes.end())
        addFitted([&](GpuMlpconvSchedule &s) { s.blockColumns = columns, s.threadPixels = *size; });
  }

  void moveBlock() {
    const int columns = from_.blockColumns, rows = from_.blockRows;
    for (const int to : {columns / 2, columns - 1, columns + 1, columns * 2})
      moveColumns(to);
    moveColumns(static_cast<int>(std::min<std::int64_t>(tiled_.columns, 64)));
    for (const int to : {rows / 2, rows - 1, rows + 1, rows * 2})
      if (to >= 1) addFitted([&](GpuMlpconvSchedule &s) { s.blockRows = to; });
    // As many pixels in another shape.
    if (rows > 1) moveShape(columns * 2, rows / 2);
    if (columns > 1) moveShape(columns / 2, rows * 2);
  }

  void moveShape(int columns, int rows) {
    GpuMlpconvSchedule schedule = from_;
    schedule.blockColumns = columns, schedule.blockRows = rows;
    if (columns > tiled_.columns) return;
    const std::vector<int> sizes = divisors(schedule);
    const int pixels = *(std::ranges::upper_bound(sizes, from_.threadPixels) - 1);
    addFitted([&](GpuMlpconvSchedule &s) {
      s.blockColumns = columns, s.blockRows = rows, s.threadPixels = pixels;
    });
  }

  void moveThread() {
    const std::vector<int> sizes = divisors(from_);
    const auto here = std::ranges::find(sizes, from_.threadPixels);
    const int channels = from_.threadChannels;
    const int fewer = here != sizes.begin() && here != sizes.end() ? *(here - 1) : 0;
    const int more = here != sizes.end() && here + 1 != sizes.end() ? *(here + 1) : 0;
    for (const int pixels : {fewer, from_.threadPixels, more})
      for (const int to : {channels / 2, channels, channels * 2})
        if (pixels > 0)
          addFitted([&](GpuMlpconvSchedule &s) { s.threadPixels = pixels, s.threadChannels = to; });
  }

  void moveThreads() {
    for (const int threads : beside(threadCounts, from_.channelThreads))
      add([&](GpuMlpconvSchedule &s) { s.channelThreads = threads; });
    // As many as a layer has tiles of channels: none idles there.
    for (std::size_t i = 0; i < geometry_.layers.size(); ++i) {
      const std::int64_t tiles = divideUp(geometry_.maps(i), std::int64_t{from_.threadChannels});
      if (tiles <= problem_.spec.device().maxThreads)
        add([&](GpuMlpconvSchedule &s) { s.channelThreads = static_cast<int>(tiles); });
    }
  }

  // One more launch, or one less. A block that has pooled pixels and one that hasn't differ in what a row is.
  void moveStoredMaps() {
    for (int i = 0; i < static_cast<int>(geometry_.layers.size()); ++i)
      addFitted([&](GpuMlpconvSchedule &s) {
        const auto at = std::ranges::lower_bound(s.storedMaps, i);
        if (at != s.storedMaps.end() && *at == i)
          s.storedMaps.erase(at);
        else
          s.storedMaps.insert(at, i);
        fitThreadPixels(geometry_, s);
      });
  }

  const MlpconvProblem &problem_;
  const MlpconvGeometry &geometry_;
  const GpuMlpconvSchedule from_;
  const GpuTiledPixels tiled_;
  std::vector<GpuMlpconvSchedule> moves_;
};

bool hasSameStructure(const GpuMlpconvSchedule &a, const GpuMlpconvSchedule &b) {
  return a.stagesInput == b.stagesInput && a.threadChannels == b.threadChannels &&
         a.storedMaps == b.storedMaps;
}

// Down to where no move within the structure is cheaper.
GpuMlpconvSchedule descend(const MlpconvProblem &problem, GpuMlpconvSchedule at) {
  double least = predictClocks(problem, at);
  for (bool better = true; better;) {
    better = false;
    for (const GpuMlpconvSchedule &next : Moves(problem, at).all()) {
      if (!hasSameStructure(next, at)) continue;
      const double clocks = predictClocks(problem, next);
      if (clocks >= least) continue;
      least = clocks;
      at = next;
      better = true;
    }
  }
  return at;
}

// With the structure that `from` has, made smaller until it is legal.
std::optional<GpuMlpconvSchedule> shrunk(const MlpconvProblem &problem, GpuMlpconvSchedule from) {
  const MlpconvGeometry &geometry = problem.geometry;
  const GpuTiledPixels tiled(geometry, from);
  from.blockColumns = static_cast<int>(std::min<std::int64_t>(from.blockColumns, tiled.columns));
  from.blockRows = static_cast<int>(std::min<std::int64_t>(from.blockRows, tiled.rows));
  for (;;) {
    fitThreadPixels(geometry, from);
    if (checkLegal(problem, from)) return from;
    if (from.slices > 1)
      from.slices /= 2;
    else if (from.channelThreads > 8)
      from.channelThreads /= 2;
    else if (from.blockRows > 1)
      from.blockRows /= 2;
    else if (from.threadPixels > 1)
      --from.threadPixels;
    else if (from.blockColumns > 1)
      from.blockColumns /= 2;
    else
      return std::nullopt;
  }
}

} // namespace

std::vector<GpuMlpconvSchedule> gpuMlpconvMoves(const KernelSpec &spec, const GpuMlpconvSchedule &schedule) {
  return Moves(spec, schedule).all();
}

std::vector<GpuMlpconvSchedule> gpuMlpconvStructures(const KernelSpec &spec) {
  const MlpconvProblem problem(spec);
  const GpuMlpconvSchedule usual = defaultGpuMlpconvSchedule(problem);
  std::vector<GpuMlpconvSchedule> structures = {usual};
  for (const std::vector<int> &stored : gpuStoredMaps(problem.geometry))
    for (const bool staged : {true, false})
      for (const int channels : {1, 2, 4, 8}) {
        GpuMlpconvSchedule from = usual;
        from.storedMaps = stored, from.stagesInput = staged, from.threadChannels = channels;
        const auto first = shrunk(problem, from);
        if (first && !hasSameStructure(*first, usual)) structures.push_back(descend(problem, *first));
      }
  return structures;
}

std::vector<GpuLoopSchedule> gpuLoopSchedules(const KernelSpec &spec) {
  std::vector<GpuLoopSchedule> schedules;
  for (const int threads : {256, 128, 64, 512, 32, 192, 96, 16, 1024})
    if (const GpuLoopSchedule schedule{threads}; checkChoice(spec, schedule)) schedules.push_back(schedule);
  return schedules;
}

std::vector<GpuReductionSchedule> gpuReductionSchedules(const KernelSpec &spec) {
  std::vector<GpuReductionSchedule> schedules;
  for (const int results : {32, 16, 64, 8, 4, 1, 2, 128, 256})
    for (const int slices : {8, 4, 16, 2, 32, 1, 64, 128, 256})
      if (const GpuReductionSchedule schedule{results, slices}; checkChoice(spec, schedule))
        schedules.push_back(schedule);
  return schedules;
}

} // namespace ninc
