// Operands and weights as functions of f32, and results back to what memory keeps: the element types, met
// once.
//
// A kernel computes in f32 whatever its values are kept as. On a CPU that is f32; a device may keep f16 (a
// half on CUDA; on OpenCL, where not every device has that type, its bits). A model's input is kept as the
// application has it, and may mean something else than its numbers (ir/Preprocessing.h): who reads it
// converts it on the way.
#pragma once

#include "codegen/halide/shared/Views.h"

namespace ninc {

// How the spec's machine keeps an element.
Halide::Type keptAs(ElementType element, const KernelSpec &spec);

// An f32 to keep, to the nearest f16, ties to even; beyond the largest f16 (65504) that. Numbers below 2^-14
// may become zero.
Halide::Expr toKept(const Halide::Expr &value, ElementType element, const KernelSpec &spec);
Halide::Expr fromKept(const Halide::Expr &kept);

// A result as it is kept.
Halide::Expr toResult(const Halide::Expr &value, const KernelSpec &spec, std::size_t index = 0);

// A view of an operand, as it is for the spec: constants, on a device, are the same for all images, which are
// the view's last dimension.
std::vector<Dimension> operandView(const KernelSpec &spec, std::size_t index, std::vector<Dimension> view);

// Arguments as functions of f32 over the view's coordinates, inlined where they are used. A device keeps
// weights as what lies between its layers. The first coordinate of an input that is preprocessed is its
// channel.
Halide::Func readOperand(Arguments &arguments, const KernelSpec &spec, std::size_t index,
                         std::vector<Dimension> view);
Halide::Func readWeights(Arguments &arguments, const KernelSpec &spec, std::size_t index,
                         std::vector<Dimension> view);

} // namespace ninc
