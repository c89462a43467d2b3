// Parameters in the arrangement the kernels read.
//
// Convolutions and dense layers read weights in panels: [panel][reduction][output of the panel], so that the
// innermost loop meets them in memory order. A panel is as wide as the schedule's register tile; outputs
// beyond the last are zeros. A bias always exists for the kernel; one that the op hasn't is zeros.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iterator>

#include "codegen/kernel/WeightPacking.h"
#include "codegen/schedule/ScheduleText.h"
#include "codegen/spec/ConvStage.h"
#include "ir/ops/Parameters.h"
#include "ir/ops/ResizeTaps.h"
#include "ir/ops/StepFunctions.h"
#include "support/Arithmetic.h"

namespace ninc {

namespace {

using Packed = PackedWeights;

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

// [output][reduction] -> [panel][reduction][output of the panel], into `panels`.
void packPanels(const float *rows, std::int64_t outputs, std::int64_t reduction, std::int64_t panel,
                float *panels) {
  for (std::int64_t o = 0; o < outputs; ++o)
    for (std::int64_t r = 0; r < reduction; ++r)
      panels[(o / panel * reduction + r) * panel + o % panel] = rows[o * reduction + r];
}

Packed packDense(const Dense &dense, const DenseSchedule &schedule) {
  const std::int64_t outputs = dense.outFeatures, inputs = dense.weight->shape[1], panel = schedule.panel();
  const std::int64_t padded = roundUp(outputs, panel);
  Packed packed{std::vector<float>(index(padded * inputs)), std::vector<float>(index(padded))};
  packPanels(dense.weight->data.data(), outputs, inputs, panel, packed[0].data());
  if (dense.hasBias) std::ranges::copy(dense.bias->data, packed[1].begin());
  return packed;
}

// [output][1][row][column] -> [row][column][output]
Packed packDepthwise(const ConvLayer &layer) {
  const std::int64_t outputs = layer.outChannels, taps = layer.window.kernel[0] * layer.window.kernel[1];
  Packed packed{std::vector<float>(index(outputs * taps)), std::vector<float>(index(outputs))};
  for (std::int64_t o = 0; o < outputs; ++o)
    for (std::int64_t tap = 0; tap < taps; ++tap)
      packed[0][index(tap * outputs + o)] = layer.weight->data[index(o * taps + tap)];
  if (layer.hasBias) std::ranges::copy(layer.bias->data, packed[1].begin());
  return packed;
}

// Each group in panels of its own; reduction in the order row, column, channel.
Packed packGroups(const ConvLayer &layer, const TileSchedule &schedule) {
  const Shape &shape = layer.weight->shape; // [output, channel of the group, row, column]
  const std::int64_t outputs = layer.outChannels / layer.groups, channels = shape[1],
                     taps = shape[2] * shape[3];
  const std::int64_t panel = std::int64_t{schedule.vector} * schedule.vectors,
                     padded = roundUp(outputs, panel);
  const std::int64_t reduction = channels * taps;
  Packed packed{std::vector<float>(index(padded * layer.groups * reduction)),
                std::vector<float>(index(padded * layer.groups))};
  std::vector<float> rows(index(outputs * reduction)); // one group's, channel innermost
  for (std::int64_t group = 0; group < layer.groups; ++group) {
    const float *weights = layer.weight->data.data() + group * outputs * reduction;
    for (std::int64_t o = 0; o < outputs; ++o)
      for (std::int64_t c = 0; c < channels; ++c)
        for (std::int64_t tap = 0; tap < taps; ++tap)
          rows[index(o * reduction + tap * channels + c)] = weights[(o * channels + c) * taps + tap];
    packPanels(rows.data(), outputs, reduction, panel, packed[0].data() + group * padded * reduction);
    for (std::int64_t o = 0; o < outputs && layer.hasBias; ++o)
      packed[1][index(group * padded + o)] = layer.bias->data[index(group * outputs + o)];
  }
  return packed;
}

// The exponent of r, such that (x - mean) / 2 * (factor / r) + bias / r is in range where its r-fold is, and
// that factor / r is a normal number. 0 for ordinary numbers. `factor` is twice the op's.
int resultExponent(double factor, double bias) {
  const double f = std::abs(factor), b = std::abs(bias);
  if (f > 0x1p126 || b > 0x1p102) // the product may be twice the largest number and the bias bring it back
    return std::max({2, f > 0 ? std::ilogb(f) - 125 : 2, b > 0 ? std::ilogb(b) - 125 : 2});
  if (f == 0 || f >= 0x1p-100) return 0;
  return std::min(0, std::max({std::ilogb(f) + 60, -120, b > 0 ? std::ilogb(b) - 125 : -120}));
}

// mean / 2, 2 factor / r, bias / r, r (codegen/halide/shared/Elements.h).
Packed packBatchNorm(const BatchNorm &norm) {
  const std::size_t channels = norm.scale->data.size();
  Packed packed(4, std::vector<float>(channels));
  for (std::size_t c = 0; c < channels; ++c) {
    const double bias = norm.bias->data[c];
    const double deviation = std::sqrt(double{norm.variance->data[c]} + double{norm.epsilon});
    const double factor = 2 * double{norm.scale->data[c]} / deviation;
    const int exponent = resultExponent(factor, bias);
    packed[0][c] = norm.mean->data[c] / 2;
    packed[1][c] = static_cast<float>(std::ldexp(factor, -exponent));
    packed[2][c] = static_cast<float>(std::ldexp(bias, -exponent));
    packed[3][c] = static_cast<float>(std::ldexp(1.0, exponent));
  }
  return packed;
}

void packFunction(const PointwiseFunction &function, Packed &packed) {
  if (const auto *norm = std::get_if<BatchNorm>(&function))
    std::ranges::move(packBatchNorm(*norm), std::back_inserter(packed));
  if (const auto *prelu = std::get_if<Prelu>(&function)) packed.push_back(prelu->slope->data);
}

// Of an elementwise op, and of an epilogue's chain.
void packElements(const Op &op, Packed &packed) {
  if (const std::optional<PointwiseFunction> function = stepFunctionOf(op)) packFunction(*function, packed);
  if (const PointwiseChain *chain = chainOf(op)) packChain(*chain, packed);
}

// Of each dimension that is resized where its taps are and, unless they are copies, what they weigh:
// [tap][element].
void packResize(const Resize &resize, const Shape &operand, Packed &packed) {
  for (const ResizeTaps &taps : resizeTaps(resize, operand)) {
    packed.emplace_back(taps.positions.begin(), taps.positions.end());
    if (resize.interpolation != Interpolation::nearest)
      packed.emplace_back(taps.weights.begin(), taps.weights.end());
  }
}

// For a device: [output][reduction term] -> [reduction term][output], outputs padded.
struct Columns {
  std::int64_t outputs = 0, channels = 0, taps = 1; // a term is a channel of a tap: taps outside
  const Tensor &weight;                             // [output][channel][tap]
  const Parameter &bias;                            // null: zeros
};

void packColumns(const Columns &columns, Packed &packed) {
  const std::int64_t padded = roundUp(columns.outputs, gpuChannelPadding);
  std::vector<float> &weights = packed.emplace_back(index(padded * columns.channels * columns.taps));
  const float *source = columns.weight.data.data();
  for (std::int64_t o = 0; o < columns.outputs; ++o)
    for (std::int64_t c = 0; c < columns.channels; ++c)
      for (std::int64_t tap = 0; tap < columns.taps; ++tap)
        weights[index((tap * columns.channels + c) * padded + o)] = *source++;
  std::vector<float> &bias = packed.emplace_back(index(padded));
  if (columns.bias) std::ranges::copy(columns.bias->data, bias.begin());
}

void packColumns(const ConvLayer &layer, Packed &packed) {
  const Shape &shape = layer.weight->shape; // [output, channel, row, column]
  packColumns({layer.outChannels, shape[1], shape[2] * shape[3], *layer.weight, layer.bias}, packed);
}

Packed packForDevice(const KernelSpec &spec, const Op &op) {
  Packed packed;
  if (const auto *dense = std::get_if<Dense>(&op))
    packColumns({dense->outFeatures, dense->weight->shape[1], 1, *dense->weight, dense->bias}, packed);
  if (const auto stage = stageOf(op, spec.inputs))
    for (const ConvLayer &layer : stage->layers)
      packColumns(layer, packed);
  else if (const auto *conv = std::get_if<Conv2d>(&op))
    packColumns(conv->layer, packed);
  if (const auto *resize = std::get_if<Resize>(&op)) packResize(*resize, spec.inputs[0].shape, packed);
  packElements(op, packed);
  return packed;
}

} // namespace

void packChain(const PointwiseChain &chain, PackedWeights &packed) {
  for (const PointwiseStep &step : chain.steps)
    packFunction(step.function, packed);
}

Result<Packed> packWeights(const KernelSpec &spec, const Schedule &schedule, const Op &op) {
  Op bound = op;
  for (const ParameterSlot &slot : parameterSlots(bound, spec.inputs))
    if (!*slot.parameter || (*slot.parameter)->shape != slot.shape)
      return failInternal(fmt::format("parameter '{}' of {} is not bound as {}", slot.suffix, spellingOf(op),
                                      toString(slot.shape)));
  if (spec.isOnDevice()) return packForDevice(spec, op);
  if (const auto *dense = std::get_if<Dense>(&op))
    if (const auto *how = std::get_if<DenseSchedule>(&schedule.choice)) return packDense(*dense, *how);
  if (const auto *conv = std::get_if<Conv2d>(&op))
    if (const auto *how = std::get_if<TileSchedule>(&schedule.choice)) {
      if (isDepthwise(conv->layer, spec.inputs[0])) return packDepthwise(conv->layer);
      return packGroups(conv->layer, *how);
    }
  if (const auto *how = std::get_if<MlpconvSchedule>(&schedule.choice)) return packMlpconv(spec, *how, op);
  const bool isProduct =
      std::holds_alternative<MatMul>(op) && std::holds_alternative<TileSchedule>(schedule.choice);
  if (isProduct || std::holds_alternative<LoopSchedule>(schedule.choice)) {
    Packed packed;
    if (const auto *resize = std::get_if<Resize>(&op)) packResize(*resize, spec.inputs[0].shape, packed);
    packElements(op, packed);
    return packed;
  }
  return failInternal(fmt::format("\"{}\" is no schedule for {}", toString(schedule), spellingOf(op)));
}

} // namespace ninc
