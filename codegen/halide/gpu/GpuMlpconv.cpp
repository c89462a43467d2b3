// A fused mlpconv on a device. A block takes a tile of pixels through all convolutions: the patch of the
// input with its border, then each map, lie in shared memory, where the next convolution reads them; only the
// last map leaves. A thread sums a register tile of channels x pixels over the whole reduction; weights come
// from global memory in the order [reduction][channel].
//
// Without an epilogue or with a pool, that is one launch. Means are summed by tile; where one tile is all of
// a map the block goes on to the mean and the softmax, else a second launch adds up what the tiles have left.
// Where the schedule stores maps, a launch ends with each of these, and the next reads them from memory.
#include "codegen/halide/gpu/GpuFamilies.h"
#include "codegen/halide/gpu/GpuLoops.h"
#include "codegen/halide/gpu/GpuReductions.h"
#include "codegen/halide/gpu/GpuViews.h"
#include "codegen/halide/shared/Activation.h"
#include "codegen/halide/shared/Mean.h"
#include "codegen/halide/shared/PoolWindows.h"
#include "codegen/halide/shared/Variables.h"
#include "codegen/schedule/gpu/GpuMlpconvTiling.h"
#include "codegen/schedule/mlpconv/MlpconvGeometry.h"
#include "support/Arithmetic.h"

namespace ninc {

using namespace Halide;

namespace {

class MlpconvOnGpu {
public:
  MlpconvOnGpu(const KernelSpec &spec, const GpuMlpconvSchedule &schedule)
      : spec_(spec), schedule_(schedule), geometry_(spec), tile_(geometry_, schedule),
        stretches_(stretchesOf(geometry_, schedule)), arguments_(deviceArguments()) {}

  LoweredKernel lower() {
    definePatch();
    for (std::size_t i = 0; i < geometry_.layers.size(); ++i)
      defineConvolution(i);
    for (const GpuStretch &stretch : stretches_)
      if (stretch.storesMaps) storeMaps(stretch);
    if (poolsTiles(geometry_, schedule_))
      poolTiles();
    else if (sumsTiles(geometry_, schedule_))
      averageTiles();
    else if (geometry_.pool())
      poolStoredMaps();
    else if (geometry_.gap())
      averageStoredMaps();
    return arguments_.take();
  }

private:
  struct Convolution {
    Func sum, map; // (channel, column, row, image)
    RDom window;   // channel, column, row
  };

  // ---- THE ALGORITHM

  // The input as the windows read it, zero beyond its border.
  void definePatch() {
    ImageParam input = arguments_.operand(0, operandView(spec_, 0, mapsView(spec_.inputs[0])),
                                          keptAs(spec_.inputs[0].element, *spec_.gpu));
    const Window &window = geometry_.layers[0].window;
    patch_ = Func("patch");
    if (window.pad == Padding{}) {
      patch_(c_, x_, y_, n_) = clampedInput(input);
      return;
    }
    Func bordered = BoundaryConditions::constant_exterior(
        input, Internal::make_zero(input.type()),
        {{Expr(), Expr()}, {0, toInt(geometry_.width)}, {0, toInt(geometry_.height)}, {Expr(), Expr()}});
    patch_(c_, x_, y_, n_) = bordered(c_, x_ - toInt(window.pad.left), y_ - toInt(window.pad.top), n_);
  }

  // Pixels beyond the last read the last ones again.
  Expr clampedInput(const ImageParam &input) const {
    const Expr column = min(x_, toInt(geometry_.width - 1)), row = min(y_, toInt(geometry_.height - 1));
    return input(c_, column, row, n_);
  }

