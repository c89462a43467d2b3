// Ops that move elements and change none.
#include <algorithm>

#include "ir/interpreter/OpEvaluation.h"

namespace ninc::reference {

namespace {

// Walks the result in its order; `strides` are the operand's, along each of the result's dimensions.
Tensor gathered(Shape shape, std::size_t from, const std::vector<std::size_t> &strides, const Tensor &x) {
  Tensor y = zeros(std::move(shape));
  std::vector<std::int64_t> place(y.shape.size(), 0);
  for (float &number : y.data) {
    number = x.data[from];
    for (std::size_t d = place.size(); d-- > 0;) {
      from += strides[d];
      if (++place[d] < y.shape[d]) break;
      from -= strides[d] * static_cast<std::size_t>(y.shape[d]);
      place[d] = 0;
    }
  }
  return y;
}

std::vector<std::size_t> rowMajorStrides(const Shape &shape) {
  std::vector<std::size_t> strides(shape.size(), 1);
  for (std::size_t d = shape.size(); d-- > 1;)
    strides[d - 1] = strides[d] * static_cast<std::size_t>(shape[d]);
  return strides;
}

} // namespace

Tensor zeros(Shape shape) {
  const auto count = static_cast<std::size_t>(elementCount(shape));
  return Tensor{std::move(shape), std::vector<float>(count)};
}

// Seen from the axis, a tensor is `outer` rows behind one another, each of axis extent x inner elements; the
// result's row is the operands' rows in order.
Tensor concatenate(std::int64_t axis, std::span<const Tensor *const> parts) {
  const auto along = static_cast<std::size_t>(axis);
  Shape shape = parts[0]->shape;
  for (const Tensor *part : parts.subspan(1))
    shape[along] += part->shape[along];
  std::int64_t outer = 1;
  for (std::size_t d = 0; d < along; ++d)
    outer *= shape[d];

  Tensor y = zeros(shape);
  auto out = y.data.begin();
  for (std::int64_t row = 0; row < outer; ++row)
    for (const Tensor *part : parts) {
      const std::int64_t rowSize = static_cast<std::int64_t>(part->data.size()) / outer;
      out = std::copy_n(part->data.begin() + row * rowSize, rowSize, out);
    }
  return y;
}

Tensor reshape(Shape shape, const Tensor &x) {
  return Tensor{std::move(shape), x.data};
}

Tensor transpose(const Shape &order, const Tensor &x) {
  const std::vector<std::size_t> own = rowMajorStrides(x.shape);
  Shape shape;
  std::vector<std::size_t> strides;
  for (std::int64_t dimension : order) {
    shape.push_back(x.shape[static_cast<std::size_t>(dimension)]);
    strides.push_back(own[static_cast<std::size_t>(dimension)]);
  }
  return gathered(std::move(shape), 0, strides, x);
}

Tensor slice(const Slice &op, const Tensor &x) {
  const auto axis = static_cast<std::size_t>(op.axis);
  std::vector<std::size_t> strides = rowMajorStrides(x.shape);
  const std::size_t from = strides[axis] * static_cast<std::size_t>(op.from);
  strides[axis] *= static_cast<std::size_t>(op.stride);
  Shape shape = x.shape;
  shape[axis] = op.size;
  return gathered(std::move(shape), from, strides, x);
}

namespace {

// The element that stands at `place` of a padded dimension of `extent` elements; negative where none does.
std::int64_t sourceOf(PadMode mode, std::int64_t place, std::int64_t extent) {
  const std::int64_t last = extent - 1;
  if (place >= 0 && place <= last) return place;
  switch (mode) {
  case PadMode::fill:
    return -1;
  case PadMode::edge:
    return place < 0 ? 0 : last;
  case PadMode::reflect:
    return place < 0 ? -place : 2 * last - place;
  case PadMode::wrap:
    return place < 0 ? place + extent : place - extent;
  }
  return -1;
}

} // namespace

Tensor pad(const Pad &op, float fill, const Tensor &x) {
  const std::vector<std::size_t> strides = rowMajorStrides(x.shape);
  Shape shape = x.shape;
  for (std::size_t d = 0; d < shape.size(); ++d)
    shape[d] += bordersOf(op, d).before + bordersOf(op, d).behind;
  Tensor y = zeros(shape);
  std::vector<std::int64_t> place(shape.size(), 0);
  for (float &number : y.data) {
    std::size_t from = 0;
    bool isThere = true;
    for (std::size_t d = 0; d < shape.size(); ++d) {
      const std::int64_t source = sourceOf(op.mode, place[d] - bordersOf(op, d).before, x.shape[d]);
      isThere = isThere && source >= 0;
      from += static_cast<std::size_t>(std::max<std::int64_t>(source, 0)) * strides[d];
    }
    number = isThere ? x.data[from] : fill;
    for (std::size_t d = place.size(); d-- > 0;) {
      if (++place[d] < shape[d]) break;
      place[d] = 0;
    }
  }
  return y;
}

Tensors evaluate(const Pad &op, Operands operands) {
  return single(pad(op, op.fill, *operands[0]));
}

Tensors evaluate(const Concat &op, Operands operands) {
  return single(concatenate(op.axis, operands));
}

Tensors evaluate(const Flatten &, Operands operands) {
  return single(reshape({elementCount(operands[0]->shape)}, *operands[0]));
}

Tensors evaluate(const Reshape &op, Operands operands) {
  return single(reshape(op.shape, *operands[0]));
}

Tensors evaluate(const Transpose &op, Operands operands) {
  return single(transpose(op.order, *operands[0]));
}

Tensors evaluate(const Slice &op, Operands operands) {
  return single(slice(op, *operands[0]));
}

} // namespace ninc::reference
