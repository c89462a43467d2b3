// What type rules are made of. For the families' files alone: everybody else calls TypeRules.h.
//
// A rule checks from the outside in, operands first, and stops at the first objection: one mistake, one
// message. Messages begin with the op's spelling, or with that of the layer ("conv").
#pragma once

#include <utility>

#include "ir/ops/TypeRules.h"

namespace ninc::rules {

using Types = std::vector<TensorType>;
using Operands = std::span<const TensorType>;

// A T, or the part that is wrong, and why.
template <class T>
using Checked = tl::expected<T, TypeError>;

// One overload an op, defined in the file of its family. A missing one is an undefined symbol.
#define NINC_OP(Struct, spelling) Checked<Types> resultTypes(const Struct &op, Operands operands);
#include "ir/ops/Ops.def"

tl::unexpected<TypeError> refuse(Part part, std::string message);

// One result of that shape, unless it is too large: then `part` is at fault.
Checked<Types> single(Shape shape, Part part = {});
Checked<void> fits(const Shape &shape, Part part);

Checked<void> expectOperands(std::string_view op, Operands operands, std::size_t count);
// One operand [C, H, W].
Checked<void> expectMap(std::string_view op, Operands operands);
// One operand of any shape, which is the result's too.
Checked<Types> sameShape(std::string_view op, Operands operands);

// One operand or more of equal rank; extents of 1 stretch to the others'.
Checked<Types> stretched(std::string_view op, Operands operands);

// Elements along an axis whose numbers are a result: they are compared with the reference's as f32, which
// counts so far.
constexpr std::int64_t mostNumbered = std::int64_t{1} << 24;

// Whether a number may be an extent: at least `low` and at most 2^31-1.
bool inRange(std::int64_t value, std::int64_t low);

// Convolution and pooling: the maps [C, H', W'] after a window, or the sentence that explains why nothing is
// left. `op` is whose window it is.
Checked<std::array<std::int64_t, 2>> slide(std::string_view op, const Window &window, PoolExtent extent,
                                           const Shape &maps);
Checked<Shape> pool(std::string_view op, const Window &window, PoolExtent extent, const Shape &maps);

// Layers: an activation's parameters are finite. `layer` is the layer's number.
Checked<void> checkActivation(const Activation &activation, std::size_t layer);

// That `op`'s chain is one over so many operands (ir/ops/Pointwise.h).
Checked<void> checkChain(std::string_view op, const PointwiseChain &chain, std::size_t operands);

} // namespace ninc::rules