  void defineConvolution(std::size_t i) {
    const std::string number = std::to_string(i);
    const std::int64_t padded = roundUp(geometry_.maps(i), gpuChannelPadding);
    Func weights =
        readWeights(arguments_, spec_, 2 * i, {{0, padded, 1}, {0, geometry_.reduction(i), padded}});
    ImageParam bias = arguments_.weights(2 * i + 1, {{0, padded, 1}});
    const Window &window = geometry_.layers[0].window;
    Convolution conv{Func("sum" + number), Func("map" + number), {}};
    const int channels = toInt(i == 0 ? geometry_.channels : geometry_.maps(i - 1));
    const int columns = i == 0 ? toInt(window.kernel[1]) : 1, rows = i == 0 ? toInt(window.kernel[0]) : 1;
    conv.window = RDom(0, channels, 0, columns, 0, rows, "r" + number);
    const RDom &r = conv.window;
    const Expr term = r.x + channels * (r.y + columns * r.z);
    const Expr value = i == 0 ? patch_(r.x, x_ * toInt(window.stride[1]) + r.y * toInt(window.dilation[1]),
                                       y_ * toInt(window.stride[0]) + r.z * toInt(window.dilation[0]), n_)
                              : mapBefore(i, r.x);
    conv.sum(c_, x_, y_, n_) = bias(c_);
    conv.sum(c_, x_, y_, n_) += weights(c_, term) * fromKept(value);
    conv.map(c_, x_, y_, n_) = toKept(activate(geometry_.layers[i].activation, conv.sum(c_, x_, y_, n_)),
                                      elementOfMap(i), *spec_.gpu);
    convolutions_.push_back(conv);
  }

  // Of a stored map, pixels beyond the last read the last ones again.
  Expr mapBefore(std::size_t i, const Expr &channel) const {
    Func before = convolutions_[i - 1].map;
    if (!schedule_.stores(i - 1)) return before(channel, x_, y_, n_);
    return before(channel, min(x_, toInt(geometry_.columns - 1)), min(y_, toInt(geometry_.rows - 1)), n_);
  }

  // Maps that leave the kernel are kept as its results are, the others as the device keeps what lies between.
  ElementType elementOfMap(std::size_t i) const {
    return isResult(i) ? spec_.outputs[geometry_.gap() ? 1 : 0].element : spec_.gpu->storage;
  }
  bool isResult(std::size_t map) const {
    return map + 1 == geometry_.layers.size() && geometry_.returnsMaps();
  }

  // ---- THE SCHEDULE: launches that store maps, then what the epilogue asks for

  void storeMaps(const GpuStretch &stretch) {
    const Var bx("bx"), by("by"), tx("tx"), ty("ty"), slice("slice"), inSlice("in_slice");
    Func map = convolutions_[stretch.last()].map;
    const std::int64_t maps = geometry_.maps(stretch.last()), columns = geometry_.columns,
                       rows = geometry_.rows;
    boundTo(map, {c_, x_, y_}, {maps, columns, rows});
    map.split(x_, bx, tx, toInt(tile_.columns), TailStrategy::GuardWithIf)
        .split(y_, by, ty, toInt(tile_.rows), TailStrategy::GuardWithIf)
        .split(c_, slice, inSlice, toInt(sliceChannels(maps, schedule_)), TailStrategy::GuardWithIf);
    const Tile tile = splitTile(map, inSlice, tx);
    map.reorder({tile.channel, tile.pixel, tile.round, tile.thread, tile.row, ty, bx, by, n_, slice});
    map.gpu_threads(tile.thread, tile.row, ty);
    const Var block = fuseAll(map, {bx, by, n_, slice});
    map.gpu_blocks(block)
        .vectorize(tile.channel, vector())
        .unroll(tile.channel)
        .unroll(tile.pixel)
        .never_partition_all();
    scheduleSum(stretch.last(), map, tile.round);
    scheduleInBlock(map, block, stretch.begin, stretch.last());
    if (isResult(stretch.last())) {
      const std::size_t index = geometry_.gap() ? 1 : 0;
      arguments_.result(map, mapsView(spec_.outputs[index]), index);
      return;
    }
    arguments_.scratch(map, {{0, maps, 1},
                             {0, columns, maps},
                             {0, rows, maps * columns},
                             {0, geometry_.images, maps * columns * rows}});
  }

  void averageStoredMaps() {
    Func maps = convolutions_.back().map;
    const Var c = c_, n = n_;
    const int pixels = toInt(geometry_.pixels()), columns = toInt(geometry_.columns),
              last = toInt(geometry_.maps(convolutions_.size() - 1) - 1);
    // The block's last channels may be none.
    SlicedSum sums = sumInSlices("total", {c, n}, pixels, slicesOfMean, [&](const Expr &pixel) {
      return termOfMean(fromKept(maps(min(c, last), pixel % columns, pixel / columns, n)), pixels);
    });
    endInMeans(sums);
  }

