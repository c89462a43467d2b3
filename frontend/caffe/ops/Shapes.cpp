// Layers that move elements.
#include <algorithm>
#include <fmt/format.h>

#include "frontend/caffe/LayerTypes.h"

namespace ninc::caffe_import {

namespace {

// The same elements in their order under other extents. The batch stays in front, or there is none.
void giveReshaped(LayerImport &layer, const Dims &dims) {
  const NetValue &x = layer.bottom();
  std::int64_t before = 0, after = 0;
  if (layer.failed()) return;
  if (!countElements(x.dims, before) || !countElements(dims, after) || before != after)
    return layer.refuse(fmt::format("it makes {} of {}, which has other than as many elements", textOf(dims),
                                    textOf(x.dims)));
  if (layer.isSplit() && (dims.empty() || dims[0] != x.dims[0])) return layer.mixImages();
  layer.give(layer.reshape(x.value, layer.shapeOf(dims)), dims);
}

void flatten(LayerImport &layer) {
  const auto &fields = layer.layer.flatten_param();
  const Dims &from = layer.bottom().dims;
  const std::size_t first = layer.axis(fields.axis(), from.size()),
                    last = layer.axis(fields.end_axis(), from.size());
  if (layer.failed()) return;
  if (first > last)
    return layer.refuse(
        fmt::format("its axis {} is behind its end_axis {}", fields.axis(), fields.end_axis()));
  Dims dims(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(first));
  dims.push_back(1);
  for (std::size_t i = first; i <= last; ++i)
    dims.back() *= from[i];
  dims.insert(dims.end(), from.begin() + static_cast<std::ptrdiff_t>(last) + 1, from.end());
  giveReshaped(layer, dims);
}

// `shape` stands in the place of num_axes dimensions from axis on. A 0 keeps the extent that was there, -1 is
// what is left.
void reshape(LayerImport &layer) {
  const auto &fields = layer.layer.reshape_param();
  const Dims &from = layer.bottom().dims;
  const std::size_t first = layer.axis(fields.axis(), from.size(), true);
  if (layer.failed()) return;
  const std::size_t count =
      fields.num_axes() == -1 ? from.size() - first : static_cast<std::size_t>(fields.num_axes());
  if (fields.num_axes() < -1 || first + count > from.size() ||
      fields.shape().dim_size() > static_cast<int>(mostDims))
    return layer.refuse(fmt::format("its num_axes is {} from axis {} on, of {} dimensions", fields.num_axes(),
                                    fields.axis(), from.size()));
  Dims dims(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(first));
  std::optional<std::size_t> open;
  for (const std::int64_t extent : fields.shape().dim()) {
    const std::size_t place = dims.size();
    if (extent < -1 || (extent == -1 && open) || (extent == 0 && place >= from.size()))
      return layer.refuse(fmt::format("its shape {} isn't one for {}",
                                      textOf({fields.shape().dim().begin(), fields.shape().dim().end()}),
                                      textOf(from)));
    if (extent == -1) open = place;
    const bool isBatch = place == 0 && !from.empty() && layer.net().meansBatch(extent);
    dims.push_back(extent == 0 || isBatch ? from[place] : extent == -1 ? 1 : extent);
  }
  dims.insert(dims.end(), from.begin() + static_cast<std::ptrdiff_t>(first + count), from.end());
  std::int64_t before = 0, known = 0;
  if (open && countElements(from, before) && countElements(dims, known) && known > 0)
    dims[*open] = before / known;
  giveReshaped(layer, dims);
}

void permute(LayerImport &layer) {
  const auto &given = layer.layer.permute_param().order();
  const Dims &from = layer.bottom().dims;
  std::vector<std::size_t> order;
  for (const std::uint32_t axis : given)
    order.push_back(layer.axis(axis, from.size()));
  for (std::size_t i = 0; i < from.size(); ++i) // those that aren't named stay behind, in their order
    if (std::ranges::count(order, i) == 0) order.push_back(i);
  if (!layer.failed() && order.size() != from.size()) layer.refuse("its order names an axis twice");
  if (layer.failed()) return;
  if (layer.isSplit() && order[0] != 0) return layer.mixImages();
  Dims dims;
  Transpose transpose;
  for (const std::size_t axis : order)
    dims.push_back(from[axis]);
  for (std::size_t i = layer.firstOwn(); i < order.size(); ++i)
    transpose.order.push_back(static_cast<std::int64_t>(order[i] - layer.firstOwn()));
  const bool isAsItWas = std::ranges::is_sorted(transpose.order);
  layer.give(isAsItWas ? layer.bottom().value : layer.append(std::move(transpose), {layer.bottom().value}),
             dims);
}

// The axis of layers that had another field for it once.
std::size_t axisOf(LayerImport &layer, bool isNew, std::int64_t axis, bool isOld, std::int64_t dimension) {
  if (isNew && isOld) layer.refuse("it says both its axis and, as it was once, its dim");
  return layer.axis(isOld ? dimension : axis, layer.bottom().dims.size());
}

void concat(LayerImport &layer) {
  const auto &fields = layer.layer.concat_param();
  const std::size_t axis =
      axisOf(layer, fields.has_axis(), fields.axis(), fields.has_concat_dim(), fields.concat_dim());
  if (layer.failed()) return;
  if (layer.bottomCount() == 1) return layer.give(layer.bottom().value, layer.bottom().dims);
  const std::optional<std::size_t> own = layer.ownAxis(axis);
  if (!own) return;
  Dims dims = layer.bottom().dims;
  dims[axis] = 0;
  std::vector<Value> operands;
  for (std::size_t i = 0; i < layer.bottomCount(); ++i) {
    Dims like = layer.bottom(i).dims;
    if (like.size() == dims.size()) like[axis] = dims[axis];
    if (like != dims)
      return layer.refuse(fmt::format("it can't join {} and {} along axis {}", textOf(layer.bottom().dims),
                                      textOf(layer.bottom(i).dims), axis));
    dims[axis] += layer.bottom(i).dims[axis];
    operands.push_back(layer.bottom(i).value);
  }
  layer.give(layer.append(Concat{static_cast<std::int64_t>(*own)}, std::move(operands)), dims);
}

// `count` elements from `first` on along a dimension of the file.
Value sliced(LayerImport &layer, Value value, std::size_t axis, std::int64_t first, std::int64_t count) {
  const std::optional<std::size_t> own = layer.ownAxis(axis);
  if (!own || layer.failed() || !value) return {};
  if (first == 0 && count == layer.shapeOf(value)[*own]) return value;
  return layer.append(Slice{static_cast<std::int64_t>(*own), first, count, 1}, {value});
}

// Where the parts of a slice begin, and the end.
std::vector<std::int64_t> placesOf(LayerImport &layer, const caffe_schema::SliceParameter &fields,
                                   std::int64_t extent) {
  const auto parts = static_cast<std::int64_t>(layer.topCount());
  std::vector<std::int64_t> places{0};
  if (fields.slice_point_size() == 0) {
    if (extent % parts != 0)
      layer.refuse(fmt::format("{} parts don't divide an extent of {}", parts, extent));
    for (std::int64_t i = 1; i < parts; ++i)
      places.push_back(extent / parts * i);
  } else {
    places.insert(places.end(), fields.slice_point().begin(), fields.slice_point().end());
  }
  places.push_back(extent);
  const auto isNoStep = [](std::int64_t a, std::int64_t b) { return a >= b; };
  if (static_cast<std::int64_t>(places.size()) != parts + 1 ||
      std::ranges::adjacent_find(places, isNoStep) != places.end())
    layer.refuse(fmt::format("its {} slice_point don't cut an extent of {} into {} parts",
                             fields.slice_point_size(), extent, parts));
  return places;
}

void slice(LayerImport &layer) {
  const auto &fields = layer.layer.slice_param();
  const auto &[from, x, isReadOnce] = layer.bottom();
  const std::size_t axis =
      axisOf(layer, fields.has_axis(), fields.axis(), fields.has_slice_dim(), fields.slice_dim());
  if (layer.failed()) return;
  const std::vector<std::int64_t> places = placesOf(layer, fields, from[axis]);
  for (std::size_t i = 0; i < layer.topCount() && !layer.failed(); ++i) {
    Dims dims = from;
    dims[axis] = places[i + 1] - places[i];
    layer.give(sliced(layer, x, axis, places[i], dims[axis]), dims, i);
  }
}

// The first bottom cut to the extents of the second from axis on.
void crop(LayerImport &layer) {
  const auto &fields = layer.layer.crop_param();
  auto [dims, value, isReadOnce] = layer.bottom();
  const Dims &like = layer.bottom(1).dims;
  const std::size_t first = layer.axis(fields.axis(), dims.size());
  if (layer.failed()) return;
  const auto offsets = static_cast<std::size_t>(fields.offset_size());
  if (like.size() != dims.size() || (offsets > 1 && offsets != dims.size() - first))
    return layer.refuse(fmt::format("it cuts {} to {} with {} offsets", textOf(dims), textOf(like), offsets));
  for (std::size_t i = first; i < dims.size() && !layer.failed(); ++i) {
    const std::int64_t offset =
        offsets == 0 ? 0 : fields.offset(offsets == 1 ? 0 : static_cast<int>(i - first));
    if (offset + like[i] > dims[i])
      return layer.refuse(fmt::format("it cuts {} to {}, which axis {} hasn't from {} on", textOf(dims),
                                      textOf(like), i, offset));
    if (offset == 0 && like[i] == dims[i]) continue;
    value = sliced(layer, value, i, offset, like[i]);
    dims[i] = like[i];
  }
  layer.give(value, dims);
}

// What lies along the axis, as often behind itself: a dimension of 1 in front of it is stretched, by a
// product with ones.
void tile(LayerImport &layer) {
  const auto &fields = layer.layer.tile_param();
  Dims dims = layer.bottom().dims;
  const std::size_t axis = layer.axis(fields.axis(), dims.size());
  const std::int64_t tiles = fields.tiles();
  if (tiles < 1) return layer.refuse(fmt::format("its tiles are {}; 1 or more are supported", tiles));
  if (layer.failed()) return;
  if (tiles == 1) return layer.give(layer.bottom().value, dims);
  if (!layer.ownAxis(axis)) return;
  std::int64_t outer = 1, inner = 1, count = 0;
  for (std::size_t i = layer.firstOwn(); i < dims.size(); ++i)
    (i < axis ? outer : inner) *= dims[i];
  dims[axis] *= tiles;
  if (!countElements(dims, count))
    return layer.refuse(fmt::format("it makes {} of {}", textOf(dims), textOf(layer.bottom().dims)));
  const Value rows = layer.reshape(layer.bottom().value, {outer, 1, inner});
  const Value copies =
      layer.append(Binary{BinaryKind::mul}, {rows, layer.constant(1.0f, Shape{1, tiles, 1})});
  layer.give(layer.reshape(copies, layer.shapeOf(dims)), dims);
}

void split(LayerImport &layer) {
  for (std::size_t i = 0; i < layer.topCount(); ++i)
    layer.give(layer.bottom().value, layer.bottom().dims, i);
}

constexpr LayerType table[] = {
    {"Flatten", flatten},       {"Reshape", reshape},   {"Permute", permute},       {"Concat", concat, any},
    {"Slice", slice, one, any}, {"Crop", crop, {2, 2}}, {"Split", split, one, any}, {"Tile", tile},
};

} // namespace

std::span<const LayerType> shapeLayers() {
  return table;
}

} // namespace ninc::caffe_import
