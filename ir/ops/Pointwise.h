// Chains of functions of elements, computed as one: each element of the result from the operands' elements
// at its place, step by step, without a value in memory between them.
//
//   y = pointwise a b [mul $0 $1, add %0 $1, relu]         y = relu(a * b + b)
//
// A chain is an op of its own, or what an mlpconv does to its last maps. Where operands' extents are 1 they
// stretch, as those of one function do (ElementFunctions.h). Every step is rounded to f32 as the op that it
// stands for, so a chain computes what those ops compute one behind the other, to the last bit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/ops/ElementFunctions.h"
#include "ir/ops/Elementwise.h"
#include "ir/ops/Normalisation.h"
#include "ir/ops/OpTraits.h"

namespace ninc {

// Where a step's number comes from: an operand, "$0", or an earlier step, "%0".
struct PointwiseSource {
  enum class Kind : std::uint8_t { operand, step };
  Kind kind = Kind::operand;
  std::size_t index = 0;
  friend bool operator==(const PointwiseSource &, const PointwiseSource &) = default;
};

// What a step may do. The channel of batch_norm and prelu is the element's, along the first dimension of the
// result.
using PointwiseFunction = std::variant<Unary, Binary, BatchNorm, Prelu>;

struct PointwiseStep {
  PointwiseFunction function;
  std::vector<PointwiseSource> sources; // as many as the function takes
  friend bool operator==(const PointwiseStep &, const PointwiseStep &) = default;
};

// The result is the last step's. Every operand and every other step is read by a later step.
struct PointwiseChain {
  std::vector<PointwiseStep> steps;
  friend bool operator==(const PointwiseChain &, const PointwiseChain &) = default;
};

// Larger chains are refused: Halide's time grows with their expressions.
constexpr std::size_t mostPointwiseSteps = 32;
constexpr std::size_t mostPointwiseOperands = 16;

// Over operands of equal rank, each of whose extents is the result's or 1. Parameters as the steps have them,
// `step0.scale`, ..., each [C] with C the result's first extent.
struct Pointwise {
  PointwiseChain chain;
  static constexpr OpTraits traits = {.elementwise = true, .seesRows = true};
  friend bool operator==(const Pointwise &, const Pointwise &) = default;
};

std::string_view spellingOf(const PointwiseFunction &function);

// How many sources it takes: 1 or 2.
std::size_t arityOf(const PointwiseFunction &function);

// "$0", "%0".
std::string toString(const PointwiseSource &source);

// Whether a step has a number a channel.
bool readsChannel(const PointwiseChain &chain);

// Why this is no chain over so many operands, and which of its steps or operands is at fault, if it is one.
struct ChainError {
  std::string message;
  std::optional<std::size_t> step = std::nullopt;
  std::optional<std::size_t> operand = std::nullopt;
};
std::optional<ChainError> checkChain(const PointwiseChain &chain, std::size_t operands);

} // namespace ninc