  // A thread an element.
  void poolStoredMaps() {
    const std::vector<Dimension> view = pooledView();
    const std::vector<Var> position{c_, Var("i"), Var("j"), n_};
    PooledMaps pool = poolLastMaps(position);
    Func result("result");
    result(position) = toResult(pool.result(expressions(position)), spec_);
    const Var thread = scheduleGpuLoops(result, position, view, threadsOfPool);
    computePerThread(pool.folded, result, thread);
    arguments_.result(result, view);
  }

  PooledMaps poolLastMaps(const std::vector<Var> &position) const {
    const Shape maps{geometry_.maps(convolutions_.size() - 1), geometry_.rows, geometry_.columns};
    Func last = convolutions_.back().map;
    return definePooling(*geometry_.pool(), maps, spec_.outputs[0].shape, position,
                         [&](const Expr &c, const Expr &row, const Expr &column) {
                           return fromKept(last(c, column, row, n_));
                         });
  }

  void poolTiles() {
    const std::int64_t maps = geometry_.maps(convolutions_.size() - 1);
    const Var i("i"), j("j");
    PooledMaps pool = poolLastMaps({c_, i, j, n_});
    Func result("result");
    result(c_, i, j, n_) = toResult(pool.result(c_, i, j, n_), spec_);
    const Var bx("bx"), by("by"), tx("tx"), ty("ty"), block("block"), thread("thread"), round("round");
    const int threads = schedule_.channelThreads;
    boundTo(result, {c_, j, i}, {maps, geometry_.pooledColumns, geometry_.pooledRows});
    result.split(j, bx, tx, schedule_.blockColumns, TailStrategy::GuardWithIf)
        .split(i, by, ty, schedule_.blockRows, TailStrategy::GuardWithIf)
        .split(c_, round, thread, threads, TailStrategy::GuardWithIf)
        .reorder({round, tx, ty, thread, bx, by, n_})
        .gpu_threads(thread);
    const Var blocks = fuseAll(result, {bx, by, n_});
    result.gpu_blocks(blocks).never_partition_all();
    computePerThread(pool.folded, result, round);
    scheduleInBlock(result, blocks, stretches_.back().begin, convolutions_.size());
    arguments_.result(result, pooledView());
  }

  // Sums of each tile, of the pixels that exist, and then of all tiles: a second launch, if there are
  // several.
  void averageTiles() {
    const std::size_t last = convolutions_.size() - 1;
    const std::int64_t maps = geometry_.maps(last);
    const int columns = schedule_.blockColumns, rows = schedule_.blockRows;
    const int across = toInt(divideUp(geometry_.columns, columns)),
              down = toInt(divideUp(geometry_.rows, rows));
    const Var tx("tile_column"), ty("tile_row"), thread("thread"), round("round");
    Func total("total_of_tile");
    RDom pixel(0, columns, 0, rows, "pixel");
    const Expr x = tx * columns + pixel.x, y = ty * rows + pixel.y;
    const Expr value = termOfMean(fromKept(convolutions_[last].map(c_, x, y, n_)), geometry_.pixels());
    const bool exact = geometry_.columns % columns == 0 && geometry_.rows % rows == 0;
    total(c_, n_, tx, ty) = 0.0f;
    total(c_, n_, tx, ty) +=
        exact ? value : select(x < toInt(geometry_.columns) && y < toInt(geometry_.rows), value, 0.0f);
    Func sums = total.in(); // the finished sums, so that one loop nest has blocks
    RDom every(0, across, 0, down, "every");
    SlicedSum all{Func(), Func("total"), Var("slice")};
    all.total(c_, n_) = 0.0f;
    all.total(c_, n_) += sums(c_, n_, every.x, every.y);

    boundTo(sums, {c_, tx, ty}, {maps, across, down});
    const End end = endInMeans(all);
    if (across * down == 1)
      sums.compute_at(end.result, end.block).store_in(MemoryType::GPUShared).bound_extent(n_, 1);
    else
      sums.compute_root().bound(n_, 0, toInt(geometry_.images));
    sums.split(c_, round, thread, schedule_.channelThreads, TailStrategy::GuardWithIf)
        .reorder({round, thread, tx, ty, n_})
        .gpu_threads(thread)
        .never_partition_all();
    total.compute_at(sums, round).store_in(MemoryType::Register).bound_extent(tx, 1).bound_extent(ty, 1);
    if (across * down == 1) {
      scheduleInBlock(end.result, end.block, stretches_.back().begin, convolutions_.size());
      return;
    }
    const Var block = fuseAll(sums, {tx, ty, n_});
    sums.gpu_blocks(block);
    scheduleInBlock(sums, block, stretches_.back().begin, convolutions_.size());
    const std::int64_t images = geometry_.images;
    arguments_.scratch(
        sums,
        {{0, maps, 1}, {0, images, maps}, {0, across, maps * images}, {0, down, maps * images * across}});
  }

