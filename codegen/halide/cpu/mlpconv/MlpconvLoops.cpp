// THE SCHEDULE of the mlpconv kernel: in which order, and what lives where.
//
// never_partition_all keeps Halide from doubling the code for guarded tails, which gained nothing here.
#include "codegen/halide/cpu/mlpconv/MlpconvSizes.h"

namespace ninc {

using namespace Halide;

namespace {

struct Loops {
  Var block{"block"}, inBlock{"in_block"}, panel{"panel"}, inPanel{"in_panel"}, vector{"vector"},
      lane{"lane"}, tile{"tile"}, pixel{"pixel"};
};

// The copy of the input with its border. Rows go to several threads where there is enough to share.
void schedulePaddedInput(const MlpconvPlan &plan, MlpconvAlgorithm &a) {
  if (!plan.copiesInput) return; // inlined
  const int lanes = plan.lanes();
  const int channels = plan.paddedChannels(), height = plan.paddedHeight(), width = plan.paddedWidth();
  Var column("column"), channel("channel"), band("band"), inBand("in_band");
  a.padded.bound(a.along, 0, toInt(std::int64_t{width} * channels))
      .bound(a.y, 0, height)
      .bound(a.n, 0, plan.images());
  a.padded.compute_root().split(a.along, column, channel, channels);
  if (isAsApplicationsHave(plan.spec.inputs[0]) && plan.spec.inputs[0].layout == Layout::hwc &&
      channels < lanes) {
    // Pixels are converted in vectors, and their few channels stored as the pixels lie again.
    a.padded.reorder(channel, column, a.y).unroll(channel);
    if (width >= lanes) a.padded.vectorize(column, lanes, TailStrategy::GuardWithIf);
  } else if (plan.spec.inputs[0].layout == Layout::hwc) {
    if (channels >= lanes) a.padded.vectorize(channel, lanes, TailStrategy::GuardWithIf);
  } else {
    // Rows of each channel are contiguous in the source: read vectors, store them apart.
    a.padded.reorder(column, channel, a.y);
    if (width >= lanes) a.padded.vectorize(column, lanes, TailStrategy::GuardWithIf);
  }
  constexpr std::int64_t worthSharing = 16 << 10; // elements: some 3 us of one thread
  if (!plan.schedule.parallel || plan.geometry.images * height * width * channels < worthSharing) return;
  constexpr int rowsOfBand = 4;
  a.padded.split(a.y, band, inBand, rowsOfBand, TailStrategy::GuardWithIf).parallel(band);
  if (plan.images() > 1) a.padded.parallel(a.n);
}

// Length of the innermost loop of convolution i's reduction.
std::int64_t innermostLength(const MlpconvPlan &plan, std::size_t i) {
  const MlpconvGeometry &g = plan.geometry;
  const Window &window = g.layers[0].window;
  if (i > 0) return g.maps(i - 1);
  return window.dilation[1] == 1 ? window.kernel[1] * g.channels : g.channels;
}

void scheduleTile(const MlpconvPlan &plan, const MlpconvAlgorithm &a, std::size_t i, Func consumer, Var at) {
  const MlpconvConvolution &conv = a.convolutions[i];
  const RDom &window = conv.window;
  scheduleRegisterTile(plan, conv.sum,
                       {a.c, a.p, {window.x, window.y, window.z}, window.x, innermostLength(plan, i)},
                       consumer, at);
}

// The loops over panels of channels and tiles of pixels, inner one first.
std::pair<Var, Var> orderOf(const Loops &loop, bool pixelsOuter) {
  return pixelsOuter ? std::pair(loop.panel, loop.tile) : std::pair(loop.tile, loop.panel);
}

// The loops of a map within a block: panels, their tiles, and the tile's registers. Returns the loop over
// panels.
Var scheduleMapLoops(const MlpconvPlan &plan, const MlpconvAlgorithm &a, std::size_t i) {
  Loops loop;
  Func map = a.convolutions[i].map;
  const auto [inner, outer] = orderOf(loop, plan.schedule.pixelsOuter && !plan.isWhole(i));
  map.split(a.p, loop.tile, loop.pixel, plan.schedule.tilePixels[i], TailStrategy::RoundUp)
      .split(a.c, loop.panel, loop.inPanel, plan.panel(i))
      .split(loop.inPanel, loop.vector, loop.lane, plan.lanes())
      .reorder(loop.lane, loop.vector, loop.pixel, inner, outer)
      .vectorize(loop.lane)
      .unroll(loop.vector)
      .unroll(loop.pixel)
      .never_partition_all();
  scheduleTile(plan, a, i, map, inner);
  return loop.panel;
}

// A map that exists for one block at a time, in the worker's scratch.
void scheduleInnerMap(const MlpconvPlan &plan, const MlpconvAlgorithm &a, std::size_t i, Func consumer,
                      Var at, int channels) {
  Func map = a.convolutions[i].map;
  map.compute_at(consumer, at)
      .store_in(MemoryType::Heap)
      .bound_extent(a.c, channels)
      .bound_extent(a.p, plan.block());
  scheduleMapLoops(plan, a, i);
}

// A map that exists as a whole, in the kernel's scratch.
void scheduleWholeMap(const MlpconvPlan &plan, const MlpconvAlgorithm &a, std::size_t i) {
  Func map = a.convolutions[i].map;
  map.compute_root().bound(a.c, 0, plan.paddedMaps(i)).bound(a.p, 0, plan.wholePixels());
  Var panel = scheduleMapLoops(plan, a, i);
  if (plan.schedule.parallel) map.parallel(panel);
}

// The last map goes straight to the output buffer.
std::pair<Func, Var> scheduleStoredMap(const MlpconvPlan &plan, MlpconvAlgorithm &a) {
  Loops loop;
  std::size_t last = plan.last();
  Func map = a.convolutions[last].map;
  int maps = toInt(plan.geometry.maps(last)), panel = plan.panel(last);
  const auto [inner, outer] = orderOf(loop, plan.schedule.pixelsOuter);
  map.compute_root()
      .split(a.p, loop.block, loop.inBlock, plan.block(), TailStrategy::GuardWithIf)
      .split(loop.inBlock, loop.tile, loop.pixel, plan.schedule.tilePixels[last])
      .split(a.c, loop.panel, loop.inPanel, panel,
             maps % panel == 0 ? TailStrategy::RoundUp : TailStrategy::GuardWithIf)
      .split(loop.inPanel, loop.vector, loop.lane, plan.lanes())
      .reorder(loop.lane, loop.vector, loop.pixel, inner, outer, loop.block)
      .vectorize(loop.lane)
      .unroll(loop.vector)
      .unroll(loop.pixel)
      .never_partition_all()
      .bound(a.c, 0, maps)
      .bound(a.p, 0, plan.allPixels());
  if (plan.parallelBlocks()) map.parallel(loop.block);
  if (plan.parallelPanels()) map.parallel(loop.panel);
  a.convolutions[last].sum.bound_extent(a.c, panel).bound_extent(a.p, plan.schedule.tilePixels[last]);
  scheduleTile(plan, a, last, map, inner);
  return {map, loop.block};
}

// One row of pooled pixels is a block; its maps live in scratch, the last one included. A vector of pooled
// pixels' channels is folded in a register, the taps of small windows written out.
std::pair<Func, Var> schedulePool(const MlpconvPlan &plan, MlpconvAlgorithm &a) {
  Loops loop;
  std::size_t last = plan.last();
  a.output.bound(a.c, 0, toInt(plan.geometry.maps(last)))
      .bound(a.column, 0, toInt(plan.geometry.pooledColumns))
      .bound(a.row, 0, toInt(plan.geometry.pooledRows))
      .split(a.c, loop.vector, loop.lane, plan.lanes(), TailStrategy::GuardWithIf)
      .reorder(loop.lane, loop.vector, a.column, a.row)
      .vectorize(loop.lane)
      .never_partition_all();
  if (plan.schedule.parallel) a.output.parallel(a.row);
  const PooledMaps &pool = a.pool;
  Func folded = pool.folded;
  folded.compute_at(a.output, loop.vector)
      .store_in(MemoryType::Register)
      .vectorize(a.c)
      .never_partition_all();
  folded.update().reorder(a.c, pool.tap.x, pool.tap.y).vectorize(a.c).never_partition_all();
  constexpr std::int64_t mostUnrolled = 16;
  const std::array<std::int64_t, 2> &kernel = plan.geometry.pool()->window.kernel;
  if (kernel[0] <= mostUnrolled && kernel[1] <= mostUnrolled && kernel[0] * kernel[1] <= mostUnrolled)
    folded.update().unroll(pool.tap.x).unroll(pool.tap.y);
  scheduleInnerMap(plan, a, last, a.output, a.row, plan.paddedMaps(last));
  return {a.output, a.row};
}

// Each block sums its own pixels, in parallel; the sums of the blocks are added in order, so that the result
// doesn't depend on the number of threads.
std::pair<Func, Var> scheduleAccumulatedMean(const MlpconvPlan &plan, MlpconvAlgorithm &a) {
  Loops loop;
  Var block("block");
  RVar blockOfAll("block_of_all"), inBlock("in_block");
  std::size_t last = plan.last();
  int lanes = plan.lanes();
  a.total.update().split(a.everyPixel.x, blockOfAll, inBlock,
                         plan.isAllWhole() ? plan.pixels() : plan.block(), TailStrategy::GuardWithIf);
  Func partial = a.total.update().rfactor(blockOfAll, block);
  a.totalOfBlock = partial;
  partial.compute_root()
      .bound(a.c, 0, plan.paddedMaps(last))
      .bound(a.n, 0, plan.images())
      .bound(block, 0, plan.blocks())
      .vectorize(a.c, lanes);
  partial.update()
      .split(a.c, loop.panel, loop.inPanel, plan.panel(last))
      .split(loop.inPanel, loop.vector, loop.lane, lanes)
      .vectorize(loop.lane)
      .never_partition_all();
  if (plan.isAllWhole())
    partial.update().reorder(loop.lane, loop.vector, inBlock, block, a.n, loop.panel);
  else
    partial.update().reorder(loop.lane, loop.vector, inBlock, loop.panel, block, a.n);
  partial.update().unroll(loop.vector);
  if (plan.parallelBlocks()) partial.update().parallel(block).parallel(a.n);
  if (plan.parallelPanels()) partial.update().parallel(loop.panel);
  a.total.update().reorder(a.c, blockOfAll).vectorize(a.c, lanes);
  // The last map feeds the mean one panel at a time and is never whole, not even for a block.
  scheduleInnerMap(plan, a, last, partial, loop.panel, plan.panel(last));
  return {partial, block};
}

void scheduleMeanOfStoredMap(const MlpconvPlan &plan, MlpconvAlgorithm &a) {
  a.total.update().reorder(a.c, a.everyPixel.x).vectorize(a.c, plan.lanes(), TailStrategy::GuardWithIf);
}

// Image by image: what lies between the sums and the result is a handful of vectors, or thousands, so it's in
// scratch.
void scheduleSoftmax(const MlpconvPlan &plan, MlpconvAlgorithm &a) {
  int maps = toInt(plan.geometry.maps(plan.last())), lanes = plan.lanes();
  const int width = plan.meanWidth();
  TailStrategy tail = plan.geometry.accumulatesMean() ? TailStrategy::RoundUp : TailStrategy::GuardWithIf;
  for (Func f : {a.total, a.mean, a.softmax.exponential})
    if (f.defined())
      f.compute_at(a.output, a.n)
          .store_in(MemoryType::Heap)
          .bound(a.c, 0, width)
          .bound_extent(a.n, 1)
          .vectorize(a.c, lanes, tail);
  for (Func f : {a.softmax.largest, a.softmax.sum})
    if (f.defined()) f.compute_at(a.output, a.n).store_in(MemoryType::Stack);
  a.output.bound(a.c, 0, maps).bound(a.n, 0, plan.images()).vectorize(a.c, lanes, TailStrategy::GuardWithIf);
}

} // namespace

void scheduleRegisterTile(const MlpconvPlan &plan, Func sum, const RegisterTileLoops &loops, Func consumer,
                          Var at) {
  Var vector("vector"), lane("lane");
  sum.compute_at(consumer, at)
      .store_in(MemoryType::Register)
      .split(loops.channel, vector, lane, plan.lanes())
      .reorder(lane, vector, loops.pixel)
      .vectorize(lane)
      .unroll(vector)
      .unroll(loops.pixel)
      .never_partition_all();
  std::vector<VarOrRVar> order = {lane, vector, loops.pixel};
  order.insert(order.end(), loops.reduction.begin(), loops.reduction.end());
  sum.update()
      .split(loops.channel, vector, lane, plan.lanes())
      .reorder(order)
      .vectorize(lane)
      .unroll(vector)
      .unroll(loops.pixel)
      .never_partition_all();
  unrollByDivisor(sum.update(), loops.unrolled, loops.length, plan.schedule.reductionUnroll);
}

void scheduleMlpconv(const MlpconvPlan &plan, MlpconvAlgorithm &a) {
  std::pair<Func, Var> blocks;
  schedulePaddedInput(plan, a);
  if (plan.winograd) scheduleWinograd(plan, a);
  if (plan.geometry.pool()) {
    blocks = schedulePool(plan, a);
  } else if (plan.geometry.accumulatesMean()) {
    blocks = scheduleAccumulatedMean(plan, a);
  } else {
    if (!plan.isWinograd(plan.last())) blocks = scheduleStoredMap(plan, a);
    if (plan.geometry.gap()) scheduleMeanOfStoredMap(plan, a);
  }
  if (plan.geometry.gap()) scheduleSoftmax(plan, a);
  for (std::size_t i = 0; i + 1 < plan.layers(); ++i) {
    if (plan.isWinograd(i)) continue;
    if (plan.isWhole(i))
      scheduleWholeMap(plan, a, i);
    else
      scheduleInnerMap(plan, a, i, blocks.first, blocks.second, plan.paddedMaps(i));
  }
}

} // namespace ninc
