// The ops: plain structs with their attributes, and what each one computes, said once, here.
//
// Notation: x, y are operands and result; a feature map is x[c, i, j] with c < C, i < H (rows), j < W
// (columns). "Zero outside" means that x reads as 0 where i or j lies outside the map. Arithmetic is real;
// what an implementation may differ by is said in docs/numerics.md. An op has one result unless it says
// otherwise.
//
// An op is written in five places: the struct with its traits and attributes (here, and a line in Ops.def),
// its type rule (the .cpp of its family beside this file), its reference evaluation (ir/interpreter/), how
// far kernels may be from that (ir/interpreter/bounds/), and its kernel (codegen/halide/). Each of them fails
// to compile or to link without the op. docs/contributing.md has the list.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "ir/ops/Activation.h"
#include "ir/ops/ArgMax.h"
#include "ir/ops/Convolution.h"
#include "ir/ops/Dense.h"
#include "ir/ops/Elementwise.h"
#include "ir/ops/MatMul.h"
#include "ir/ops/Normalisation.h"
#include "ir/ops/OpTraits.h"
#include "ir/ops/Pointwise.h"
#include "ir/ops/Pooling.h"
#include "ir/ops/Resize.h"
#include "ir/ops/Shapes.h"
#include "ir/ops/Sources.h"
#include "ir/ops/TopK.h"
#include "ir/ops/Window.h"

namespace ninc {

// Two ops are equal when their attributes are and their parameters are the same objects.
using Op = std::variant<
#define NINC_OP(Struct, spelling) Struct,
#define NINC_LAST_OP(Struct, spelling) Struct
#include "ir/ops/Ops.def"
    >;

// "conv2d", "mlpconv", "relu", ...
std::string_view spellingOf(const Op &op);

// All of them, in Ops.def's order. Static.
std::span<const std::string_view> opSpellings();

// The op of a spelling, with its usual attributes; none for other words.
std::optional<Op> opNamed(std::string_view spelling);

// Whether the op is this function of elements, whatever its numbers.
inline bool is(const Op &op, UnaryKind kind) {
  const auto *unary = std::get_if<Unary>(&op);
  return unary && unary->kind == kind;
}
inline bool is(const Op &op, BinaryKind kind) {
  const auto *binary = std::get_if<Binary>(&op);
  return binary && binary->kind == kind;
}

// What the op says of itself. Lives as long as the program.
const OpTraits &traitsOf(const Op &op);

// The chain that an op's elements go through: a pointwise's, or that of an mlpconv's epilogue. Null for
// others.
const PointwiseChain *chainOf(const Op &op);

// Whether the op computes alike at every place (OpTraits::uniform), a chain if none of its steps has a number
// a channel.
bool isUniform(const Op &op);

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

} // namespace ninc
