// Memory of the inputs of a run, as a library's descriptor has them: f32 where the tensors have it, bytes of
// their own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ir/Tensor.h"
#include "runtime/ninc_model.h"
#include "support/Result.h"

namespace ninc {

// Move-only: what it gives out are addresses in itself, and in the tensors that it was made of.
class InputMemory {
public:
  // `given` outlive this: one tensor an input, so many images behind one another, each in the order of memory
  // (shapeInMemory). An error where there are more or fewer numbers, or where bytes are taken and one is
  // none.
  static Result<InputMemory> of(std::span<const ninc_tensor> inputs, std::int64_t images,
                                std::span<const Tensor> given);

  InputMemory(InputMemory &&) noexcept = default;
  InputMemory &operator=(InputMemory &&) noexcept = default;
  InputMemory(const InputMemory &) = delete;
  InputMemory &operator=(const InputMemory &) = delete;
  ~InputMemory() = default;

  const void *const *addresses() const { return addresses_.data(); }

private:
  InputMemory() = default;
  std::vector<std::vector<std::uint8_t>> bytes_;
  std::vector<const void *> addresses_;
};

} // namespace ninc
