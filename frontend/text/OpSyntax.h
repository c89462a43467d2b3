// What stands behind an op's operands, for every op: the text form of its attributes, and where in the
// source each of them is, so that a type error can point at the part that causes it.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "frontend/text/Cursor.h"
#include "ir/ops/Ops.h"
#include "ir/ops/TypeRules.h"

namespace ninc::text {

// Where the numbers of a window stand.
struct WindowPlaces {
  SourceRange kernel, stride, pad, dilation;
};

// Where the parts of an op stand. A part that was left out has an invalid range.
struct OpPlaces {
  SourceRange spelling;              // "conv2d"
  std::vector<SourceRange> operands; // each a name or a parenthesised op
  WindowPlaces window, epilogue;
  SourceRange groups;
  std::vector<SourceRange> counts; // behind "->", one a layer
  std::vector<std::pair<std::string_view, SourceRange>>
      numbers;                    // by the attribute's name: "epsilon", "ratio"
  std::vector<SourceRange> steps; // of a chain
  SourceRange shape;              // of reshape, input, constant
};

// The part of an op that a type rule objects to: what a caret should point at. The op's spelling where the
// part was left out.
SourceRange placeOf(const Part &part, const OpPlaces &places);

bool isOp(std::string_view word);

// Whether operands follow the op's spelling.
bool takesOperands(std::string_view spelling);

// Whether functions are attributes of the op: "conv2d x 3x3 -> 8 relu". Such an op has one operand.
bool takesActivation(std::string_view spelling);

// The op of that spelling with the attributes that follow; leaves the cursor at the first token that belongs
// to none. Empty only if `spelling` is no op; other mistakes are reported through the cursor.
std::optional<Op> parseAttributes(std::string_view spelling, Cursor &cursor, OpPlaces &places);

// "f32[3, 32, 32]" or "f32[3, 32, 32] hwc". Extents are at least 1.
TensorType parseType(Cursor &cursor);

} // namespace ninc::text