  // The launch that makes means, and softmax, of sums; and its loop over blocks. Too many means for softmax
  // to read in shared memory are stored, by a launch before.
  struct End {
    Func result;
    Var block;
  };
  End endInMeans(SlicedSum sums) {
    const int maps = toInt(geometry_.maps(convolutions_.size() - 1)), images = toInt(geometry_.images);
    const std::vector<Dimension> view{{0, maps, 1}, {0, images, maps}};
    const Var c = c_, n = n_, position("position");
    Func mean("mean");
    if (!geometry_.gap()->softmax) {
      mean(c, n) = toResult(meanOf(sums.total(c, n), geometry_.pixels()), spec_);
      const Var block = scheduleMeans(mean, sums);
      arguments_.result(mean, view);
      return {mean, block};
    }
    mean(c, n) = meanOf(sums.total(c, n), geometry_.pixels());
    Func means("means");
    means(c, position, n) = mean(c, n);
    SharedSoftmax softmax = defineSharedSoftmax(spec_, means, c, position, n, maps, threadsOfMean);
    const Var block = scheduleSharedSoftmax(softmax, c, position, n, 1, images, maps, threadsOfMean);
    if (sums.partial.defined() || !meansFitBlock(geometry_, *spec_.gpu)) {
      scheduleMeans(mean, sums);
      arguments_.scratch(mean, view);
    } else {
      const Var round("round"), thread("thread");
      mean.compute_at(softmax.result, block)
          .store_in(MemoryType::GPUShared)
          .bound(c, 0, maps)
          .split(c, round, thread, threadsOfMean, TailStrategy::GuardWithIf)
          .reorder({round, thread})
          .gpu_threads(thread);
      sums.total.compute_at(mean, round).store_in(MemoryType::Register);
    }
    arguments_.result(softmax.result, {{0, maps, 1}, {0, 1, maps}, {0, images, maps}});
    return {softmax.result, block};
  }

  // A launch of means. Those of stored maps have threads that share a sum; those of tiles' sums don't need
  // them.
  Var scheduleMeans(Func mean, SlicedSum &sums) {
    const std::int64_t maps = geometry_.maps(convolutions_.size() - 1), images = geometry_.images;
    if (sums.partial.defined())
      return scheduleSlicedSum(sums, mean, c_, n_, maps, images, {threadsOfMean, slicesOfMean});
    const Var round("round"), thread("thread");
    boundTo(mean, {c_, n_}, {maps, images});
    mean.split(c_, round, thread, threadsOfMean, TailStrategy::GuardWithIf)
        .reorder({round, thread, n_})
        .gpu_threads(thread)
        .gpu_blocks(n_)
        .never_partition_all();
    sums.total.compute_at(mean, round).store_in(MemoryType::Register);
    return n_;
  }

  // The maps of convolutions begin ... end-1, and the patch before the first, each for the tile of one block.
  void scheduleInBlock(Func consumer, const Var &block, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      Func map = convolutions_[i].map;
      const std::int64_t maps = roundUp(geometry_.maps(i), std::int64_t{schedule_.threadChannels});
      map.compute_at(consumer, block)
          .store_in(MemoryType::GPUShared)
          .bound_extent(c_, toInt(maps))
          .bound_extent(x_, toInt(tile_.columns))
          .bound_extent(y_, toInt(tile_.rows))
          .bound_extent(n_, 1);
      const Tile tile = splitTile(map, c_, x_);
      map.reorder({tile.channel, tile.pixel, tile.round, tile.thread, tile.row, y_, n_})
          .gpu_threads(tile.thread, tile.row, y_)
          .vectorize(tile.channel, vector())
          .unroll(tile.channel)
          .unroll(tile.pixel)
          .never_partition_all();
      scheduleSum(i, map, tile.round);
    }
    if (begin == 0 && schedule_.stagesInput) schedulePatch(consumer, block);
  }

