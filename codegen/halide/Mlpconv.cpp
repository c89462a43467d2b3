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

#include "codegen/halide/MlpconvPlan.h"
#include "runtime/runtime.h"

namespace ninc {

namespace {

// What halide_malloc takes for a piece: Halide asks for a few elements more than it needs, the runtime
// rounds.
std::int64_t pieceBytes(std::int64_t channels, std::int64_t pixels) {
  constexpr std::int64_t surplus = 64;
  expectAddressable(static_cast<double>(channels) * static_cast<double>(pixels), "a block of a map");
  return roundUp(std::int64_t{sizeof(float)} * channels * pixels + surplus, NINC_SCRATCH_ALIGNMENT);
}

std::int64_t bytesPerThread(const MlpconvPlan &plan) {
  std::size_t last = plan.layers() - 1;
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < last && !plan.inPanels(); ++i)
    bytes += pieceBytes(plan.paddedMaps(i), plan.block());
  if (plan.geometry.pool()) bytes += pieceBytes(plan.paddedMaps(last), plan.block());
  if (plan.geometry.accumulatesMean()) bytes += pieceBytes(plan.panel(last), plan.block());
  return bytes;
}

} // namespace

LoweredKernel lowerMlpconv(const KernelSpec &spec, const MlpconvSchedule &schedule) {
  MlpconvPlan plan(spec, schedule);
  const MlpconvGeometry &g = plan.geometry;
  Arguments arguments;
  MlpconvAlgorithm a = defineMlpconv(plan, arguments);
  scheduleMlpconv(plan, a);

  if (g.pool()) {
    arguments.result(a.output, logicalView(spec.outputs[0]));
  } else {
    // Rows of maps follow one another without gap in either layout, so pixels can be numbered through.
    if (g.gap()) arguments.result(a.output, lineView(spec.outputs[0]));
    const std::size_t index = g.gap() ? 1 : 0;
    if (!g.accumulatesMean())
      arguments.result(a.convolutions.back().map, channelView(spec.outputs[index]), index);
  }
  if (plan.copiesInput) {
    const std::int64_t row = g.paddedWidth() * g.channels;
    arguments.scratch(a.padded, {{0, row, 1}, {0, g.paddedHeight(), row}});
  }
  const auto wholeMap = [&](Halide::Func map, std::int64_t channels, std::int64_t count) {
    arguments.scratch(std::move(map), {{0, channels, 1}, {0, count, channels}});
  };
  for (std::size_t i = 0; i + 1 < plan.layers() && plan.inPanels(); ++i)
    wholeMap(a.convolutions[i].map, plan.paddedMaps(i), plan.block());
  if (a.totalOfBlock.defined()) wholeMap(a.totalOfBlock, plan.paddedMaps(plan.layers() - 1), plan.blocks());
  LoweredKernel kernel = arguments.take();
  kernel.scratchBytesPerThread = bytesPerThread(plan);
  return kernel;
}

} // namespace ninc
