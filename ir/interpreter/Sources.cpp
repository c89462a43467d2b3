// What a graph starts from is known without computing.
#include <cmath>
#include <fmt/format.h>

#include "ir/interpreter/Interpreter.h"
#include "ir/interpreter/OpEvaluation.h"

namespace ninc::reference {

// Its value comes from outside.
Tensors evaluate(const Input &, Operands) {
  return {};
}

Tensors evaluate(const Constant &op, Operands) {
  return single(*op.value);
}

} // namespace ninc::reference

namespace ninc {

Result<Tensor> preprocess(const TensorType &type, const Tensor &given) {
  if (type.element == ElementType::u8)
    for (const float number : given.data)
      if (!(number >= 0 && number <= 255 && number == std::floor(number)))
        return fail(fmt::format("it takes bytes, whole numbers from 0 to 255, and {} is none", number));
  if (isNone(type.preprocessing) && shapeInMemory(type) == type.shape) return Tensor{type.shape, given.data};
  Tensor numbers{type.shape, std::vector<float>(given.data.size())};
  const std::vector<std::int64_t> strides = stridesOf(type);
  const std::int64_t channels = type.shape[0], pixels = elementCount(type.shape) / channels;
  const std::int64_t nextPixel = type.layout == Layout::hwc ? channels : 1;
  for (std::int64_t c = 0; c < channels; ++c) {
    const std::int64_t from = type.preprocessing.reversed ? channels - 1 - c : c;
    const auto [mean, factor] = lineOf(type.preprocessing, static_cast<std::size_t>(c));
    for (std::int64_t p = 0; p < pixels; ++p)
      numbers.data[static_cast<std::size_t>(c * pixels + p)] = static_cast<float>(
          (double{given.data[static_cast<std::size_t>(from * strides[0] + p * nextPixel)]} - mean) * factor);
  }
  return numbers;
}

} // namespace ninc
