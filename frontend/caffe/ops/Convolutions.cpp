// Convolutions over maps.
#include <fmt/format.h>
#include <string_view>

#include "frontend/caffe/LayerTypes.h"
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
    return layer.refuse(fmt::format("{} groups divide neither {} channels nor {} outputs", conv.groups,
                                    channels, conv.outChannels));
  conv.weight = layer.numbers(
      0, {conv.outChannels, channels / conv.groups, conv.window.kernel[0], conv.window.kernel[1]},
      "its weights");
  if (conv.hasBias) conv.bias = layer.numbers(1, {conv.outChannels}, "its bias");
  for (std::size_t i = 0; i < layer.bottomCount(); ++i)
    giveMaps(layer, layer.append(Conv2d{conv}, {layer.maps(i)}), i);
}

constexpr LayerType table[] = {
    {"Convolution", convolution, any, any},
    // As forks call it where there is a group a channel.
    {"DepthwiseConvolution", convolution},
    {"ConvolutionDepthwise", convolution},
};

} // namespace

std::span<const LayerType> convolutionLayers() {
  return table;
}

} // namespace ninc::caffe_import
