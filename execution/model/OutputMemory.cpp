#include "execution/model/OutputMemory.h"

#include <algorithm>
#include <cstring>

#include "execution/model/ResultTensor.h"
#include "support/Arithmetic.h"
#include "support/Half.h"

namespace ninc {

OutputMemory::OutputMemory(const ninc_model &model) : model_(&model) {
  for (std::int32_t i = 0; i < model.n_outputs; ++i) {
    const std::int64_t bytes = model.outputs[i].bytes * model.batch;
    memory_.emplace_back(static_cast<std::size_t>(divideUp(bytes, std::int64_t{sizeof(std::uint64_t)})));
    addresses_.push_back(memory_.back().data());
  }
}

std::vector<Tensor> OutputMemory::tensors() const {
  std::vector<Tensor> tensors;
  for (std::int32_t i = 0; i < model_->n_outputs; ++i) {
    const ninc_tensor &output = model_->outputs[i];
    Tensor tensor{shapeOf(output), {}};
    if (model_->batch > 1) tensor.shape.insert(tensor.shape.begin(), model_->batch);
    tensor.data.resize(static_cast<std::size_t>(elementCount(tensor.shape)));
    const void *memory = addresses_[static_cast<std::size_t>(i)];
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
