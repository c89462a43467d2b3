// Memory for the outputs of a run, as a library's descriptor has them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ir/Tensor.h"
#include "runtime/ninc_model.h"

namespace ninc {

class OutputMemory {
public:
  // For so many images of each.
  OutputMemory(std::span<const ninc_tensor> outputs, std::int64_t images);

  // Of each output, all images behind one another.
  void *const *addresses() { return addresses_.data(); }
  // What is there as f32: [shape...], or [batch, shape...] where there is a batch.
  std::vector<Tensor> tensors() const;

private:
  std::span<const ninc_tensor> outputs_;
  std::int64_t images_;
  std::vector<std::vector<std::uint64_t>> memory_; // aligned for any element
  std::vector<void *> addresses_;
};

} // namespace ninc
