// Which of the runs that a library offers: of which size, of how many images.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/ninc_model.h"

namespace ninc {

struct RunShape {
  std::int32_t size = 0; // its number
  std::int32_t images = 1;
  friend bool operator==(const RunShape &, const RunShape &) = default;
};

// What `run` of the C interface does: the first size, all images of the batch.
inline RunShape usualShape(const ninc_model &model) {
  return {0, model.batch};
}

// The model's tensors at a size: of one image.
inline std::span<const ninc_tensor> inputsOf(const ninc_model &model, RunShape shape) {
  return {model.sizes[shape.size].inputs, static_cast<std::size_t>(model.n_inputs)};
}
inline std::span<const ninc_tensor> outputsOf(const ninc_model &model, RunShape shape) {
  return {model.sizes[shape.size].outputs, static_cast<std::size_t>(model.n_outputs)};
}

} // namespace ninc
