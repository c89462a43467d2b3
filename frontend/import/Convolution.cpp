#include "frontend/import/Convolution.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace ninc {

namespace {

std::int64_t capped(std::int64_t a, std::int64_t b) {
  constexpr std::int64_t most = std::int64_t{1} << 62;
  std::int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? most : std::min(product, most);
}

std::int64_t cappedCount(const Shape &extents) {
  std::int64_t count = 1;
  for (std::int64_t extent : extents)
    count = capped(count, extent);
  return count;
}

Value reshaped(const Graph &graph, const AppendOp &append, Value x, Shape shape) {
  if (!x || graph.type(x).shape == shape) return x;
  return append(Reshape{std::move(shape)}, {x});
}

Parameter withShape(const Parameter &parameter, Shape shape) {
  if (!parameter || parameter->shape == shape) return parameter;
  return std::make_shared<const Tensor>(Tensor{std::move(shape), parameter->data});
}

Parameter repeated(const Parameter &parameter, std::int64_t times, Shape shape) {
  if (!parameter) return nullptr;
  Tensor all{std::move(shape), {}};
  all.data.reserve(parameter->data.size() * static_cast<std::size_t>(times));
  for (std::int64_t i = 0; i < times; ++i)
    all.data.insert(all.data.end(), parameter->data.begin(), parameter->data.end());
  return std::make_shared<const Tensor>(std::move(all));
}

// Maps [C, H, W]; the window's last two dimensions.
Value appendOverMaps(const AppendOp &append, Value maps, const SpatialConvolution &of,
                     std::int64_t outChannels, std::int64_t groups, Parameter weight, Parameter bias) {
  const SpatialWindow &window = of.window;
  const std::size_t row = window.kernel.size() - 2, column = row + 1;
  ConvLayer layer;
  layer.outChannels = outChannels;
  layer.groups = groups;
  layer.window = {{window.kernel[row], window.kernel[column]},
                  {window.stride[row], window.stride[column]},
                  {window.dilation[row], window.dilation[column]},
                  {window.before[row], window.before[column], window.behind[row], window.behind[column]}};
  layer.weight = std::move(weight);
  layer.hasBias = bias != nullptr;
  layer.bias = std::move(bias);
  return append(Conv2d{std::move(layer)}, {maps});
}

SpatialConvolution withOneRow(SpatialConvolution signal) {
  SpatialWindow &window = signal.window;
  for (Shape *numbers : {&window.kernel, &window.stride, &window.dilation})
    numbers->insert(numbers->begin(), 1);
  for (Shape *numbers : {&window.before, &window.behind})
    numbers->insert(numbers->begin(), 0);
  Shape shape = signal.weight->shape;
  shape.insert(shape.begin() + 2, 1);
  signal.weight = withShape(signal.weight, shape);
  return signal;
}

// How many results a window has along a dimension; less than 1 where nothing is left.
std::int64_t resultsAlong(const SpatialWindow &window, std::size_t dimension, std::int64_t extent) {
  const std::int64_t seen = window.dilation[dimension] * (window.kernel[dimension] - 1) + 1;
  const std::int64_t room = extent + window.before[dimension] + window.behind[dimension] - seen;
  return room < 0 ? 0 : room / window.stride[dimension] + 1;
}

Value appendOverVolumes(const Graph &graph, const AppendOp &append, Value x, const SpatialConvolution &of) {
  const SpatialWindow &window = of.window;
  Pad pad{{0, window.before[0], 0, 0}, {0, window.behind[0], 0, 0}};
  if (window.before[0] > 0 || window.behind[0] > 0) x = append(std::move(pad), {x});
  if (!x) return {};
  const Shape shape = graph.type(x).shape; // [C, D, H, W]
  SpatialWindow unpadded = window;
  unpadded.before[0] = unpadded.behind[0] = 0;
  const std::int64_t depth = resultsAlong(unpadded, 0, shape[1]);
  const std::int64_t taps = window.kernel[0], channels = shape[0] / of.groups, outputs = of.outChannels;
  std::vector<Value> seen; // by the filter's taps along the depth, each of all results
  for (std::int64_t tap = 0; tap < taps; ++tap)
    seen.push_back(
        append(Slice{1, tap * window.dilation[0], std::max<std::int64_t>(depth, 1), window.stride[0]}, {x}));
  Value all = taps == 1 ? seen.front() : append(Concat{0}, std::move(seen));
  all = reshaped(graph, append, all, {taps, of.groups, channels, depth, shape[2], shape[3]});
  if (!all) return {};
  all = append(Transpose{{3, 1, 0, 2, 4, 5}}, {all}); // [D', groups, taps, C/groups, H, W]
  all = reshaped(graph, append, all, {depth * shape[0] * taps, shape[2], shape[3]});
  // [O, C/groups, kD, kH, kW] -> [O, kD, C/groups, kH, kW], for each depth.
  const std::int64_t area = window.kernel[1] * window.kernel[2];
  auto ordered =
      std::make_shared<Tensor>(Tensor{of.weight->shape, std::vector<float>(of.weight->data.size())});
  const std::vector<float> &from = of.weight->data;
  for (std::int64_t o = 0, at = 0; o < outputs; ++o)
    for (std::int64_t tap = 0; tap < taps; ++tap)
      for (std::int64_t c = 0; c < channels; ++c, at += area)
        std::copy_n(from.begin() + ((o * channels + c) * taps + tap) * area, area,
                    ordered->data.begin() + at);
  const Parameter weight =
      repeated(ordered, depth, {depth * outputs, taps * channels, window.kernel[1], window.kernel[2]});
  Value y = appendOverMaps(append, all, of, depth * outputs, depth * of.groups, weight,
                           repeated(of.bias, depth, {depth * outputs}));
  if (!y) return {};
  const Shape maps = graph.type(y).shape;
  y = reshaped(graph, append, y, {depth, outputs, maps[1], maps[2]});
  return y ? append(Transpose{{1, 0, 2, 3}}, {y}) : y;
}

// ---- transposed

// Of a transposed convolution along one dimension: the convolution's taps, and which of its results are
// wanted.
struct Phases {
  std::int64_t taps = 1;
  std::int64_t before = 0, behind = 0; // the convolution's border
  std::int64_t first = 0;              // of the results, once they are beside one another
};

Phases phasesOf(const SpatialWindow &window, std::size_t d, std::int64_t extent, std::int64_t results) {
  const std::int64_t stride = window.stride[d];
  Phases phases;
  phases.taps = transposedTaps(window, d);
  const std::int64_t skipped = std::min(window.before[d] / stride, phases.taps - 1);
  phases.before = phases.taps - 1 - skipped;
  phases.first = window.before[d] - skipped * stride;
  const std::int64_t wanted = (phases.first + results + stride - 1) / stride;
  phases.behind = std::max<std::int64_t>(wanted - extent + skipped, 0);
  return phases;
}

// The filter of phase r at tap u is the transposed one's at r + s (taps - 1 - u), where it has one there.
Parameter phaseWeights(const SpatialConvolution &of, const Shape &taps) {
  const SpatialWindow &window = of.window;
  const std::size_t rank = taps.size();
  const Shape &from = of.weight->shape; // [C, O/groups, kernel...]
  const std::int64_t channels = from[0] / of.groups, outputs = from[1];
  Shape shape{of.outChannels * elementCount(window.stride), channels};
  shape.insert(shape.end(), taps.begin(), taps.end());
  Tensor to{shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)), 0)};
  const std::int64_t tapCount = elementCount(taps), area = elementCount(window.kernel);
  for (std::int64_t group = 0; group < of.groups; ++group)
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t o = 0; o < outputs; ++o)
        for (std::int64_t k = 0; k < area; ++k) {
          std::int64_t phase = 0, tap = 0, rest = k;
          Shape place(rank);
          for (std::size_t d = rank; d-- > 0; rest /= window.kernel[d])
            place[d] = rest % window.kernel[d] * window.dilation[d];
          for (std::size_t d = 0; d < rank; ++d) {
            phase = phase * window.stride[d] + place[d] % window.stride[d];
            tap = tap * taps[d] + taps[d] - 1 - place[d] / window.stride[d];
          }
          const std::int64_t output = (group * outputs + o) * elementCount(window.stride) + phase;
          to.data[static_cast<std::size_t>((output * channels + c) * tapCount + tap)] =
              of.weight->data[static_cast<std::size_t>(((group * channels + c) * outputs + o) * area + k)];
        }
  return std::make_shared<const Tensor>(std::move(to));
}

