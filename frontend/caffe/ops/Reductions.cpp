// Layers that make one number of many: sums from an axis on, and where the largest element is.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "frontend/caffe/LayerTypes.h"

namespace ninc::caffe_import {

namespace {

using caffe_schema::ReductionParameter;

// coeff times the sum of all elements from the axis on, of their magnitudes or of their squares, or the mean.
void reduction(LayerImport &layer) {
  const auto &fields = layer.layer.reduction_param();
  const Dims &from = layer.bottom().dims;
  const std::size_t axis = layer.axis(fields.axis(), from.size());
  if (!std::isfinite(fields.coeff())) return layer.refuse(fmt::format("its coeff is {}", fields.coeff()));
  if (layer.failed() || !layer.ownAxis(axis)) return;
  const Dims dims(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(axis));
  const Shape shape = layer.shapeOf(dims);
  Value x = layer.bottom().value;
  const std::int64_t rows = elementCount(shape), folded = elementCount(layer.shapeOf(x)) / rows;
  if (fields.operation() == ReductionParameter::ASUM) x = layer.append(usual(UnaryKind::abs), {x});
  if (fields.operation() == ReductionParameter::SUMSQ) x = layer.append(Binary{BinaryKind::mul}, {x, x});
  Value sum = layer.append(GlobalAveragePool{}, {layer.reshape(x, {rows, folded, 1})});
  const bool isMean = fields.operation() == ReductionParameter::MEAN;
  const double factor = double{fields.coeff()} * (isMean ? 1 : static_cast<double>(folded));
  if (factor != 1 && !layer.failed())
    sum = layer.append(Binary{BinaryKind::mul}, {sum, layer.constant(static_cast<float>(factor), Shape{1})});
  layer.give(layer.reshape(sum, shape), dims);
}

// The largest elements along the axis, as maps of one column.
Value largest(LayerImport &layer, Value x, std::size_t own) {
  const Shape shape = layer.shapeOf(x);
  std::int64_t outer = 1, inner = 1;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (i != own) (i < own ? outer : inner) *= shape[i];
  MaxPool pool;
  pool.window.kernel = {shape[own], 1};
  return layer.append(std::move(pool), {layer.reshape(x, {outer, shape[own], inner})});
}

// Of equal ones the last, as Caffe's sort has it. Without an axis an image is one list, and the result has
// three dimensions.
void argMax(LayerImport &layer) {
  const auto &fields = layer.layer.argmax_param();
  if (fields.top_k() != 1)
    return layer.refuse(fmt::format("its top_k is {}; 1 is supported", fields.top_k()));
  if (fields.out_max_val() && !fields.has_axis())
    return layer.refuse("its out_max_val puts numbers behind places; with an axis it is supported");
  Dims dims = layer.bottom().dims;
  Value x = layer.bottom().value;
  if (!fields.has_axis()) {
    dims.resize(std::max<std::size_t>(dims.size(), 3));
    std::fill(dims.begin() + 1, dims.end(), 1);
    Shape lists = layer.shapeOf(dims);
    lists.back() = elementCount(layer.shapeOf(x)) / elementCount(lists);
    x = layer.reshape(x, lists);
  }
  const std::size_t axis = fields.has_axis() ? layer.axis(fields.axis(), dims.size()) : dims.size() - 1;
  if (layer.failed()) return;
  dims[axis] = 1;
  const std::optional<std::size_t> own = layer.ownAxis(axis);
  if (!own || layer.failed()) return;
  if (fields.out_max_val())
    return layer.give(layer.reshape(largest(layer, x, *own), layer.shapeOf(dims)), dims);
  ArgMax op;
  op.axis = static_cast<std::int64_t>(*own);
  op.keepsAxis = true;
  op.takesLast = true;
  layer.give(layer.append(op, {x}), dims);
}

constexpr LayerType table[] = {{"Reduction", reduction}, {"ArgMax", argMax}};

} // namespace

std::span<const LayerType> reductionLayers() {
  return table;
}

} // namespace ninc::caffe_import
