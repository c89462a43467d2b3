// Products of matrices: with one that is known a dense layer's, with one that isn't a product of two values.
#include <algorithm>
#include <fmt/format.h>
#include <memory>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/constants/View.h"
#include "frontend/onnx/ops/Arithmetic.h"
#include "frontend/onnx/ops/Moves.h"

namespace ninc::onnx_import {

namespace {

// How many rows the first factor has an image.
std::int64_t rowsOf(NodeImport &node, const Dims &dims) {
  std::int64_t rows = 1;
  for (std::size_t i = node.firstOwn(); i + 1 < dims.size(); ++i)
    rows *= dims[i];
  if (!node.failed() && (dims.empty() || (node.isSplit() && dims.size() < 2)))
    node.refuse(fmt::format("its first factor is {}, no matrix", textOf(dims)));
  return rows;
}

// Many rows are the places of a map, which a 1x1 convolution takes one by one.
Value productOfRows(NodeImport &node, Value factor, Dense dense, std::int64_t rows, std::int64_t columns) {
  const std::int64_t outputs = dense.outFeatures;
  ConvLayer layer;
  layer.outChannels = outputs;
  layer.hasBias = dense.hasBias;
  layer.bias = std::move(dense.bias);
  Tensor weight = *dense.weight;
  weight.shape = {outputs, columns, 1, 1};
  layer.weight = std::make_shared<const Tensor>(std::move(weight));
  const Value maps = transposed(node, factor, {rows, columns}, {1, 0}, {columns, rows, 1});
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

// The product of a value with a known matrix [K, O] or [O, K].
Meaning knownProduct(NodeImport &node, const Meaning &first, const Literal &matrix, bool isTransposed,
                     float factor, Parameter bias, std::int64_t biasCount) {
  Dims dims = first.dims;
  if (!node.failed() && (matrix.dims.size() != 2 || matrix.count() == 0))
    node.refuse(fmt::format("its second factor is {}, no matrix", textOf(matrix.dims)));
  const std::int64_t places = rowsOf(node, dims);
  if (node.failed() || !node.roomFor(matrix.dims)) return {};
  const Literal rows = outputsOf(matrix, isTransposed);
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
  const Value result = places == 1 ? node.append(std::move(dense), {node.reshape(first.value, {columns})})
                                   : productOfRows(node, first.value, std::move(dense), places, columns);
  return {dims, std::nullopt, node.reshape(result, node.shapeOf(dims))};
}

// Extents of two factors [..., M, K] and [..., K, N] of one rank in the graph, with the fewest dimensions
// that say which matrices meet.
struct Factors {
  Shape left, right;
};
Factors fewestDimensions(const Dims &a, const Dims &b, std::size_t from) {
  const Dims leadA(a.begin() + static_cast<std::ptrdiff_t>(from), a.end() - 2),
      leadB(b.begin() + static_cast<std::ptrdiff_t>(from), b.end() - 2);
  const std::int64_t m = a[a.size() - 2], k = a.back(), n = b.back();
  const auto product = [](const Dims &dims) {
    std::int64_t count = 1;
    for (std::int64_t extent : dims)
      count *= extent;
    return count;
  };
  const std::int64_t countA = product(leadA), countB = product(leadB);
  if (countB == 1) return {{countA * m, k}, {k, n}}; // one matrix for all rows
  if (leadA == leadB || countA == 1) return {{countA, m, k}, {countB, k, n}};
  Factors all{Shape(leadA.begin(), leadA.end()), Shape(leadB.begin(), leadB.end())};
  all.left.insert(all.left.end(), {m, k});
  all.right.insert(all.right.end(), {k, n});
  return all;
}

// As numpy multiplies: matrices are the last two dimensions, those in front stretch to one another, and a
// vector is a row on the left and a column on the right, whose dimension isn't in the result.
Meaning product(NodeImport &node, Meaning a, Meaning b) {
  if (node.failed()) return {};
  const bool isRow = a.dims.size() == 1, isColumn = b.dims.size() == 1;
  const auto asMatrix = [&](Meaning &vector, Dims dims) {
    if (vector.literal)
      vector = meaningOf(withDims(*vector.literal, std::move(dims)));
    else if (node.isSplit()) // the images are its numbers
      node.mixImages();
    else
      vector = {dims, std::nullopt, node.reshape(vector.value, node.shapeOf(dims))};
  };
  if (isRow) asMatrix(a, {1, a.dims[0]});
  if (isColumn) asMatrix(b, {b.dims[0], 1});
  if (node.failed()) return {};
  const std::size_t rank = std::max(a.dims.size(), b.dims.size());
  const auto lead = [&](const Dims &dims) { return Dims(dims.begin(), dims.end() - 2); };
  std::optional<Dims> dims;
  if (std::min(a.dims.size(), b.dims.size()) >= 2 && a.dims.back() == b.dims[b.dims.size() - 2])
    dims = broadcast(lead(a.dims), lead(b.dims));
  std::int64_t count = 0;
  if (!dims || !countElements(a.dims, count) || !countElements(b.dims, count)) {
    node.refuse(fmt::format("its factors {} and {} don't fit", textOf(a.dims), textOf(b.dims)));
    return {};
  }
  if (node.isSplit() && rank < 3) { // the images are rows or columns
    node.mixImages();
    return {};
  }
  Dims left = a.dims, right = b.dims;
  left.insert(left.begin(), rank - left.size(), 1);
  right.insert(right.begin(), rank - right.size(), 1);
  const Factors factors = fewestDimensions(left, right, node.firstOwn());
  const Value first = node.reshape(aligned(node, a, rank), factors.left);
  const Value second = node.reshape(aligned(node, b, rank), factors.right);
  if (!isRow) dims->push_back(left[rank - 2]);
  if (!isColumn) dims->push_back(right[rank - 1]);
  return {*dims, std::nullopt, node.reshape(node.append(MatMul{}, {first, second}), node.shapeOf(*dims))};
}

bool isKnownMatrix(const Meaning &meaning) {
  return meaning.literal && meaning.dims.size() == 2 && meaning.literal->isReal();
}

// The matrix with its rows as columns, if it is to be turned.
Meaning turned(NodeImport &node, const Meaning &matrix, bool isTransposed) {
  if (!isTransposed || node.failed()) return matrix;
  if (matrix.literal) return meaningOf(outputsOf(*matrix.literal, false));
  if (node.isSplit()) {
    node.mixImages();
    return {};
  }
  const Dims dims{matrix.dims[1], matrix.dims[0]};
  return {dims, std::nullopt, transposed(node, matrix.value, matrix.dims, {1, 0}, node.shapeOf(dims))};
}

void gemm(NodeImport &node) {
  node.attributes.pass("broadcast"); // of opset 6
  const bool turnsFirst = node.attributes.integer("transA", 0) != 0;
  const bool turnsSecond = node.attributes.integer("transB", 0) != 0;
  const float alpha = node.attributes.real("alpha", 1), beta = node.attributes.real("beta", 1);
  const Meaning &first = node.input(0), &second = node.input(1);
  for (const Meaning *factor : {&first, &second})
    if (!node.failed() && factor->dims.size() != 2)
      node.refuse(fmt::format("its {} factor is {}, no matrix", factor == &first ? "first" : "second",
                              textOf(factor->dims)));
  if (node.failed()) return;
  const bool isKnown = isKnownMatrix(second) && !first.literal;
  const bool adds = node.has(2) && beta != 0;
  const bool isBias = isKnown && adds && node.input(2).literal && !node.input(2).dims.empty() &&
                      (node.input(2).dims.size() == 1 || node.input(2).dims[0] == 1) &&
                      node.input(2).dims.back() > 1;
  const Meaning left = turned(node, first, turnsFirst);
  if (isBias) {
    const Literal bias = *node.input(2).literal;
    const auto count = static_cast<std::int64_t>(bias.count());
    return node.give(
        knownProduct(node, left, *second.literal, turnsSecond, alpha, scaled(bias, beta, {count}), count));
  }
  Meaning result = isKnown ? knownProduct(node, left, *second.literal, turnsSecond, alpha, {}, 0)
                           : product(node, left, turned(node, second, turnsSecond));
  if (!isKnown && alpha != 1) result = combined(node, BinaryKind::mul, result, alpha);
  if (adds) {
    const Meaning added = beta == 1 ? node.input(2) : combined(node, BinaryKind::mul, node.input(2), beta);
    result = combined(node, BinaryKind::add, result, added);
  }
  node.give(result);
}

void matMul(NodeImport &node) {
  const Meaning &first = node.input(0), &second = node.input(1);
  if (node.failed()) return;
  if (isKnownMatrix(second) && !first.literal && first.dims.size() > node.firstOwn())
    return node.give(knownProduct(node, first, *second.literal, false, 1, {}, 0));
  node.give(product(node, first, second));
}

constexpr Operator table[] = {{"Gemm", gemm}, {"MatMul", matMul}};

} // namespace

std::span<const Operator> denseOperators() {
  return table;
}

} // namespace ninc::onnx_import
