#include "execution/ResultTensor.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>

namespace ninc {

namespace {

constexpr std::int32_t f16Element = 1; // of enum ninc_element: IEEE half

// Of an IEEE half: 1 bit sign, 5 bits exponent, 10 bits mantissa.
float floatOfHalf(std::uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const auto mantissa = static_cast<std::uint32_t>(half & 1023);
  float magnitude = 0;
  if (exponent == 31) // infinities and NaNs
    magnitude = std::bit_cast<float>(std::uint32_t{0x7f800000} | mantissa << 13);
  else if (exponent == 0)
    magnitude = std::ldexp(static_cast<float>(mantissa), -24);
  else
    magnitude = std::ldexp(static_cast<float>(mantissa | 1024), exponent - 25);
  return half >> 15 ? -magnitude : magnitude;
}

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
  if (description.element == f16Element)
    gatherElements(description, static_cast<const std::uint16_t *>(data), floatOfHalf, tensor);
  else
    gatherElements(description, static_cast<const float *>(data), std::identity(), tensor);
  return tensor;
}

} // namespace ninc
