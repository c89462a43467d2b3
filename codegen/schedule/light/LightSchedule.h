// How a CPU computes what isn't an mlpconv: loops over elements, convolutions in groups, dense layers,
// products of matrices.
// Kernels with few choices; a rule takes them from the target, without a model of costs.
#pragma once

#include "codegen/spec/KernelSpec.h"
#include "support/Result.h"

namespace ninc {

// Everything that moves more than it computes: elementwise ops, copies, pools, normalisations, softmax. The
// dimension whose elements are neighbours in memory goes in vectors, the outermost one in tasks.
struct LoopSchedule {
  int vector = 1; // elements at once, a power of two
  int tasks = 1;  // pieces that the executor may run side by side, at least 1

  friend bool operator==(const LoopSchedule &, const LoopSchedule &) = default;
};

// Sums that a register tile holds from the first term to the last: some vectors of one group's outputs
// (depthwise: of neighbouring channels) by some pixels of a row, in a convolution of more than one group,
// which has nothing to share between groups but the weights between pixels; some vectors of columns by some
// rows, in a product of matrices.
struct TileSchedule {
  int vector = 1;        // channels or columns at once, a power of two
  int vectors = 1;       // of them a tile
  int tilePixels = 1;    // of a row, or rows of a matrix, a tile
  bool parallel = false; // rows (of each group or matrix) go to the executor

  friend bool operator==(const TileSchedule &, const TileSchedule &) = default;
};

// A dense layer reads every weight once, so memory decides: weights lie in panels of outputs, read from
// front to back, a panel's sums stay in registers.
struct DenseSchedule {
  int vector = 1;        // outputs at once, a power of two
  int panelVectors = 1;  // vectors a panel
  bool parallel = false; // panels go to the executor

  int panel() const { return vector * panelVectors; }
  friend bool operator==(const DenseSchedule &, const DenseSchedule &) = default;
};

// Legal, whatever the target. The spec must be one for a CPU and of an op of the family (familyOf in
// codegen/schedule/Schedule.h).
LoopSchedule defaultLoopSchedule(const KernelSpec &spec);
TileSchedule defaultTileSchedule(const KernelSpec &spec);
DenseSchedule defaultDenseSchedule(const KernelSpec &spec);

// Whether the schedule computes what the spec, one of the family, says within sensible bounds; the error
// tells why not. Who has a Schedule asks checkLegal, which knows the family.
Result<void> checkChoice(const KernelSpec &spec, const LoopSchedule &schedule);
Result<void> checkChoice(const KernelSpec &spec, const TileSchedule &schedule);
Result<void> checkChoice(const KernelSpec &spec, const DenseSchedule &schedule);

} // namespace ninc
