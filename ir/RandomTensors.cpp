#include "ir/RandomTensors.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "ir/ops/Parameters.h"
#include "support/Random.h"

namespace ninc {

Tensor randomTensor(const Shape &shape, std::uint64_t seed, double deviation) {
  Random random(seed);
  Tensor tensor{shape, {}};
  tensor.data.reserve(static_cast<std::size_t>(elementCount(shape)));
  for (std::int64_t i = 0; i < elementCount(shape); ++i)
    tensor.data.push_back(static_cast<float>(deviation * random.normal()));
  return tensor;
}

Tensor randomInput(ElementType element, const Shape &shape, std::uint64_t seed) {
  if (element != ElementType::u8) return randomTensor(shape, seed);
  Random random(seed);
  Tensor tensor{shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)))};
  for (float &byte : tensor.data)
    byte = static_cast<float>(std::min(255.0, std::floor(256 * random.uniform())));
  return tensor;
}

Op withRandomParameters(Op op, const std::vector<TensorType> &inputs, std::uint64_t seed) {
  for (ParameterSlot &slot : parameterSlots(op, inputs)) {
    Tensor tensor = randomTensor(slot.shape, ++seed, std::sqrt(2.0 / static_cast<double>(slot.fanIn)));
    if (slot.suffix.ends_with("variance"))
      for (float &value : tensor.data)
        value = std::abs(value) + 0.5f;
    *slot.parameter = std::make_shared<const Tensor>(std::move(tensor));
  }
  return op;
}

} // namespace ninc
