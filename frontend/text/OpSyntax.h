// What stands behind an op's operands, for every op: the text form of its attributes, and where in the
// source each of them is, so that a type error can point at the part that causes it.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "frontend/text/Cursor.h"
#include "ir/ops/Ops.h"

namespace ninc::text {

// Where the parts of an op stand. A part that was left out has an invalid range.
struct OpPlaces {
  SourceRange spelling;              // "conv2d"
  std::vector<SourceRange> operands; // each a name or a parenthesised op
  SourceRange kernel, pad, groups;
  std::vector<SourceRange> counts; // channels behind "->", one a layer
  SourceRange epilogueKernel, epiloguePad;
  SourceRange number; // dropout's ratio, leaky_relu's slope, batch_norm's epsilon, concat's axis
  SourceRange shape;  // of reshape, input, constant
};

bool isOp(std::string_view word);

// Whether operands follow the op's spelling.
bool takesOperands(std::string_view spelling);

// The op of that spelling with the attributes that follow; leaves the cursor at the first token that belongs
// to none. Empty only if `spelling` is no op; other mistakes are reported through the cursor.
std::optional<Op> parseAttributes(std::string_view spelling, Cursor &cursor, OpPlaces &places);

// "f32[3, 32, 32]" or "f32[3, 32, 32] hwc". Extents are at least 1.
TensorType parseType(Cursor &cursor);

// The part of an op that inferTypes(op, operands) objects to: what a caret should point at.
SourceRange culprit(const Op &op, std::span<const TensorType> operands, const OpPlaces &places);

} // namespace ninc::text