  struct Tile {
    Var channel{"channel"}, pixel{"pixel"}; // in registers
    Var round{"round"};                     // of threads, over channels
    Var thread{"thread"}, row{"row"};       // along channels, along pixels of a row
  };
  Tile splitTile(Func map, const Var &channels, const Var &columns) const {
    Tile tile;
    const Var tileOfChannels("tile_of_channels");
    map.split(columns, tile.row, tile.pixel, schedule_.threadPixels)
        .split(channels, tileOfChannels, tile.channel, schedule_.threadChannels)
        .split(tileOfChannels, tile.round, tile.thread, schedule_.channelThreads, TailStrategy::GuardWithIf);
    return tile;
  }

  // Channels that go together: four f32 are the widest load there is.
  int vector() const { return std::min(schedule_.threadChannels, 4); }

  void scheduleSum(std::size_t i, Func map, const Var &at) {
    const Convolution &conv = convolutions_[i];
    Func sum = conv.sum;
    const RDom &r = conv.window;
    sum.compute_at(map, at)
        .store_in(MemoryType::Register)
        .bound_extent(c_, schedule_.threadChannels)
        .bound_extent(x_, schedule_.threadPixels)
        .vectorize(c_, vector())
        .unroll(c_)
        .unroll(x_)
        .never_partition_all();
    sum.update()
        .reorder({c_, x_, r.x, r.y, r.z, y_, n_})
        .vectorize(c_, vector())
        .unroll(c_)
        .unroll(x_)
        .never_partition_all();
    const std::int64_t length = i == 0 ? geometry_.channels : geometry_.maps(i - 1);
    for (int factor = schedule_.unroll; factor > 1; --factor)
      if (length % factor == 0) {
        sum.update().unroll(r.x, factor);
        return;
      }
  }

  // All threads copy: neighbours in the source side by side.
  void schedulePatch(Func consumer, const Var &block) {
    const Var element("element"), thread("thread"), round("round");
    const bool channelsInner = spec_.inputs[0].layout == Layout::hwc;
    patch_.compute_at(consumer, block)
        .store_in(MemoryType::GPUShared)
        .bound(c_, 0, toInt(geometry_.channels))
        .bound_extent(x_, toInt(tile_.patchColumns))
        .bound_extent(y_, toInt(tile_.patchRows))
        .bound_extent(n_, 1);
    if (channelsInner)
      patch_.reorder(c_, x_, y_, n_).fuse(c_, x_, element);
    else
      patch_.reorder(x_, c_, y_, n_).fuse(x_, c_, element);
    // The block's threads as the convolutions have them: along channels, pixels of a row, rows.
    const Var across("across"), down("down"), rowRound("row_round"), rest("rest");
    patch_.split(element, round, thread, schedule_.channelThreads, TailStrategy::GuardWithIf)
        .split(y_, rest, across, toInt(tile_.columns) / schedule_.threadPixels, TailStrategy::GuardWithIf)
        .split(rest, rowRound, down, toInt(tile_.rows), TailStrategy::GuardWithIf)
        .reorder({round, rowRound, thread, across, down, n_})
        .gpu_threads(thread, across, down)
        .never_partition_all();
  }

  static void boundTo(Func f, const std::vector<Var> &variables, const std::vector<std::int64_t> &extents) {
    for (std::size_t i = 0; i < variables.size(); ++i)
      f.bound(variables[i], 0, toInt(extents[i]));
  }

  // (channel, column, row, image)
  std::vector<Dimension> mapsView(const TensorType &type) const {
    std::vector<Dimension> view = logicalView(type);
    std::swap(view[1], view[2]);
    return withImages(std::move(view), type, geometry_.images);
  }
  // (channel, row, column, image)
  std::vector<Dimension> pooledView() const { return batchLogicalView(spec_.outputs[0], geometry_.images); }

  static constexpr int threadsOfMean = gpuThreadsOfMean, slicesOfMean = 8, threadsOfPool = 256;

  const KernelSpec &spec_;
  const GpuMlpconvSchedule &schedule_;
  MlpconvGeometry geometry_;
  GpuTile tile_;
  std::vector<GpuStretch> stretches_;
  Arguments arguments_;
  Var c_{"c"}, x_{"x"}, y_{"y"}, n_{"n"};
  Func patch_;
  std::vector<Convolution> convolutions_;
};

} // namespace

LoweredKernel lowerMlpconvOnGpu(const KernelSpec &spec, const GpuMlpconvSchedule &schedule) {
  return MlpconvOnGpu(spec, schedule).lower();
}

} // namespace ninc
