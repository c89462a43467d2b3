// Memory for a model's outputs, as its descriptor has them.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/Tensor.h"
#include "runtime/ninc_model.h"

namespace ninc {

class OutputMemory {
public:
  explicit OutputMemory(const ninc_model &model);

  // Of each output, all images behind one another.
  void *const *addresses() { return addresses_.data(); }
  // What is there as f32: [shape...], or [batch, shape...] where there is a batch.
  std::vector<Tensor> tensors() const;

private:
  const ninc_model *model_;
  std::vector<std::vector<std::uint64_t>> memory_; // aligned for any element
  std::vector<void *> addresses_;
};

} // namespace ninc
