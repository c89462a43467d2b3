// How a device's kernels see values: as on the CPU, with the batch as one more dimension, since one launch
// computes all images.
#pragma once

#include "codegen/halide/shared/Views.h"

namespace ninc {

// All elements of all images, in memory order.
std::vector<Dimension> batchLineView(const TensorType &type, std::int64_t images);

// (channel, pixel, image), (channel, row, column, image) or (element, image): the first and second for maps.
std::vector<Dimension> batchChannelView(const TensorType &type, std::int64_t images);
std::vector<Dimension> batchLogicalView(const TensorType &type, std::int64_t images);

// Arguments whose scratch lies as devices want it.
Arguments deviceArguments();

// How a device keeps an element: f16 is a half on CUDA; on OpenCL, where not every device has that type, its
// bits.
Halide::Type keptAs(ElementType element, const GpuTarget &gpu);
// An f32 to keep, to the nearest f16, ties to even; beyond the largest f16 (65504) that. Numbers below 2^-14
// may become zero.
Halide::Expr toKept(const Halide::Expr &value, ElementType element, const GpuTarget &gpu);
Halide::Expr fromKept(const Halide::Expr &kept);

// A result as it is kept.
Halide::Expr toResult(const Halide::Expr &value, const KernelSpec &spec, std::size_t index = 0);

// A view whose last dimension is the images, of an operand: constants are the same for all of them.
std::vector<Dimension> operandView(const KernelSpec &spec, std::size_t index, std::vector<Dimension> view);

// Arguments as functions of f32, inlined where they are used; operands by views of images.
Halide::Func readOperand(Arguments &arguments, const KernelSpec &spec, std::size_t index,
                         std::vector<Dimension> view);
Halide::Func readWeights(Arguments &arguments, const KernelSpec &spec, std::size_t index,
                         std::vector<Dimension> view);

} // namespace ninc
