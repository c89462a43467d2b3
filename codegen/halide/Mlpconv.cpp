// A k x k convolution and n-1 1 x 1 convolutions, each with bias and activation, evaluated block of pixels by
// block of pixels, so that the inner maps never exist whole.
//
// Pixels are numbered p = y * columns + x through all rows. The input comes channels innermost with its
// border already around it, so a row of the window is one contiguous stretch: taps times channels is a single
// reduction, whether the input has 3 channels or 300. Weights come in panels [panel][reduction][channel],
// read front to back. A tile (a panel of channels by a few pixels) accumulates in registers over the whole
// reduction: for each step, v weight vectors times t broadcast inputs.
//
// The last block is a whole one too: its surplus pixels repeat the last pixel, and only the store is guarded.

#include "codegen/halide/Mlpconv.h"

#include <limits>

#include "codegen/halide/Activation.h"
#include "codegen/halide/Math.h"

namespace ninc {

namespace {

using namespace Halide;

int divideUp(std::int64_t n, std::int64_t by) {
  return static_cast<int>((n + by - 1) / by);
}
int roundUp(std::int64_t n, std::int64_t to) {
  return static_cast<int>(divideUp(n, to) * to);
}
int number(std::int64_t n) {
  return static_cast<int>(n);
}

struct Convolution {
  ImageParam weights; // (channel in panel, reduction, panel)
  ImageParam bias;    // (channel)
  Func sum, map;      // (channel, pixel)
  RDom window;        // (along a row, between columns, between rows)
};

struct Algorithm {
  Var c{"c"}, p{"p"};
  Var x{"x"}, y{"y"}; // of pooled maps
  Var along{"along"}; // column * channels + channel of the padded input
  ImageParam input;   // (channel, column, row), or (along, row) when it needs no border
  Func padded;        // (along, row)
  std::vector<Convolution> convolutions;
  RDom everyPixel;
  Func total, mean, largest, exponential, sum; // of the GAP epilogue
  Func output;                                 // the first result
};

// Spec and schedule with the sizes that both halves below ask for.
struct Plan {
  const KernelSpec &spec;
  const MlpconvSchedule &schedule;
  MlpconvGeometry geometry;
  bool copiesInput;

  Plan(const KernelSpec &s, const MlpconvSchedule &how)
      : spec(s), schedule(how), geometry(s),
        copiesInput(s.inputs[0].layout != Layout::hwc || geometry.layers[0].window.pad != Padding{}) {}

