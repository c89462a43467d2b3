// THE SCHEDULE of a convolution by Winograd's F(m, r).
//
// The input's frequencies exist whole, [frequency][chunk of channels][tile][channel], so that for each
// frequency there is a matrix product of tiles by channels with channels by maps. A panel of maps goes
// through groups of tiles: first the products of all frequencies, in registers over all channels, stored for
// the group; then tile by tile the inverse transform in registers. Every weight of a panel is read once a
// group.
#include "codegen/halide/cpu/mlpconv/MlpconvSizes.h"

namespace ninc {

using namespace Halide;

namespace {

void scheduleInputTransform(const MlpconvPlan &plan, MlpconvAlgorithm &a) {
  const WinogradGeometry &w = *plan.winograd;
  WinogradFunctions &f = a.winograd;
  const int tiles = toInt(roundUp(w.tiles(), plan.schedule.groupTiles));
  f.input.compute_root()
      .bound(a.c, 0, plan.chunk())
      .bound(f.t, 0, tiles)
      .bound(f.chunk, 0, plan.chunks())
      .bound(f.l, 0, w.columns.frequencies())
      .bound(f.k, 0, w.rows.frequencies())
      .reorder(a.c, f.l, f.k, f.chunk, f.t)
      .vectorize(a.c)
      .unroll(f.l)
      .never_partition_all();
  constexpr int worthSharing = 4; // tiles
  if (plan.schedule.parallel && tiles >= worthSharing) f.input.parallel(f.t);
  f.inputRows.compute_at(f.input, f.chunk)
      .store_in(MemoryType::Stack)
      .bound_extent(a.c, plan.chunk())
      .reorder(a.c, f.k, f.j, f.t)
      .vectorize(a.c)
      .unroll(f.k)
      .never_partition_all();
}

void scheduleProducts(const MlpconvPlan &plan, MlpconvAlgorithm &a, Func consumer, RVar group) {
  WinogradFunctions &f = a.winograd;
  const int lanes = plan.lanes(), tile = plan.schedule.tilePixels[0];
  Var tiles("tiles"), inTile("in_tile"), vector("vector"), lane("lane");
  f.products.compute_at(consumer, group)
      .store_in(MemoryType::Heap)
      .bound_extent(a.c, plan.panel(0))
      .bound_extent(f.t, plan.schedule.groupTiles)
      .split(f.t, tiles, inTile, tile)
      .split(a.c, vector, lane, lanes)
      .reorder(lane, vector, inTile, tiles, f.l, f.k)
      .vectorize(lane)
      .unroll(vector)
      .unroll(inTile)
      .never_partition_all();
  // Where chunks are single channels, chunks are written out.
  const bool inChunk = plan.chunk() > 1;
  scheduleRegisterTile(plan, f.sum,
                       {a.c,
                        f.t,
                        {f.channel.x, f.channel.y},
                        inChunk ? f.channel.x : f.channel.y,
                        inChunk ? plan.chunk() : plan.chunks()},
                       f.products, tiles);
}

} // namespace

void scheduleWinograd(const MlpconvPlan &plan, MlpconvAlgorithm &a) {
  WinogradFunctions &f = a.winograd;
  const int maps = toInt(plan.geometry.maps(0)), panelSize = plan.panel(0);
  const bool stored = plan.layers() == 1; // the map is the kernel's result
  Var panel("panel"), inPanel("in_panel"), vector("vector"), lane("lane");
  RVar group("group"), inGroup("in_group");
  scheduleInputTransform(plan, a);
  Func map = a.convolutions[0].map;
  map.compute_root()
      .bound(a.c, 0, stored ? maps : plan.paddedMaps(0))
      .bound(a.p, 0, stored ? plan.allPixels() : plan.wholePixels());
  map.update()
      .split(a.c, panel, inPanel, panelSize,
             stored && maps % panelSize != 0 ? TailStrategy::GuardWithIf : TailStrategy::RoundUp)
      .split(inPanel, vector, lane, plan.lanes())
      .split(f.place.z, group, inGroup, plan.schedule.groupTiles, TailStrategy::GuardWithIf)
      .reorder(lane, f.place.x, f.place.y, vector, inGroup, group, panel)
      .vectorize(lane)
      .unroll(f.place.x)
      .unroll(f.place.y)
      .never_partition_all();
  if (plan.schedule.parallel) map.update().parallel(panel);
  scheduleProducts(plan, a, map, group);
  for (Func transform : {f.outputRows, f.outputs})
    transform.compute_at(map, vector)
        .store_in(MemoryType::Register)
        .bound_extent(a.c, plan.lanes())
        .vectorize(a.c)
        .unroll(f.i)
        .never_partition_all();
  f.outputRows.reorder(a.c, f.i, f.l, f.t).unroll(f.l);
  f.outputs.reorder(a.c, f.j, f.i, f.t).unroll(f.j);
}

} // namespace ninc
