// What an op makes of its operands' types, or why it takes none such.
//
// These are the rules that front ends report to people, so an error explains itself ("conv 5x5 on a 3x3 input
// without pad leaves no output") and says which part of the op it is about. Rules know nothing of texts: who
// has read an op from somewhere knows where its parts stand. Pure functions of the op and the types. Each is
// in the file of its family beside this one; to write one see TypeRule.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/ops/Ops.h"
#include "support/Result.h"

namespace ninc {

// A part of an op.
struct Part {
  enum class Kind : std::uint8_t {
    op,      // the op as a whole, or how many operands it has
    operand, // number `index`
    kernel,  // of the window, or of the epilogue's
    stride,
    dilation,
    pad,
    groups,
    count,  // of channels or outputs; of layer `index` where there are layers
    step,   // number `index` of a chain
    number, // the attribute `name`: "axis", "epsilon"
    shape   // a constant's, an input's, the one that a reshape is to
  };

  Kind kind = Kind::op;
  std::size_t index = 0;
  std::string_view name = {};
  bool ofEpilogue = false; // of an mlpconv: its pooling window is meant
  friend bool operator==(const Part &, const Part &) = default;

  static Part operand(std::size_t index) { return {Kind::operand, index}; }
  static Part count(std::size_t layer) { return {Kind::count, layer}; }
  static Part step(std::size_t index) { return {Kind::step, index}; }
  static Part number(std::string_view name) { return {Kind::number, 0, name}; }
};

struct TypeError {
  std::string message; // as Error::message
  Part part;
};

// The types of the op's results (layout chw), or why there are none. Checks operand count, ranks, windows,
// attribute ranges and overflow; doesn't look at parameters.
tl::expected<std::vector<TensorType>, TypeError> checkTypes(const Op &op,
                                                            std::span<const TensorType> operands);

// The same for those who have no text to point into.
Result<std::vector<TensorType>> inferTypes(const Op &op, std::span<const TensorType> operands);

} // namespace ninc
