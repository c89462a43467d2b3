// Products with matrices that are known.
#include <fmt/format.h>
#include <memory>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/constants/View.h"
#include "frontend/onnx/ops/Arithmetic.h"
#include "frontend/onnx/ops/Moves.h"

namespace ninc::onnx_import {

namespace {

// How many rows the first factor has an image.
std::int64_t rowsOf(NodeImport &node) {
  const Dims &dims = node.input(0).dims;
  std::int64_t rows = 1;
  for (std::size_t i = node.firstOwn(); i + 1 < dims.size(); ++i)
    rows *= dims[i];
  if (!node.failed() && (dims.empty() || (node.isSplit() && dims.size() < 2)))
    node.refuse(fmt::format("its first factor is {}, no matrix", textOf(dims)));
  return rows;
}

// Many rows are the places of a map, which a 1x1 convolution takes one by one.
Value productOfRows(NodeImport &node, Dense dense, std::int64_t rows, std::int64_t columns) {
  const std::int64_t outputs = dense.outFeatures;
  ConvLayer layer;
  layer.outChannels = outputs;
  layer.hasBias = dense.hasBias;
  layer.bias = std::move(dense.bias);
  Tensor weight = *dense.weight;
  weight.shape = {outputs, columns, 1, 1};
  layer.weight = std::make_shared<const Tensor>(std::move(weight));
  const Value maps = transposed(node, node.value(0), {rows, columns}, {1, 0}, {columns, rows, 1});
  return transposed(node, node.append(Conv2d{std::move(layer)}, {maps}), {outputs, rows}, {1, 0},
                    {rows, outputs});
}

// [O, K] of a matrix [K, O], or of its transpose.
Literal outputsOf(const Literal &matrix, bool isTransposed) {
  if (isTransposed) return matrix;
  return view(matrix, {matrix.dims[1], matrix.dims[0]}, 0, {1, matrix.dims[1]});
}

Parameter scaled(const Literal &numbers, float factor, Shape shape) {
  if (factor == 1) return parameterOf(numbers, std::move(shape));
  Tensor tensor{std::move(shape), {}};
  for (std::size_t i = 0; i < numbers.count(); ++i)
    tensor.data.push_back(static_cast<float>(numbers.real(i)) * factor);
  return std::make_shared<const Tensor>(std::move(tensor));
}

// The product of input 0 with input 1, which is [K, O] or transposed.
Meaning product(NodeImport &node, bool isTransposed, float factor, Parameter bias, std::int64_t biasCount) {
  const Literal matrix = node.constant(1, "its second factor");
  if (!node.failed() && (matrix.dims.size() != 2 || matrix.count() == 0))
    node.refuse(fmt::format("its second factor is {}; a matrix is supported", textOf(matrix.dims)));
  const std::int64_t places = rowsOf(node);
  if (node.failed() || !node.roomFor(matrix.dims)) return {};
  const Literal rows = outputsOf(matrix, isTransposed);
  Dims dims = node.input(0).dims;
  if (rows.dims[1] != dims.back())
    node.refuse(fmt::format("its factors {} and {} don't fit", textOf(dims), textOf(matrix.dims)));
  if (!node.failed() && bias && biasCount != rows.dims[0])
    node.refuse(fmt::format("it adds {} numbers to {}", biasCount, rows.dims[0]));
  if (node.failed()) return {};
  dims.back() = rows.dims[0];
  Dense dense;
  dense.outFeatures = rows.dims[0];
  dense.hasBias = bias != nullptr;
  dense.bias = std::move(bias);
  dense.weight = scaled(rows, factor, {rows.dims[0], rows.dims[1]});
  const std::int64_t columns = rows.dims[1];
  const Value result = places == 1 ? node.append(std::move(dense), {node.reshape(node.value(0), {columns})})
                                   : productOfRows(node, std::move(dense), places, columns);
  return {dims, std::nullopt, node.reshape(result, node.shapeOf(dims))};
}

void gemm(NodeImport &node) {
  node.attributes.pass("broadcast"); // of opset 6
  const bool isTransposed = node.attributes.integer("transB", 0) != 0;
  const float alpha = node.attributes.real("alpha", 1), beta = node.attributes.real("beta", 1);
  if (node.attributes.integer("transA", 0) != 0 && !node.failed())
    return node.refuse("its attribute 'transA' is 1; 0 is supported");
  if (!node.failed() && node.input(0).dims.size() != 2)
    return node.refuse(fmt::format("its first factor is {}, no matrix", textOf(node.input(0).dims)));
  const bool adds = node.has(2) && beta != 0;
  const bool isBias = adds && node.input(2).literal && !node.input(2).dims.empty() &&
                      (node.input(2).dims.size() == 1 || node.input(2).dims[0] == 1) &&
                      node.input(2).dims.back() > 1;
  if (isBias) {
    const Literal bias = *node.input(2).literal;
    const auto count = static_cast<std::int64_t>(bias.count());
    return node.give(product(node, isTransposed, alpha, scaled(bias, beta, {count}), count));
  }
  Meaning result = product(node, isTransposed, alpha, {}, 0);
  if (adds) {
    const Meaning added = beta == 1 ? node.input(2) : combined(node, BinaryKind::mul, node.input(2), beta);
    result = combined(node, BinaryKind::add, result, added);
  }
  node.give(result);
}

void matMul(NodeImport &node) {
  node.give(product(node, false, 1, {}, 0));
}

constexpr Operator table[] = {{"Gemm", gemm}, {"MatMul", matMul}};

} // namespace

std::span<const Operator> denseOperators() {
  return table;
}

} // namespace ninc::onnx_import
