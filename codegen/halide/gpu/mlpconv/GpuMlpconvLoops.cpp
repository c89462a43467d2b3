// THE SCHEDULE of a device's mlpconv kernel: launches of blocks that take a tile of pixels through some of
// the convolutions, and what a block, a thread and a register have of it.
#include "codegen/halide/gpu/GpuLoops.h"
#include "codegen/halide/gpu/mlpconv/GpuMlpconvFunctions.h"

namespace ninc {

using namespace Halide;

namespace {

struct TileLoops {
  Var channel{"channel"}, pixel{"pixel"}; // in registers
  Var round{"round"};                     // of threads, over channels
  Var thread{"thread"}, row{"row"};       // along channels, along pixels of a row
};

TileLoops splitTile(const GpuMlpconvSchedule &schedule, Func map, const Var &channels, const Var &columns) {
  const TileLoops tile;
  const Var tileOfChannels("tile_of_channels");
  map.split(columns, tile.row, tile.pixel, schedule.threadPixels)
      .split(channels, tileOfChannels, tile.channel, schedule.threadChannels)
      .split(tileOfChannels, tile.round, tile.thread, schedule.channelThreads, TailStrategy::GuardWithIf);
  return tile;
}

// A thread's register tile, over the whole reduction.
void scheduleSum(const GpuMlpconvPlan &plan, const GpuMlpconvAlgorithm &a, std::size_t i, Func map,
                 const Var &at) {
  const GpuConvolution &conv = a.convolutions[i];
  Func sum = conv.sum;
  const RDom &r = conv.window;
  sum.compute_at(map, at)
      .store_in(MemoryType::Register)
      .bound_extent(a.c, plan.schedule.threadChannels)
      .bound_extent(a.x, plan.schedule.threadPixels)
      .vectorize(a.c, plan.vector())
      .unroll(a.c)
      .unroll(a.x)
      .never_partition_all();
  sum.update()
      .reorder({a.c, a.x, r.x, r.y, r.z, a.y, a.n})
      .vectorize(a.c, plan.vector())
      .unroll(a.c)
      .unroll(a.x)
      .never_partition_all();
  const std::int64_t length = i == 0 ? plan.geometry.channels : plan.geometry.maps(i - 1);
  unrollByDivisor(sum.update(), r.x, length, plan.schedule.unroll);
}

// A block's map or patch of (c, x, y) has these extents in shared memory.
void storeInBlock(Func map, const GpuMlpconvAlgorithm &a, const GpuExtents &extents) {
  map.store_in(MemoryType::GPUShared).bound_extent(a.n, 1);
  const Var variables[] = {a.c, a.x, a.y};
  const GpuExtents stored = storedExtents(extents, elementOf(map.type()));
  for (std::size_t i = 0; i < extents.size(); ++i) {
    map.bound_extent(variables[i], toInt(extents[i]));
    if (stored[i] != extents[i]) map.align_storage(variables[i], toInt(stored[i]));
  }
}

// All threads copy: neighbours in the source side by side.
void schedulePatch(const GpuMlpconvPlan &plan, const GpuMlpconvAlgorithm &a, Func consumer,
                   const Var &block) {
  const Var element("element"), thread("thread"), round("round");
  Func patch = a.patch;
  patch.compute_at(consumer, block).bound(a.c, 0, toInt(plan.geometry.channels));
  storeInBlock(patch, a, {plan.geometry.channels, plan.tile.patchColumns, plan.tile.patchRows});
  if (plan.spec.inputs[0].layout == Layout::hwc)
    patch.reorder(a.c, a.x, a.y, a.n).fuse(a.c, a.x, element);
  else
    patch.reorder(a.x, a.c, a.y, a.n).fuse(a.x, a.c, element);
  // The block's threads as the convolutions have them: along channels, pixels of a row, rows.
  const Var across("across"), down("down"), rowRound("row_round"), rest("rest");
  const int pixelsAcross = toInt(plan.tile.columns) / plan.schedule.threadPixels;
  patch.split(element, round, thread, plan.schedule.channelThreads, TailStrategy::GuardWithIf)
      .split(a.y, rest, across, pixelsAcross, TailStrategy::GuardWithIf)
      .split(rest, rowRound, down, toInt(plan.tile.rows), TailStrategy::GuardWithIf)
      .reorder({round, rowRound, thread, across, down, a.n})
      .gpu_threads(thread, across, down)
      .never_partition_all();
}

// A launch that ends with the stretch's last map, in memory.
void scheduleStoredMaps(const GpuMlpconvPlan &plan, const GpuMlpconvAlgorithm &a, const GpuStretch &stretch) {
  const Var bx("bx"), by("by"), tx("tx"), ty("ty"), slice("slice"), inSlice("in_slice");
  Func map = a.convolutions[stretch.last()].map;
  const std::int64_t maps = plan.geometry.maps(stretch.last());
  boundTo(map, {a.c, a.x, a.y}, {maps, plan.geometry.columns, plan.geometry.rows});
  map.split(a.x, bx, tx, toInt(plan.tile.columns), TailStrategy::GuardWithIf)
      .split(a.y, by, ty, toInt(plan.tile.rows), TailStrategy::GuardWithIf)
      .split(a.c, slice, inSlice, toInt(sliceChannels(maps, plan.schedule)), TailStrategy::GuardWithIf);
  const TileLoops tile = splitTile(plan.schedule, map, inSlice, tx);
  map.reorder({tile.channel, tile.pixel, tile.round, tile.thread, tile.row, ty, bx, by, a.n, slice});
  map.gpu_threads(tile.thread, tile.row, ty);
  const Var block = fuseAll(map, {bx, by, a.n, slice});
  map.gpu_blocks(block)
      .vectorize(tile.channel, plan.vector())
      .unroll(tile.channel)
      .unroll(tile.pixel)
      .never_partition_all();
  scheduleSum(plan, a, stretch.last(), map, tile.round);
  scheduleInBlock(plan, a, map, block, stretch.begin, stretch.last());
}

} // namespace

void boundTo(Func f, const std::vector<Var> &variables, const std::vector<std::int64_t> &extents) {
  for (std::size_t i = 0; i < variables.size(); ++i)
    f.bound(variables[i], 0, toInt(extents[i]));
}

void scheduleInBlock(const GpuMlpconvPlan &plan, const GpuMlpconvAlgorithm &a, Func consumer,
                     const Var &block, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    Func map = a.convolutions[i].map;
    const std::int64_t maps = roundUp(plan.geometry.maps(i), std::int64_t{plan.schedule.threadChannels});
    map.compute_at(consumer, block);
    storeInBlock(map, a, {maps, plan.tile.columns, plan.tile.rows});
    const TileLoops tile = splitTile(plan.schedule, map, a.c, a.x);
    map.reorder({tile.channel, tile.pixel, tile.round, tile.thread, tile.row, a.y, a.n})
        .gpu_threads(tile.thread, tile.row, a.y)
        .vectorize(tile.channel, plan.vector())
        .unroll(tile.channel)
        .unroll(tile.pixel)
        .never_partition_all();
    scheduleSum(plan, a, i, map, tile.round);
  }
  if (begin == 0 && plan.schedule.stagesInput) schedulePatch(plan, a, consumer, block);
}

void scheduleGpuMlpconv(const GpuMlpconvPlan &plan, GpuMlpconvAlgorithm &a) {
  for (const GpuStretch &stretch : plan.stretches)
    if (stretch.storesMaps) scheduleStoredMaps(plan, a, stretch);
  scheduleGpuEnds(plan, a);
}

} // namespace ninc
