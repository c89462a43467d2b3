#include "execution/model/ResultTensor.h"

#include <array>
#include <cstdint>
#include <functional>

#include "support/Half.h"

namespace ninc {

namespace {

// Ranks below 4 are padded with leading extents of 1.
template <class Element, class Convert>
void gatherElements(const ninc_tensor &description, const Element *data, Convert convert, Tensor &tensor) {
  std::array<std::int64_t, 4> extent{1, 1, 1, 1}, stride{0, 0, 0, 0};
  for (int i = 0; i < description.rank; ++i) {
    extent[4 - description.rank + i] = description.shape[i];
    stride[4 - description.rank + i] = description.stride[i];
  }
  tensor.data.reserve(static_cast<std::size_t>(elementCount(tensor.shape)));
  for (std::int64_t a = 0; a < extent[0]; ++a)
    for (std::int64_t b = 0; b < extent[1]; ++b)
      for (std::int64_t c = 0; c < extent[2]; ++c)
        for (std::int64_t d = 0; d < extent[3]; ++d)
          tensor.data.push_back(convert(data[a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3]]));
}

} // namespace

Shape shapeOf(const ninc_tensor &tensor) {
  return Shape(tensor.shape, tensor.shape + tensor.rank);
}

Tensor gather(const ninc_tensor &description, const void *data) {
  Tensor tensor{shapeOf(description), {}};
  if (description.element == NINC_F16)
    gatherElements(description, static_cast<const std::uint16_t *>(data), fromHalf, tensor);
  else
    gatherElements(description, static_cast<const float *>(data), std::identity(), tensor);
  return tensor;
}

} // namespace ninc