  std::size_t layers() const { return geometry.layers.size(); }
  int lanes() const { return spec.target.vectorLanes; }
  int panel(std::size_t i) const { return schedule.panelVectors[i] * lanes(); }
  int paddedMaps(std::size_t i) const { return roundUp(geometry.maps(i), panel(i)); }
  int pixels() const { return number(geometry.pixels()); }
  int block() const { return schedule.blockPixels; }
  int blocks() const { return divideUp(geometry.pixels(), block()); }
  bool inPanels() const { return schedule.order == MlpconvOrder::panels; }
  bool parallelBlocks() const { return schedule.parallel && !inPanels(); }
  bool parallelPanels() const { return schedule.parallel && inPanels(); }
  int unrollOf(std::size_t i) const {
    const Window &window = geometry.layers[0].window;
    std::int64_t length = i > 0                     ? geometry.maps(i - 1)
                          : window.dilation[1] == 1 ? window.kernel[1] * geometry.channels
                                                    : geometry.channels;
    for (int factor = schedule.reductionUnroll; factor > 1; --factor)
      if (length % factor == 0) return factor;
    return 1;
  }
};

// ---------------------------------------------------------------------------------------------------------
// THE ALGORITHM: what is computed.

void definePaddedInput(const Plan &plan, Algorithm &a) {
  const MlpconvGeometry &g = plan.geometry;
  const Padding &pad = g.layers[0].window.pad;
  a.padded = Func("padded");
  if (!plan.copiesInput) {
    a.input = ImageParam(Float(32), 2, "input");
    a.padded(a.along, a.y) = a.input(a.along, a.y);
    return;
  }
  a.input = ImageParam(Float(32), 3, "input");
  Func bordered = BoundaryConditions::constant_exterior(
      a.input, 0.0f, {{Expr(), Expr()}, {0, number(g.width)}, {0, number(g.height)}});
  int channels = number(g.channels);
  a.padded(a.along, a.y) =
      bordered(a.along % channels, a.along / channels - number(pad.left), a.y - number(pad.top));
}

// Column and row of pixel p. Where a tile divides the rows it never crosses the end of one, and saying so
// leaves one base address a tile instead of one a pixel.
std::pair<Expr, Expr> placeOfPixel(const Plan &plan, Expr p) {
  const MlpconvGeometry &g = plan.geometry;
  int columns = number(g.columns), rows = number(g.rows), tile = plan.schedule.tilePixels[0];
  // Blocks of a pool epilogue start at a row; others at a multiple of every tile.
  bool surplus = plan.geometry.pool() || plan.pixels() % plan.block() != 0;
  if (columns % tile == 0) {
    int tilesOfRow = columns / tile;
    Expr y = (p / tile) / tilesOfRow;
    return {(p / tile) % tilesOfRow * tile + p % tile, surplus ? min(y, rows - 1) : y};
  }
  if (tile % columns == 0 && !g.pool()) {
    Expr y = p / tile * (tile / columns) + (p % tile) / columns;
    return {(p % tile) % columns, surplus ? min(y, rows - 1) : y};
  }
  Expr pixel = surplus ? min(p, plan.pixels() - 1) : p;
  return {pixel % columns, pixel / columns};
}

void defineConvolutions(const Plan &plan, Algorithm &a) {
  const MlpconvGeometry &g = plan.geometry;
  const Window &window = g.layers[0].window;
  int channels = number(g.channels);
  auto [x, y] = placeOfPixel(plan, a.p);
  for (std::size_t i = 0; i < plan.layers(); ++i) {
    std::string n = std::to_string(i);
    Convolution conv{ImageParam(Float(32), 3, "weights" + n), ImageParam(Float(32), 1, "bias" + n),
                     Func("sum" + n), Func("map" + n), RDom()};
    Expr value, step;
    if (i == 0) {
      // Without dilation the columns of a window row are neighbours, and their channels one stretch.
      bool dense = window.dilation[1] == 1;
      int stretch = number(dense ? window.kernel[1] * g.channels : g.channels);
      int stretches = number(dense ? 1 : window.kernel[1]);
      conv.window = RDom(0, stretch, 0, stretches, 0, number(window.kernel[0]), "r" + n);
      step = conv.window.x + conv.window.y * stretch + conv.window.z * (stretch * stretches);
      value = a.padded(x * number(window.stride[1] * g.channels) + conv.window.x +
                           conv.window.y * number(window.dilation[1]) * channels,
                       y * number(window.stride[0]) + conv.window.z * number(window.dilation[0]));
    } else {
      conv.window = RDom(0, number(g.maps(i - 1)), 0, 1, 0, 1, "r" + n);
      step = conv.window.x;
      value = a.convolutions[i - 1].map(conv.window.x, a.p);
    }
    int panel = plan.panel(i);
    conv.sum(a.c, a.p) = conv.bias(a.c);
    conv.sum(a.c, a.p) += conv.weights(a.c % panel, step, a.c / panel) * value;
    conv.map(a.c, a.p) = activate(g.layers[i].activation, conv.sum(a.c, a.p));
    a.convolutions.push_back(conv);
  }
}

// Windows are clipped to the maps. A maximum may as well read an edge element twice, unless dilation steps
// over it; a mean leaves out what lies outside and divides by what lies inside (or inside the padded maps).
void definePool(const Plan &plan, Algorithm &a) {
  const MlpconvGeometry &g = plan.geometry;
  const PoolEpilogue &pool = *g.pool();
  Func last = a.convolutions.back().map;
  auto position = [&](Expr i, int axis, int tap) {
    std::int64_t before = axis == 0 ? pool.window.pad.top : pool.window.pad.left;
    return i * number(pool.window.stride[axis]) + number(tap * pool.window.dilation[axis] - before);
  };
  auto inside = [&](Expr at, std::int64_t extent) { return at >= 0 && at < number(extent); };
  auto covered = [&](Expr i, int axis, std::int64_t extent) {
    std::int64_t before = axis == 0 ? pool.window.pad.top : pool.window.pad.left;
    std::int64_t after = axis == 0 ? pool.window.pad.bottom : pool.window.pad.right;
    if (!pool.countIncludePad) before = after = 0;
    Expr first = position(i, axis, 0);
    return cast<float>(min(first + number(pool.window.kernel[axis]), number(extent + after)) -
                       max(first, number(-before)));
  };
  Expr value, outside = pool.kind == PoolKind::average ? 0.0f : -std::numeric_limits<float>::max();
  for (int dy = 0; dy < pool.window.kernel[0]; ++dy)
    for (int dx = 0; dx < pool.window.kernel[1]; ++dx) {
      Expr row = position(a.y, 0, dy), column = position(a.x, 1, dx);
      Expr element = last(a.c, clamp(row, 0, number(g.rows - 1)) * number(g.columns) +
                                   clamp(column, 0, number(g.columns - 1)));
      if (pool.kind == PoolKind::average || pool.window.dilation != std::array<std::int64_t, 2>{1, 1})
        element = select(inside(row, g.rows) && inside(column, g.columns), element, outside);
      value = !value.defined() ? element : pool.kind == PoolKind::max ? max(value, element) : value + element;
    }
  if (pool.kind == PoolKind::average) value = value / (covered(a.y, 0, g.rows) * covered(a.x, 1, g.columns));
  a.output = Func("pooled");
  a.output(a.c, a.x, a.y) = value;
}

void defineMean(const Plan &plan, Algorithm &a) {
  a.everyPixel = RDom(0, plan.pixels(), "pixel");
  a.total = Func("total");
  a.mean = Func("mean");
  a.total(a.c) = 0.0f;
  a.total(a.c) += a.convolutions.back().map(a.c, a.everyPixel);
  a.mean(a.c) = a.total(a.c) * (1.0f / static_cast<float>(plan.pixels()));
  a.output = Func("result");
  if (!plan.geometry.gap()->softmax) {
    a.output(a.c) = a.mean(a.c);
    return;
  }
  RDom category(0, number(plan.geometry.maps(plan.layers() - 1)), "category");
  a.largest = Func("largest");
  a.exponential = Func("exponential");
  a.sum = Func("sum_of_exponentials");
  a.largest() = a.mean(0);
  a.largest() = max(a.largest(), a.mean(category));
  a.exponential(a.c) = exponential(a.mean(a.c) - a.largest());
  a.sum() = 0.0f;
  a.sum() += a.exponential(category);
  a.output(a.c) = a.exponential(a.c) / a.sum();
}

Algorithm define(const Plan &plan) {
  Algorithm a;
  definePaddedInput(plan, a);
  defineConvolutions(plan, a);
  if (plan.geometry.pool())
    definePool(plan, a);
  else if (plan.geometry.gap())
    defineMean(plan, a);
  else
    a.output = a.convolutions.back().map;
  return a;
}

// ---------------------------------------------------------------------------------------------------------
// THE SCHEDULE: in which order, and what lives where.
//
// never_partition_all keeps Halide from doubling the code for guarded tails, which gained nothing here.

struct Loops {
  Var block{"block"}, inBlock{"in_block"}, panel{"panel"}, inPanel{"in_panel"}, vector{"vector"},
      lane{"lane"}, tile{"tile"}, pixel{"pixel"};
};

void schedulePaddedInput(const Plan &plan, Algorithm &a) {
  if (!plan.copiesInput) return; // inlined
  const MlpconvGeometry &g = plan.geometry;
  int channels = number(g.channels), lanes = plan.lanes();
  Var column("column"), channel("channel");
  a.padded.bound(a.along, 0, number(g.paddedWidth() * g.channels)).bound(a.y, 0, number(g.paddedHeight()));
  a.padded.compute_root().split(a.along, column, channel, channels);
  if (plan.spec.inputs[0].layout == Layout::hwc) {
    if (channels >= lanes) a.padded.vectorize(channel, lanes, TailStrategy::GuardWithIf);
  } else {
    // Rows of each channel are contiguous in the source: read vectors, store them apart.
    a.padded.reorder(column, channel, a.y);
    if (g.paddedWidth() >= lanes) a.padded.vectorize(column, lanes, TailStrategy::GuardWithIf);
  }
}

// The register tile: `v` vectors of channels times `t` pixels, over the whole reduction.
void scheduleTile(const Plan &plan, const Algorithm &a, std::size_t i, Func consumer, Var at) {
  Var vector("vector"), lane("lane");
  const Convolution &conv = a.convolutions[i];
  Func sum = conv.sum;
  sum.compute_at(consumer, at)
      .store_in(MemoryType::Register)
      .split(a.c, vector, lane, plan.lanes())
      .reorder(lane, vector, a.p)
      .vectorize(lane)
      .unroll(vector)
      .unroll(a.p)
      .never_partition_all();
  sum.update()
      .split(a.c, vector, lane, plan.lanes())
      .reorder(lane, vector, a.p, conv.window.x, conv.window.y, conv.window.z)
      .vectorize(lane)
      .unroll(vector)
      .unroll(a.p)
      .never_partition_all();
  if (int factor = plan.unrollOf(i); factor > 1) sum.update().unroll(conv.window.x, factor);
}

// The loops of a map within a block: panels, their tiles, and the tile's registers. Returns the loop over
// panels.
Var scheduleMapLoops(const Plan &plan, const Algorithm &a, std::size_t i) {
  Loops loop;
  Func map = a.convolutions[i].map;
  map.split(a.p, loop.tile, loop.pixel, plan.schedule.tilePixels[i], TailStrategy::RoundUp)
      .split(a.c, loop.panel, loop.inPanel, plan.panel(i))
      .split(loop.inPanel, loop.vector, loop.lane, plan.lanes())
      .reorder(loop.lane, loop.vector, loop.pixel, loop.tile, loop.panel)
      .vectorize(loop.lane)
      .unroll(loop.vector)
      .unroll(loop.pixel)
      .never_partition_all();
  scheduleTile(plan, a, i, map, loop.tile);
  return loop.panel;
}

// A map that exists for one block at a time, in the worker's scratch.
void scheduleInnerMap(const Plan &plan, const Algorithm &a, std::size_t i, Func consumer, Var at,
                      int channels) {
  Func map = a.convolutions[i].map;
  map.compute_at(consumer, at)
      .store_in(MemoryType::Heap)
      .bound_extent(a.c, channels)
      .bound_extent(a.p, plan.block());
  scheduleMapLoops(plan, a, i);
}

// A map that exists as a whole, in the kernel's scratch.
void scheduleWholeMap(const Plan &plan, const Algorithm &a, std::size_t i) {
  Func map = a.convolutions[i].map;
  map.compute_root().bound(a.c, 0, plan.paddedMaps(i)).bound(a.p, 0, plan.block());
  Var panel = scheduleMapLoops(plan, a, i);
  if (plan.parallelPanels()) map.parallel(panel);
}
// The last map goes straight to the output buffer.
std::pair<Func, Var> scheduleStoredMap(const Plan &plan, Algorithm &a) {
  Loops loop;
  std::size_t last = plan.layers() - 1;
  Func map = a.convolutions[last].map;
  int maps = number(plan.geometry.maps(last)), panel = plan.panel(last);
  map.compute_root()
      .split(a.p, loop.block, loop.inBlock, plan.block(), TailStrategy::GuardWithIf)
      .split(loop.inBlock, loop.tile, loop.pixel, plan.schedule.tilePixels[last])
      .split(a.c, loop.panel, loop.inPanel, panel,
             maps % panel == 0 ? TailStrategy::RoundUp : TailStrategy::GuardWithIf)
      .split(loop.inPanel, loop.vector, loop.lane, plan.lanes())
      .reorder(loop.lane, loop.vector, loop.pixel, loop.tile, loop.panel, loop.block)
      .vectorize(loop.lane)
      .unroll(loop.vector)
      .unroll(loop.pixel)
      .never_partition_all()
      .bound(a.c, 0, maps)
      .bound(a.p, 0, plan.pixels());
  if (plan.parallelBlocks()) map.parallel(loop.block);
  if (plan.parallelPanels()) map.parallel(loop.panel);
  a.convolutions[last].sum.bound_extent(a.c, panel).bound_extent(a.p, plan.schedule.tilePixels[last]);
  scheduleTile(plan, a, last, map, loop.tile);
  return {map, loop.block};
}

// One row of pooled pixels is a block; its maps live in scratch, the last one included.
std::pair<Func, Var> schedulePool(const Plan &plan, Algorithm &a) {
  std::size_t last = plan.layers() - 1;
  a.output.bound(a.c, 0, number(plan.geometry.maps(last)))
      .bound(a.x, 0, number(plan.geometry.pooledColumns))
      .bound(a.y, 0, number(plan.geometry.pooledRows))
      .reorder(a.c, a.x, a.y)
      .vectorize(a.c, plan.lanes(), TailStrategy::GuardWithIf)
      .never_partition_all();
  if (plan.schedule.parallel) a.output.parallel(a.y);
  scheduleInnerMap(plan, a, last, a.output, a.y, plan.paddedMaps(last));
  return {a.output, a.y};
}

// Each block sums its own pixels, in parallel; the sums of the blocks are added in order, so that the result
// doesn't depend on the number of threads. `partial` is the sums by block.
std::pair<Func, Var> scheduleAccumulatedMean(const Plan &plan, Algorithm &a, Func &partial) {
  Loops loop;
  Var block("block");
  RVar blockOfAll("block_of_all"), inBlock("in_block");
  std::size_t last = plan.layers() - 1;
  int lanes = plan.lanes();
  a.total.update().split(a.everyPixel.x, blockOfAll, inBlock, plan.block(), TailStrategy::GuardWithIf);
  partial = a.total.update().rfactor(blockOfAll, block);
  partial.compute_root()
      .bound(a.c, 0, plan.paddedMaps(last))
      .bound(block, 0, plan.blocks())
      .vectorize(a.c, lanes);
  partial.update()
      .split(a.c, loop.panel, loop.inPanel, plan.panel(last))
      .split(loop.inPanel, loop.vector, loop.lane, lanes)
      .reorder(loop.lane, loop.vector, inBlock, loop.panel, block)
      .vectorize(loop.lane)
      .unroll(loop.vector)
      .never_partition_all();
  if (plan.parallelBlocks()) partial.update().parallel(block);
  if (plan.parallelPanels()) partial.update().parallel(loop.panel);
  a.total.update().reorder(a.c, blockOfAll).vectorize(a.c, lanes);
  // The last map feeds the mean one panel at a time and is never whole, not even for a block.
  scheduleInnerMap(plan, a, last, partial, loop.panel, plan.panel(last));
  return {partial, block};
}

void scheduleMeanOfStoredMap(const Plan &plan, Algorithm &a) {
  a.total.update().reorder(a.c, a.everyPixel.x).vectorize(a.c, plan.lanes(), TailStrategy::GuardWithIf);
}

void scheduleSoftmax(const Plan &plan, Algorithm &a) {
  std::size_t last = plan.layers() - 1;
  int maps = number(plan.geometry.maps(last)), lanes = plan.lanes();
  // With the maps stored there are no padded channels behind them to read.
  int width = plan.geometry.accumulatesMean() ? plan.paddedMaps(last) : roundUp(maps, lanes);
  TailStrategy tail = plan.geometry.accumulatesMean() ? TailStrategy::RoundUp : TailStrategy::GuardWithIf;
  if (!plan.geometry.accumulatesMean()) width = maps;
  for (Func f : {a.total, a.mean, a.exponential})
    if (f.defined())
      f.compute_root().store_in(MemoryType::Register).bound(a.c, 0, width).vectorize(a.c, lanes, tail);
  for (Func f : {a.largest, a.sum})
    if (f.defined()) f.compute_root().store_in(MemoryType::Stack);
  a.output.bound(a.c, 0, maps).vectorize(a.c, lanes, TailStrategy::GuardWithIf);
}

// Returns the sums by block where there are any.
Func schedule(const Plan &plan, Algorithm &a) {
  Func partial;
  std::pair<Func, Var> blocks;
  schedulePaddedInput(plan, a);
  if (plan.geometry.pool()) {
    blocks = schedulePool(plan, a);
  } else if (plan.geometry.accumulatesMean()) {
    blocks = scheduleAccumulatedMean(plan, a, partial);
  } else {
    blocks = scheduleStoredMap(plan, a);
    if (plan.geometry.gap()) scheduleMeanOfStoredMap(plan, a);
  }
  if (plan.geometry.gap()) scheduleSoftmax(plan, a);
  for (std::size_t i = 0; i + 1 < plan.layers(); ++i)
    if (plan.inPanels())
      scheduleWholeMap(plan, a, i);
    else
      scheduleInnerMap(plan, a, i, blocks.first, blocks.second, plan.paddedMaps(i));
  return partial;
}

// ---------------------------------------------------------------------------------------------------------
// The arguments.

KernelArgument mapArgument(ArgumentRole role, std::size_t index, const TensorType &type) {
  std::vector<std::int64_t> strides = stridesOf(type);
  KernelArgument argument{role, index, 0, {}};
  if (type.shape.size() == 3) // (channel, column, row)
    argument.dimensions = {
        {0, type.shape[0], strides[0]}, {0, type.shape[2], strides[2]}, {0, type.shape[1], strides[1]}};
  else
    argument.dimensions = {{0, type.shape[0], strides[0]}};
  return argument;
}

// Maps with their pixels numbered through: rows follow one another without gap in either layout.
KernelArgument pixelArgument(std::size_t index, const TensorType &type) {
  std::vector<std::int64_t> strides = stridesOf(type);
  return {ArgumentRole::output,
          index,
          0,
          {{0, type.shape[0], strides[0]}, {0, type.shape[1] * type.shape[2], strides[2]}}};
}

// A two-dimensional region behind those that the kernel's scratch has already.
KernelArgument scratchArgument(LoweredKernel &kernel, std::int64_t inner, std::int64_t outer) {
  std::size_t index = 0;
  for (const KernelArgument &argument : kernel.arguments)
    index += argument.role == ArgumentRole::scratch;
  KernelArgument argument{
      ArgumentRole::scratch, index, kernel.scratchBytes, {{0, inner, 1}, {0, outer, inner}}};
  kernel.scratchBytes += (4 * inner * outer + 63) / 64 * 64;
  return argument;
}

// What halide_malloc takes for a piece: Halide asks for a few elements more than it needs, the runtime
// rounds.
std::int64_t pieceBytes(std::int64_t floats) {
  return (4 * floats + 64 + 127) / 128 * 128;
}

std::int64_t bytesPerThread(const Plan &plan) {
  std::size_t last = plan.layers() - 1;
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < last && !plan.inPanels(); ++i)
    bytes += pieceBytes(std::int64_t{plan.paddedMaps(i)} * plan.block());
  if (plan.geometry.pool()) bytes += pieceBytes(std::int64_t{plan.paddedMaps(last)} * plan.block());
  if (plan.geometry.accumulatesMean()) bytes += pieceBytes(std::int64_t{plan.panel(last)} * plan.block());
  return bytes;
}

} // namespace

