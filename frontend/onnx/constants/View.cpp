#include "frontend/onnx/constants/View.h"

#include <algorithm>

namespace ninc::onnx_import {

namespace {

template <class T>
std::shared_ptr<const std::vector<T>> viewOf(const std::vector<T> &source, const Dims &dims,
                                             std::int64_t offset, const Dims &strides) {
  std::int64_t count = 0;
  if (!countElements(dims, count)) count = 0; // none is repeated more often than can be counted
  std::vector<T> numbers;
  numbers.reserve(static_cast<std::size_t>(count));
  Dims place(dims.size(), 0);
  for (std::int64_t i = 0; i < count; ++i) {
    numbers.push_back(source[static_cast<std::size_t>(offset)]);
    for (std::size_t axis = dims.size(); axis-- > 0;) {
      offset += strides[axis];
      if (++place[axis] < dims[axis]) break;
      offset -= strides[axis] * dims[axis];
      place[axis] = 0;
    }
  }
  return std::make_shared<const std::vector<T>>(std::move(numbers));
}

} // namespace

Dims stridesOf(const Dims &dims) {
  Dims strides(dims.size(), 1);
  for (std::size_t i = dims.size(); i-- > 1;)
    strides[i - 1] = strides[i] * dims[i];
  return strides;
}

Literal view(const Literal &source, const Dims &dims, std::int64_t offset, const Dims &strides) {
  if (source.isReal()) return {source.kind, dims, viewOf(source.reals(), dims, offset, strides)};
  return {source.kind, dims, viewOf(source.integers(), dims, offset, strides)};
}

std::optional<Dims> broadcast(const Dims &a, const Dims &b) {
  Dims result(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t left = i < a.size() ? a[a.size() - 1 - i] : 1,
                       right = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (left != right && left != 1 && right != 1) return std::nullopt;
    result[result.size() - 1 - i] = left == 1 ? right : left;
  }
  return result;
}

Literal stretched(const Literal &source, const Dims &dims) {
  if (source.dims == dims) return source;
  const Dims own = stridesOf(source.dims);
  Dims strides(dims.size(), 0);
  const std::size_t added = dims.size() - source.dims.size();
  for (std::size_t i = 0; i < source.dims.size(); ++i)
    if (source.dims[i] != 1) strides[added + i] = own[i];
  return view(source, dims, 0, strides);
}

} // namespace ninc::onnx_import
