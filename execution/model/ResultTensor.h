// Tensors as descriptors have them: shapes, and a kernel's result out of the memory that it lies in.
#pragma once

#include "ir/Tensor.h"
#include "runtime/ninc_model.h"

namespace ninc {

Shape shapeOf(const ninc_tensor &tensor);
// Whether a pixel's channels are neighbours.
bool isInterleaved(const ninc_tensor &tensor);
// The extents in the order of memory: [rows, columns, channels] where it is so.
Shape shapeInMemory(const ninc_tensor &tensor);

// Image 0 of a tensor in memory, with any strides and of any element type, as f32 in row-major logical order.
Tensor gather(const ninc_tensor &description, const void *data);

} // namespace ninc
