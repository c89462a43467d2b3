// Convolutions over maps, and back.
#include <fmt/format.h>
#include <memory>
#include <string_view>

#include "frontend/caffe/LayerTypes.h"
#include "frontend/import/Convolution.h"
#include "ir/ops/Window.h"

namespace ninc::caffe_import {

namespace {

using caffe_schema::ConvolutionParameter;
using Pair = std::array<std::int64_t, 2>; // along rows and columns

// What is said by fields of its own for rows and columns.
struct Sides {
  bool areThere = false;
  Pair numbers{};
};

// A number for both, or one each, in a list or by two fields; not both.
Pair pairOf(LayerImport &layer, std::string_view field,
            const google::protobuf::RepeatedField<std::uint32_t> &list, Sides sides, std::int64_t otherwise) {
  if (sides.areThere) {
    if (!list.empty())
      layer.refuse(fmt::format("it says both '{}' and '{}_h' or '{}_w'", field, field, field));
    return sides.numbers;
  }
  if (list.size() > 2)
    layer.refuse(fmt::format("its '{}' has {} numbers; there are rows and columns", field, list.size()));
  if (list.empty()) return {otherwise, otherwise};
  return {list.Get(0), list.Get(list.size() == 2 ? 1 : 0)};
}

Window windowOf(LayerImport &layer, const ConvolutionParameter &fields) {
  Window window;
  window.kernel =
      pairOf(layer, "kernel_size", fields.kernel_size(),
             {fields.has_kernel_h() || fields.has_kernel_w(), {fields.kernel_h(), fields.kernel_w()}}, 0);
  window.stride =
      pairOf(layer, "stride", fields.stride(),
             {fields.has_stride_h() || fields.has_stride_w(), {fields.stride_h(), fields.stride_w()}}, 1);
  window.dilation = pairOf(layer, "dilation", fields.dilation(), {}, 1);
  const Pair pad = pairOf(layer, "pad", fields.pad(),
                          {fields.has_pad_h() || fields.has_pad_w(), {fields.pad_h(), fields.pad_w()}}, 0);
  window.pad = {pad[0], pad[1], pad[0], pad[1]};
  if (window.kernel[0] == 0 || window.kernel[1] == 0) layer.refuse("it doesn't say its kernel_size");
  return window;
}

void checkCommon(LayerImport &layer, const ConvolutionParameter &fields) {
  if (fields.num_output() == 0) layer.refuse("it doesn't say its num_output");
  const std::size_t axis = layer.axis(fields.axis(), layer.bottom().dims.size());
  if (!layer.failed() && axis != 1)
    layer.refuse(fmt::format("its axis is {}; 1, the channels, is supported", fields.axis()));
  if (layer.topCount() != layer.bottomCount())
    layer.refuse(fmt::format("it has {} bottoms and {} tops", layer.bottomCount(), layer.topCount()));
}

// The result's extents, which are those of the graph's maps behind the batch.
void giveMaps(LayerImport &layer, Value maps, std::size_t top) {
  if (layer.failed() || !maps) return;
  const Shape &shape = layer.shapeOf(maps);
  const Dims dims{layer.bottom(top).dims[0], shape[0], shape[1], shape[2]};
  layer.give(layer.reshape(maps, layer.shapeOf(dims)), dims, top);
}

// Several bottoms go through the same convolution, each to its top.
void convolution(LayerImport &layer) {
  const ConvolutionParameter &fields = layer.layer.convolution_param();
  checkCommon(layer, fields);
  ConvLayer conv;
  conv.outChannels = fields.num_output();
  conv.window = windowOf(layer, fields);
  conv.groups = fields.group();
  conv.hasBias = fields.bias_term();
  const Value first = layer.maps();
  if (layer.failed()) return;
  const std::int64_t channels = layer.shapeOf(first)[0];
  if (conv.groups < 1 || channels % conv.groups != 0 || conv.outChannels % conv.groups != 0)
    return layer.refuse(fmt::format("{} groups don't divide {} channels and {} outputs", conv.groups,
                                    channels, conv.outChannels));
  conv.weight = layer.numbers(
      0, {conv.outChannels, channels / conv.groups, conv.window.kernel[0], conv.window.kernel[1]},
      "its weights");
  if (conv.hasBias) conv.bias = layer.numbers(1, {conv.outChannels}, "its bias");
  for (std::size_t i = 0; i < layer.bottomCount(); ++i)
    giveMaps(layer, layer.append(Conv2d{conv}, {layer.maps(i)}), i);
}

// ---- back

// How far the results of one element reach along a dimension, cut by pads; less than 1 where nothing is left.
std::int64_t resultsAlong(const SpatialWindow &window, std::size_t dimension, std::int64_t extent) {
  std::int64_t reach = 0, seen = 0;
  if (__builtin_mul_overflow(window.stride[dimension], extent - 1, &reach) ||
      __builtin_mul_overflow(window.dilation[dimension], window.kernel[dimension] - 1, &seen) ||
      reach > mostElements || seen > mostElements)
    return mostElements + 1;
  return reach + seen + 1 - 2 * window.before[dimension];
}

SpatialWindow spatial(const Window &window) {
  return {{window.kernel[0], window.kernel[1]},
          {window.stride[0], window.stride[1]},
          {window.dilation[0], window.dilation[1]},
          {window.pad.top, window.pad.left},
          {window.pad.bottom, window.pad.right}};
}

// Whether the convolutions that it is made of have weights that there is room for.
void checkRoom(LayerImport &layer, const SpatialConvolution &of, const Shape &shape) {
  for (std::size_t i = 0; i < 2; ++i)
    if (of.window.stride[i] < 1 || of.window.dilation[i] < 1)
      return layer.refuse("its stride or dilation is 0");
  const std::int64_t count = transposedWeightCount(of, shape);
  if (!layer.net().roomForConstants.take(count))
    layer.refuse(fmt::format("its weights are too many: {} once they are those of a convolution", count));
}

void deconvolution(LayerImport &layer) {
  const ConvolutionParameter &fields = layer.layer.convolution_param();
  checkCommon(layer, fields);
  SpatialConvolution of;
  of.window = spatial(windowOf(layer, fields));
  of.outChannels = fields.num_output();
  of.groups = fields.group();
  const Value first = layer.maps();
  if (layer.failed()) return;
  const Shape shape = layer.shapeOf(first);
  if (of.groups < 1 || shape[0] % of.groups != 0 || of.outChannels % of.groups != 0)
    return layer.refuse(fmt::format("{} groups don't divide {} channels and {} outputs", of.groups, shape[0],
                                    of.outChannels));
  const Shape weights{shape[0], of.outChannels / of.groups, of.window.kernel[0], of.window.kernel[1]};
  of.weight = layer.numbers(0, weights, "its weights");
  checkRoom(layer, of, shape);
  if (fields.bias_term()) of.bias = layer.numbers(1, {of.outChannels}, "its bias");
  if (layer.failed()) return;
  if (!of.weight) // of a net that is shown without its numbers
    of.weight = std::make_shared<const Tensor>(
        Tensor{weights, std::vector<float>(static_cast<std::size_t>(elementCount(weights)), 0)});
  const auto append = [&](Op op, std::vector<Value> operands) {
    return layer.append(std::move(op), std::move(operands));
  };
  for (std::size_t i = 0; i < layer.bottomCount(); ++i) {
    const Value maps = layer.maps(i);
    if (layer.failed()) return;
    const Shape &own = layer.shapeOf(maps);
    const Shape extents{resultsAlong(of.window, 0, own[1]), resultsAlong(of.window, 1, own[2])};
    if (own[0] != shape[0] || !checkShape({of.outChannels, extents[0], extents[1]}))
      return layer.refuse(
          fmt::format("it makes [{}, {}, {}] of {}", of.outChannels, extents[0], extents[1], toString(own)));
    giveMaps(layer, appendTransposedConvolution(layer.net().graph, append, maps, of, extents), i);
  }
}

constexpr LayerType table[] = {
    {"Convolution", convolution, any, any},
    {"Deconvolution", deconvolution, any, any},
    // As forks call it where there is a group a channel.
    {"DepthwiseConvolution", convolution},
    {"ConvolutionDepthwise", convolution},
};

} // namespace

std::span<const LayerType> convolutionLayers() {
  return table;
}

} // namespace ninc::caffe_import