LoweredKernel lowerMlpconv(const KernelSpec &spec, const MlpconvSchedule &how) {
  Plan plan(spec, how);
  const MlpconvGeometry &g = plan.geometry;
  Algorithm a = define(plan);
  Func partial = schedule(plan, a);

  LoweredKernel kernel;
  auto addInput = [&](ImageParam &parameter, KernelArgument argument) {
    setDimensions(parameter, argument);
    kernel.inputs.push_back(parameter);
    kernel.arguments.push_back(std::move(argument));
  };
  std::vector<Func> outputs;
  auto addOutput = [&](Func output, KernelArgument argument) {
    setDimensions(output.output_buffer(), argument);
    outputs.push_back(output);
    kernel.arguments.push_back(std::move(argument));
  };

  if (plan.copiesInput) {
    addInput(a.input, mapArgument(ArgumentRole::input, 0, spec.inputs[0]));
  } else {
    std::int64_t row = g.width * g.channels;
    addInput(a.input, {ArgumentRole::input, 0, 0, {{0, row, 1}, {0, g.height, row}}});
  }
  for (std::size_t i = 0; i < plan.layers(); ++i) {
    std::int64_t panel = plan.panel(i), reduction = g.reduction(i), panels = plan.paddedMaps(i) / panel;
    addInput(a.convolutions[i].weights,
             {ArgumentRole::weights,
              2 * i,
              0,
              {{0, panel, 1}, {0, reduction, panel}, {0, panels, panel * reduction}}});
    addInput(a.convolutions[i].bias, {ArgumentRole::weights, 2 * i + 1, 0, {{0, panel * panels, 1}}});
  }

  if (g.pool() || g.gap()) addOutput(a.output, mapArgument(ArgumentRole::output, 0, spec.outputs[0]));
  if (!g.pool() && !plan.geometry.accumulatesMean())
    addOutput(a.convolutions.back().map, pixelArgument(g.gap() ? 1 : 0, spec.outputs[g.gap() ? 1 : 0]));
  if (plan.copiesInput)
    addOutput(a.padded, scratchArgument(kernel, g.paddedWidth() * g.channels, g.paddedHeight()));
  for (std::size_t i = 0; i + 1 < plan.layers() && plan.inPanels(); ++i)
    addOutput(a.convolutions[i].map, scratchArgument(kernel, plan.paddedMaps(i), plan.block()));
  if (partial.defined())
    addOutput(partial, scratchArgument(kernel, plan.paddedMaps(plan.layers() - 1), plan.blocks()));
  kernel.pipeline = Pipeline(outputs);
  kernel.scratchBytesPerThread = bytesPerThread(plan);
  return kernel;
}

} // namespace ninc