Parameter phaseBias(const Parameter &bias, std::int64_t phases) {
  if (!bias) return nullptr;
  Tensor all{{static_cast<std::int64_t>(bias->data.size()) * phases}, {}};
  for (float number : bias->data)
    all.data.insert(all.data.end(), static_cast<std::size_t>(phases), number);
  return std::make_shared<const Tensor>(std::move(all));
}

// [O phases, extents...] -> [O, extents * strides...]: phases beside one another.
Value interleaved(const Graph &graph, const AppendOp &append, Value x, std::int64_t outputs,
                  const Shape &stride) {
  if (!x || elementCount(stride) == 1) return x;
  const Shape shape = graph.type(x).shape;
  const auto rank = static_cast<std::int64_t>(stride.size());
  Shape apart{outputs}, order{0}, together{outputs};
  apart.insert(apart.end(), stride.begin(), stride.end());
  apart.insert(apart.end(), shape.begin() + 1, shape.end());
  for (std::int64_t d = 0; d < rank; ++d) {
    order.insert(order.end(), {1 + rank + d, 1 + d});
    together.push_back(shape[static_cast<std::size_t>(1 + d)] * stride[static_cast<std::size_t>(d)]);
  }
  x = reshaped(graph, append, x, std::move(apart));
  return x ? reshaped(graph, append, append(Transpose{std::move(order)}, {x}), std::move(together)) : x;
}

