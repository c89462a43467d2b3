#include "execution/model/ResultTensor.h"

#include <array>
#include <cstdint>
#include <functional>

#include "support/Half.h"

namespace ninc {

namespace {

// In the order of the shape, the last dimension fastest.
template <class Element, class Convert>
void gatherElements(const ninc_tensor &description, const Element *data, Convert convert, Tensor &tensor) {
  const auto rank = static_cast<std::size_t>(description.rank);
  const auto count = static_cast<std::size_t>(elementCount(tensor.shape));
  std::array<std::int64_t, NINC_MOST_DIMENSIONS> place{};
  std::int64_t at = 0;
  tensor.data.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    tensor.data.push_back(convert(data[at]));
    for (std::size_t d = rank; d-- > 0;) {
      at += description.stride[d];
      if (++place[d] < description.shape[d]) break;
      at -= description.stride[d] * description.shape[d];
      place[d] = 0;
    }
  }
}

} // namespace

Shape shapeOf(const ninc_tensor &tensor) {
  return Shape(tensor.shape, tensor.shape + tensor.rank);
}

bool isInterleaved(const ninc_tensor &tensor) {
  return tensor.rank == 3 && tensor.stride[0] == 1 && tensor.stride[2] == tensor.shape[0];
}

Shape shapeInMemory(const ninc_tensor &tensor) {
  Shape shape = shapeOf(tensor);
  return isInterleaved(tensor) ? Shape{shape[1], shape[2], shape[0]} : shape;
}

Tensor gather(const ninc_tensor &description, const void *data) {
  Tensor tensor{shapeOf(description), {}};
  if (description.element == NINC_F16)
    gatherElements(description, static_cast<const std::uint16_t *>(data), fromHalf, tensor);
  else if (description.element == NINC_I64)
    gatherElements(
        description, static_cast<const std::int64_t *>(data),
        [](std::int64_t number) { return static_cast<float>(number); }, tensor);
  else
    gatherElements(description, static_cast<const float *>(data), std::identity(), tensor);
  return tensor;
}

} // namespace ninc
