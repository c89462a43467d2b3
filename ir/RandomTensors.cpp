#include "ir/RandomTensors.h"

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
