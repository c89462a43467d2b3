#include "frontend/onnx/ops/Moves.h"

#include <utility>

namespace ninc::onnx_import {

namespace {

// An order without dimensions of 1, and with neighbours that stay neighbours as one dimension.
struct Order {
  Dims shape;
  std::vector<std::size_t> order;
};

Order withoutOnes(const Dims &shape, const std::vector<std::size_t> &order) {
  Order few;
  std::vector<std::size_t> number(shape.size(), 0); // of each dimension that is left
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != 1) {
      number[i] = few.shape.size();
      few.shape.push_back(shape[i]);
    }
  for (std::size_t axis : order)
    if (shape[axis] != 1) few.order.push_back(number[axis]);
  return few;
}

Order withRunsJoined(const Order &all) {
  std::vector<bool> joins(all.shape.size(), false); // with the dimension in front of it
  for (std::size_t i = 1; i < all.order.size(); ++i)
    joins[all.order[i]] = all.order[i] == all.order[i - 1] + 1;
  Order few;
  std::vector<std::size_t> number(all.shape.size(), 0);
  for (std::size_t i = 0; i < all.shape.size(); ++i) {
    if (joins[i])
      few.shape.back() *= all.shape[i];
    else
      few.shape.push_back(all.shape[i]);
    number[i] = few.shape.size() - 1;
  }
  for (std::size_t axis : all.order)
    if (!joins[axis]) few.order.push_back(number[axis]);
  return few;
}

} // namespace

Value transposed(NodeImport &node, Value value, const Dims &shape, const std::vector<std::size_t> &order,
                 const Shape &result) {
  const Order few = withRunsJoined(withoutOnes(shape, order));
  if (few.order.size() < 2) return node.reshape(value, result);
  Transpose transpose;
  for (std::size_t axis : few.order)
    transpose.order.push_back(static_cast<std::int64_t>(axis));
  return node.reshape(node.append(std::move(transpose), {node.reshape(value, few.shape)}), result);
}

Value sliced(NodeImport &node, Value value, std::size_t axis, std::int64_t from, std::int64_t count,
             std::int64_t step) {
  if (node.failed() || !value) return {};
  const Shape &shape = node.builder().graph.type(value).shape;
  if (from == 0 && step == 1 && count == shape[axis]) return value;
  return node.append(Slice{static_cast<std::int64_t>(axis), from, count, step}, {value});
}

// By places that go down instead of up.
Value reversed(NodeImport &node, Value value, std::size_t axis) {
  if (node.failed() || !value) return {};
  Resize resize;
  resize.shape = node.builder().graph.type(value).shape;
  resize.interpolation = Interpolation::nearest;
  resize.grid = ResizeGrid::cropAndResize;
  const std::size_t rank = resize.shape.size();
  resize.roi.assign(rank, 0);
  resize.roi.resize(2 * rank, 1);
  std::swap(resize.roi[axis], resize.roi[rank + axis]);
  return node.append(std::move(resize), {value});
}

// A dimension of 1 behind the axis is stretched, by a product with ones.
Value repeated(NodeImport &node, Value value, std::size_t axis, std::int64_t times) {
  if (times == 1 || node.failed() || !value) return value;
  Shape result = node.builder().graph.type(value).shape;
  std::int64_t outer = 1, inner = 1;
  for (std::size_t i = 0; i < result.size(); ++i)
    (i <= axis ? outer : inner) *= result[i];
  if (!node.roomFor({times})) return {};
  const Value ones = node.constantValue(
      makeReals({times}, std::vector<float>(static_cast<std::size_t>(times), 1)), {1, times, 1});
  result[axis] *= times;
  return node.reshape(node.append(Binary{BinaryKind::mul}, {node.reshape(value, {outer, 1, inner}), ones}),
                      result);
}

} // namespace ninc::onnx_import
