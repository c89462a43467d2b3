#include "execution/model/OutputMemory.h"

#include <algorithm>
#include <cstring>

#include "execution/model/ResultTensor.h"
#include "support/Arithmetic.h"
#include "support/Half.h"

namespace ninc {

OutputMemory::OutputMemory(std::span<const ninc_tensor> outputs, std::int64_t images)
    : outputs_(outputs), images_(images) {
  for (const ninc_tensor &output : outputs) {
    const std::int64_t bytes = output.bytes * images;
    memory_.emplace_back(static_cast<std::size_t>(divideUp(bytes, std::int64_t{sizeof(std::uint64_t)})));
    addresses_.push_back(memory_.back().data());
  }
}

std::vector<Tensor> OutputMemory::tensors() const {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const ninc_tensor &output = outputs_[i];
    Tensor tensor{shapeOf(output), {}};
    if (images_ > 1) tensor.shape.insert(tensor.shape.begin(), images_);
    tensor.data.resize(static_cast<std::size_t>(elementCount(tensor.shape)));
    const void *memory = addresses_[i];
    if (output.element == NINC_I64)
      std::copy_n(static_cast<const std::int64_t *>(memory), tensor.data.size(), tensor.data.begin());
    else if (output.element == NINC_F16) // of no library that ninc makes
      std::transform(static_cast<const std::uint16_t *>(memory),
                     static_cast<const std::uint16_t *>(memory) + tensor.data.size(), tensor.data.begin(),
                     fromHalf);
    else
      std::memcpy(tensor.data.data(), memory, tensor.data.size() * sizeof(float));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

} // namespace ninc