// `extent` elements of a dimension from `first` on.
Value cut(const Graph &graph, const AppendOp &append, Value x, std::size_t axis, std::int64_t first,
          std::int64_t extent) {
  if (!x) return x;
  if (first == 0 && extent == graph.type(x).shape[axis]) return x;
  return append(Slice{static_cast<std::int64_t>(axis), first, extent, 1}, {x});
}

} // namespace

SpatialConvolution repeated(SpatialConvolution convolution, std::int64_t times) {
  if (times == 1) return convolution;
  convolution.outChannels *= times;
  convolution.groups *= times;
  for (Parameter *parameter : {&convolution.weight, &convolution.bias}) {
    if (!*parameter) continue;
    Shape shape = (*parameter)->shape;
    shape[0] *= times;
    *parameter = repeated(*parameter, times, std::move(shape));
  }
  return convolution;
}

Value appendConvolution(const Graph &graph, const AppendOp &append, Value x, const SpatialConvolution &of) {
  if (!x) return {};
  const std::size_t dimensions = of.window.kernel.size();
  if (dimensions == 3) return appendOverVolumes(graph, append, x, of);
  if (dimensions == 2) return appendOverMaps(append, x, of, of.outChannels, of.groups, of.weight, of.bias);
  const Shape signal = graph.type(x).shape;
  const SpatialConvolution row = withOneRow(of);
  const Value y = appendOverMaps(append, reshaped(graph, append, x, {signal[0], 1, signal[1]}), row,
                                 of.outChannels, of.groups, row.weight, of.bias);
  return y ? reshaped(graph, append, y, {of.outChannels, graph.type(y).shape[2]}) : y;
}

Value appendTransposedConvolution(const Graph &graph, const AppendOp &append, Value x,
                                  const SpatialConvolution &of, const Shape &extents) {
  if (!x) return {};
  const Shape shape = graph.type(x).shape;
  const std::int64_t phases = elementCount(of.window.stride);
  SpatialConvolution plain;
  plain.outChannels = of.outChannels * phases;
  plain.groups = of.groups;
  Shape first;
  for (std::size_t d = 0; d < extents.size(); ++d) {
    const Phases along = phasesOf(of.window, d, shape[1 + d], extents[d]);
    plain.window.kernel.push_back(along.taps);
    plain.window.stride.push_back(1);
    plain.window.dilation.push_back(1);
    plain.window.before.push_back(along.before);
    plain.window.behind.push_back(along.behind);
    first.push_back(along.first);
  }
  plain.weight = phaseWeights(of, plain.window.kernel);
  plain.bias = phaseBias(of.bias, phases);
  Value y = appendConvolution(graph, append, x, plain);
  y = interleaved(graph, append, y, of.outChannels, of.window.stride);
  for (std::size_t d = 0; d < extents.size(); ++d)
    y = cut(graph, append, y, 1 + d, first[d], extents[d]);
  return y;
}

std::int64_t weightCount(const SpatialConvolution &of, const Shape &operand) {
  const SpatialWindow &window = of.window;
  const std::int64_t own = capped(capped(of.outChannels, operand[0] / of.groups), cappedCount(window.kernel));
  if (window.kernel.size() < 3) return own;
  return capped(own, std::max<std::int64_t>(resultsAlong(window, 0, operand[1]), 1));
}

std::int64_t transposedTaps(const SpatialWindow &window, std::size_t dimension) {
  const std::int64_t seen = window.dilation[dimension] * (window.kernel[dimension] - 1) + 1;
  return (seen - 1) / window.stride[dimension] + 1;
}

std::int64_t transposedWeightCount(const SpatialConvolution &of, const Shape &operand) {
  std::int64_t count = capped(of.outChannels, operand[0] / of.groups);
  for (std::size_t d = 0; d < of.window.kernel.size(); ++d) {
    const std::int64_t seen = capped(of.window.dilation[d], of.window.kernel[d] - 1) + 1;
    count = capped(count, seen + of.window.stride[d]); // as many taps as there are strides in what is seen
  }
  if (of.window.kernel.size() == 3) count = capped(count, capped(operand[1], of.window.kernel[0]) + 1);
  return count;
}

} // namespace ninc
