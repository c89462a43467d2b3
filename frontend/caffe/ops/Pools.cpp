// Windows of maps made one number.
//
// Caffe rounds up, so that the last window may lie partly behind the map; one that would begin in the padding
// behind it is left out. An average counts the padding that a window covers, up to the padded map's end. Both
// are the graph's `ceil` and `count_include_pad` (ir/ops/Pooling.h).
#include <fmt/format.h>
#include <string_view>

#include "frontend/caffe/LayerTypes.h"
#include "ir/ops/Window.h"

namespace ninc::caffe_import {

namespace {

using caffe_schema::PoolingParameter;
using Pair = std::array<std::int64_t, 2>; // along rows and columns

// One number for both, or two; not both.
Pair pairOf(LayerImport &layer, std::string_view field, bool isOne, std::uint32_t one, bool hasRows,
            bool hasColumns, Pair two) {
  if (isOne && (hasRows || hasColumns))
    layer.refuse(fmt::format("it says both '{}' and '{}_h' or '{}_w'", field, field, field));
  if (hasRows != hasColumns) layer.refuse(fmt::format("it says one of '{}_h' and '{}_w'", field, field));
  return hasRows ? two : Pair{one, one};
}

Window windowOf(LayerImport &layer, const PoolingParameter &fields) {
  Window window;
  window.kernel =
      pairOf(layer, "kernel", fields.has_kernel_size(), fields.kernel_size(), fields.has_kernel_h(),
             fields.has_kernel_w(), {fields.kernel_h(), fields.kernel_w()});
  window.stride =
      pairOf(layer, "stride", fields.has_stride(), fields.has_stride() ? fields.stride() : 1,
             fields.has_stride_h(), fields.has_stride_w(), {fields.stride_h(), fields.stride_w()});
  const Pair pad = pairOf(layer, "pad", fields.has_pad(), fields.pad(), fields.has_pad_h(),
                          fields.has_pad_w(), {fields.pad_h(), fields.pad_w()});
  window.pad = {pad[0], pad[1], pad[0], pad[1]};
  if (window.kernel[0] == 0 || window.kernel[1] == 0)
    layer.refuse("it doesn't say its kernel_size");
  else if (pad[0] >= window.kernel[0] || pad[1] >= window.kernel[1])
    layer.refuse(fmt::format("its pad is as large as its window, {}", toString(window.kernel)));
  return window;
}

// The window of a global pool: all of the map.
Window wholeMap(LayerImport &layer, const PoolingParameter &fields, Value maps) {
  Window window;
  if (fields.has_kernel_size() || fields.has_kernel_h() || fields.has_kernel_w())
    layer.refuse("it is global and says a kernel_size");
  if (fields.pad() != 0 || fields.pad_h() != 0 || fields.pad_w() != 0 ||
      (fields.has_stride() && fields.stride() != 1) || (fields.has_stride_h() && fields.stride_h() != 1) ||
      (fields.has_stride_w() && fields.stride_w() != 1))
    layer.refuse("it is global and has a pad or a stride");
  if (layer.failed()) return window;
  window.kernel = {layer.shapeOf(maps)[1], layer.shapeOf(maps)[2]};
  return window;
}

// Without a pad nothing is left out, so with strides that are longer than the window Caffe's last window may
// lie behind the map, where there is nothing.
void checkLastWindow(LayerImport &layer, const Window &window, PoolExtent extent, Value maps) {
  if (extent == PoolExtent::floor || isPadded(window)) return;
  for (int axis = 0; axis < 2; ++axis) {
    const std::int64_t input = layer.shapeOf(maps)[static_cast<std::size_t>(axis) + 1],
                       stride = window.stride[axis];
    if (stride < 1 || input < window.kernel[axis]) continue; // refused by the graph
    const std::int64_t last = (input - window.kernel[axis] + stride - 1) / stride * stride;
    if (last >= input)
      layer.refuse(fmt::format("its last window of {} would begin at {}, behind the map",
                               toString(window.kernel), last));
  }
}

void pooling(LayerImport &layer) {
  const PoolingParameter &fields = layer.layer.pooling_param();
  const Value maps = layer.maps();
  if (layer.failed()) return;
  if (fields.pool() == PoolingParameter::STOCHASTIC)
    return layer.refuse("its pool is STOCHASTIC; MAX and AVE are supported");
  const Window window = fields.global_pooling() ? wholeMap(layer, fields, maps) : windowOf(layer, fields);
  const bool roundsUp = fields.round_mode() == PoolingParameter::CEIL && fields.ceil_mode();
  const PoolExtent extent = roundsUp && !fields.global_pooling() ? PoolExtent::ceil : PoolExtent::floor;
  if (layer.failed()) return;
  checkLastWindow(layer, window, extent, maps);
  const Shape &shape = layer.shapeOf(maps);
  Value result;
  if (fields.pool() == PoolingParameter::MAX)
    result = layer.append(MaxPool{window, extent}, {maps});
  else if (!isPadded(window) && window.kernel == Pair{shape[1], shape[2]}) // the paper's, over the last maps
    result = layer.reshape(layer.append(GlobalAveragePool{}, {maps}), {shape[0], 1, 1});
  else
    result = layer.append(AveragePool{window, extent, isPadded(window)}, {maps});
  if (layer.failed()) return;
  const Shape &made = layer.shapeOf(result);
  const Dims dims{layer.bottom().dims[0], made[0], made[1], made[2]};
  layer.give(layer.reshape(result, layer.shapeOf(dims)), dims);
}

// ---- spatial pyramids

// One axis cut into bins of equal size, the padding around it shared between both ends.
struct Bins {
  std::int64_t size = 1, pad = 0;
};

Bins binsOf(std::int64_t extent, std::int64_t count) {
  const std::int64_t size = (extent + count - 1) / count;
  return {size, (size * count - extent + 1) / 2};
}

// He, Zhang, Ren, Sun 2014, "Spatial Pyramid Pooling": 1, 4, 16, ... pools of the map, one behind the other.
void pyramid(LayerImport &layer) {
  const auto &fields = layer.layer.spp_param();
  const Value maps = layer.maps();
  if (layer.failed()) return;
  if (fields.pool() == caffe_schema::SPPParameter::STOCHASTIC)
    return layer.refuse("its pool is STOCHASTIC; MAX and AVE are supported");
  constexpr std::uint32_t highest = 15; // an extent of a graph has less bins by far
  if (fields.pyramid_height() < 1 || fields.pyramid_height() > highest)
    return layer.refuse(
        fmt::format("its pyramid_height is {}; 1 to {} are supported", fields.pyramid_height(), highest));
  const Shape shape = layer.shapeOf(maps);
  std::vector<Value> levels;
  Dims dims{layer.bottom().dims[0], 0};
  for (std::uint32_t level = 0; level < fields.pyramid_height() && !layer.failed(); ++level) {
    const Bins rows = binsOf(shape[1], std::int64_t{1} << level),
               columns = binsOf(shape[2], std::int64_t{1} << level);
    if (rows.pad >= rows.size || columns.pad >= columns.size)
      return layer.refuse(
          fmt::format("its level {} has more bins than {} can be cut into", level, toString(shape)));
    const Window window{{rows.size, columns.size},
                        {rows.size, columns.size},
                        {1, 1},
                        {rows.pad, columns.pad, rows.pad, columns.pad}};
    const Value pools = fields.pool() == caffe_schema::SPPParameter::MAX
                            ? layer.append(MaxPool{window, PoolExtent::ceil}, {maps})
                            : layer.append(AveragePool{window, PoolExtent::ceil, isPadded(window)}, {maps});
    if (layer.failed()) return;
    const std::int64_t count = elementCount(layer.shapeOf(pools));
    levels.push_back(layer.reshape(pools, layer.isSplit() ? Shape{count} : Shape{1, count}));
    dims[1] += count;
  }
  const Value joined =
      levels.size() == 1 ? levels[0] : layer.append(Concat{layer.isSplit() ? 0 : 1}, std::move(levels));
  layer.give(joined, dims);
}

constexpr LayerType table[] = {{"Pooling", pooling}, {"SPP", pyramid}};

} // namespace

std::span<const LayerType> poolingLayers() {
  return table;
}

} // namespace ninc::caffe_import
