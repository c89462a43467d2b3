// Products with matrices.
#include <fmt/format.h>
#include <memory>

#include "frontend/caffe/LayerTypes.h"

namespace ninc::caffe_import {

namespace {

// [O, I] of a matrix [I, O].
Parameter transposedMatrix(const Parameter &matrix) {
  if (!matrix) return {};
  const std::int64_t rows = matrix->shape[0], columns = matrix->shape[1];
  Tensor result{{columns, rows}, std::vector<float>(matrix->data.size())};
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t k = 0; k < columns; ++k)
      result.data[static_cast<std::size_t>(k * rows + i)] =
          matrix->data[static_cast<std::size_t>(i * columns + k)];
  return std::make_shared<const Tensor>(std::move(result));
}

// Many rows are the places of a map, which a 1x1 convolution takes one by one: [rows, I] -> [rows, O].
Value productOfRows(LayerImport &layer, Dense dense, std::int64_t rows, std::int64_t inputs) {
  ConvLayer conv;
  conv.outChannels = dense.outFeatures;
  conv.hasBias = dense.hasBias;
  conv.bias = std::move(dense.bias);
  if (dense.weight)
    conv.weight =
        std::make_shared<const Tensor>(Tensor{{dense.outFeatures, inputs, 1, 1}, dense.weight->data});
  const std::int64_t outputs = dense.outFeatures;
  const Value turned = layer.append(Transpose{{1, 0}}, {layer.reshape(layer.bottom().value, {rows, inputs})});
  const Value made = layer.append(Conv2d{std::move(conv)}, {layer.reshape(turned, {inputs, rows, 1})});
  return layer.append(Transpose{{1, 0}}, {layer.reshape(made, {outputs, rows})});
}

// All dimensions from its axis on are one.
void innerProduct(LayerImport &layer) {
  const auto &fields = layer.layer.inner_product_param();
  const Dims &from = layer.bottom().dims;
  if (fields.num_output() == 0) return layer.refuse("it doesn't say its num_output");
  const std::size_t axis = layer.axis(fields.axis(), from.size());
  if (layer.failed()) return;
  if (axis < layer.firstOwn()) return layer.mixImages();
  std::int64_t rows = 1, inputs = 1;
  for (std::size_t i = layer.firstOwn(); i < from.size(); ++i)
    (i < axis ? rows : inputs) *= from[i];
  Dense dense;
  dense.outFeatures = fields.num_output();
  dense.hasBias = fields.bias_term();
  const std::int64_t outputs = dense.outFeatures;
  dense.weight = fields.transpose() ? transposedMatrix(layer.numbers(0, {inputs, outputs}, "its weights"))
                                    : layer.numbers(0, {outputs, inputs}, "its weights");
  if (dense.hasBias) dense.bias = layer.numbers(1, {outputs}, "its bias");
  Dims dims(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(axis));
  dims.push_back(outputs);
  const Value result = rows == 1
                           ? layer.append(std::move(dense), {layer.reshape(layer.bottom().value, {inputs})})
                           : productOfRows(layer, std::move(dense), rows, inputs);
  layer.give(layer.reshape(result, layer.shapeOf(dims)), dims);
}

constexpr LayerType table[] = {{"InnerProduct", innerProduct}};

} // namespace

std::span<const LayerType> denseLayers() {
  return table;
}

} // namespace ninc::caffe_import
