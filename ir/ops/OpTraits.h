// What may be asked of an op by those who needn't know which one it is. An op says it of itself, in its
// struct.
#pragma once

namespace ninc {

struct OpTraits {
  // An element of the result is computed from the operands' elements at its place (an operand with extents of
  // 1 is stretched), so the result may lie where an operand of the same type was.
  bool elementwise = false;

  // ... and computed alike at every place: where operands and result lie in memory alike, a kernel may walk
  // all elements in one line. What has a number a channel isn't uniform, and a chain may have one (isUniform
  // in Ops.h).
  bool uniform = false;

  // The same elements in the same row-major order, under another shape.
  bool reshaping = false;

  // An element of the result depends on its row and column, beyond one offset in memory: a kernel sees maps
  // as rows of pixels. For other ops a map's pixels are one line.
  bool seesRows = false;

  // A kernel walks rows of the operands' and the result's last dimension, whatever the others mean: they stay
  // row-major (passes/RowMajor.h).
  bool rowMajor = false;

  // Has no operands: a graph starts from it, and nothing is computed.
  bool source = false;
};

} // namespace ninc
