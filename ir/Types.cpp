#include "ir/Types.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>

namespace ninc {

namespace {
constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();

} // namespace

std::size_t bytesOf(ElementType element) {
  switch (element) {
  case ElementType::f32:
    return 4;
  case ElementType::f16:
    return 2;
  case ElementType::i64:
    return 8;
  case ElementType::u8:
    return 1;
  }
  return 0;
}

std::string_view spellingOf(ElementType element) {
  switch (element) {
  case ElementType::f32:
    return "f32";
  case ElementType::f16:
    return "f16";
  case ElementType::i64:
    return "i64";
  case ElementType::u8:
    return "u8";
  }
  return "";
}

std::int64_t elementCount(const Shape &shape) {
  std::int64_t count = 1;
  for (std::int64_t extent : shape)
    count *= extent;
  return count;
}

std::int64_t byteCount(const TensorType &type) {
  return elementCount(type.shape) * static_cast<std::int64_t>(bytesOf(type.element));
}

std::vector<std::int64_t> stridesOf(const TensorType &type) {
  const Shape &shape = type.shape;
  if (type.layout == Layout::hwc && shape.size() == 3) return {1, shape[2] * shape[0], shape[0]};
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

Shape shapeInMemory(const TensorType &type) {
  const Shape &shape = type.shape;
  if (type.layout == Layout::hwc && shape.size() == 3) return {shape[1], shape[2], shape[0]};
  return shape;
}

bool isAsApplicationsHave(const TensorType &type) {
  return type.element == ElementType::u8 || !isNone(type.preprocessing);
}

Result<void> checkShape(const Shape &shape) {
  if (shape.empty() || shape.size() > largestRank)
    return fail(fmt::format("a shape has 1 to {} extents, not {}", largestRank, shape.size()));
  std::int64_t bytes = 4;
  for (std::int64_t extent : shape) {
    if (extent < 1 || extent > largest)
      return fail(fmt::format("extent {} in {} is not between 1 and {}", extent, toString(shape), largest));
    if (__builtin_mul_overflow(bytes, extent, &bytes) || bytes > largest)
      return fail(
          fmt::format("a tensor {} takes more than {} bytes, which is the most that a kernel can address",
                      toString(shape), largest));
  }
  return {};
}

std::string toString(const Shape &shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::string toString(const TensorType &type) {
  const std::string preprocessing = toString(type.preprocessing);
  return fmt::format("{}{}{}{}{}", spellingOf(type.element), toString(type.shape),
                     type.layout == Layout::hwc ? " hwc" : "", preprocessing.empty() ? "" : " ",
                     preprocessing);
}

} // namespace ninc
