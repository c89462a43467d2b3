// The weights of a fused mlpconv in the order in which its kernel reads them.
#include <algorithm>
#include <fmt/format.h>

#include "codegen/kernel/WeightPacking.h"
#include "codegen/schedule/mlpconv/MlpconvGeometry.h"
#include "codegen/spec/ConvStage.h"
#include "support/Arithmetic.h"

namespace ninc {

namespace {

// [O, C, kH, kW] -> [panel][row, column, channel][output of the panel].
std::vector<float> packDirect(const Tensor &weight, std::int64_t panel) {
  const std::int64_t outputs = weight.shape[0], channels = weight.shape[1],
                     taps = weight.shape[2] * weight.shape[3];
  const std::int64_t reduction = channels * taps;
  std::vector<float> packed(static_cast<std::size_t>(roundUp(outputs, panel) * reduction), 0.0f);
  const float *source = weight.data.data();
  for (std::int64_t o = 0; o < outputs; ++o)
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t tap = 0; tap < taps; ++tap)
        packed[static_cast<std::size_t>((o / panel * reduction + tap * channels + c) * panel + o % panel)] =
            *source++;
  return packed;
}

// G g G^T of one filter, frequencies in the order rows, columns.
std::vector<double> transformFilter(const WinogradGeometry &winograd, const float *filter) {
  const Matrix &rows = winograd.rows.filter, &columns = winograd.columns.filter;
  const std::size_t kernelRows = rows[0].size(), kernelColumns = columns[0].size();
  std::vector<double> result;
  result.reserve(rows.size() * columns.size());
  std::vector<double> half(kernelColumns);
  for (const std::vector<double> &row : rows) {
    for (std::size_t b = 0; b < kernelColumns; ++b) {
      half[b] = 0;
      for (std::size_t a = 0; a < kernelRows; ++a)
        half[b] += row[a] * static_cast<double>(filter[a * kernelColumns + b]);
    }
    for (const std::vector<double> &column : columns) {
      double sum = 0;
      for (std::size_t b = 0; b < kernelColumns; ++b)
        sum += column[b] * half[b];
      result.push_back(sum);
    }
  }
  return result;
}

// [O, C, kH, kW] -> [panel][frequency][channel of the phases][output of the panel].
std::vector<float> packWinograd(const ConvLayer &layer, const WinogradGeometry &winograd,
                                std::int64_t panel) {
  const Tensor weight = phaseWeights(layer);
  const std::int64_t outputs = weight.shape[0], channels = weight.shape[1],
                     taps = weight.shape[2] * weight.shape[3], frequencies = winograd.frequencies();
  std::vector<float> packed(static_cast<std::size_t>(roundUp(outputs, panel) * frequencies * channels), 0.0f);
  for (std::int64_t o = 0; o < outputs; ++o)
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::vector<double> transformed =
          transformFilter(winograd, weight.data.data() + (o * channels + c) * taps);
      for (std::int64_t f = 0; f < frequencies; ++f)
        packed[static_cast<std::size_t>(((o / panel * frequencies + f) * channels + c) * panel + o % panel)] =
            static_cast<float>(transformed[static_cast<std::size_t>(f)]);
    }
  return packed;
}

} // namespace

Result<PackedWeights> packMlpconv(const KernelSpec &spec, const MlpconvSchedule &schedule, const Op &op) {
  const MlpconvGeometry geometry(stageOf(op, spec.inputs).value(), spec);
  PackedWeights packed;
  for (std::size_t i = 0; i < geometry.layers.size(); ++i) {
    const ConvLayer &layer = geometry.layers[i];
    if (!layer.weight || (layer.hasBias && !layer.bias))
      return failInternal(fmt::format("packing convolution {} of an mlpconv without its parameters", i));
    const std::int64_t panel = schedule.panel(i, spec.cpu());
    packed.push_back(i == 0 && schedule.winograd
                         ? packWinograd(layer, WinogradGeometry(geometry, *schedule.winograd), panel)
                         : packDirect(*layer.weight, panel));
    std::vector<float> bias(static_cast<std::size_t>(roundUp(layer.outChannels, panel)), 0.0f);
    if (layer.hasBias) std::ranges::copy(layer.bias->data, bias.begin());
    packed.push_back(std::move(bias));
  }
  if (const PointwiseEpilogue *pointwise = geometry.pointwise()) packChain(pointwise->chain, packed);
  return packed;
}

} // namespace ninc
