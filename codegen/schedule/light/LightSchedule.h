// How a CPU computes what isn't an mlpconv: loops over elements, convolutions in groups, dense layers.
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

// A convolution of more than one group. Without channels in common between groups there is nothing to share
// but the weights between pixels: a register tile is some vectors of one group's outputs (depthwise: of
// neighbouring channels) by some pixels of a row, held over the whole reduction.
struct GroupedConvSchedule {
  int vector = 1;        // channels at once, a power of two
  int vectors = 1;       // of channels a tile
  int tilePixels = 1;    // of a row a tile
  bool parallel = false; // rows (of each group) go to the executor

  friend bool operator==(const GroupedConvSchedule &, const GroupedConvSchedule &) = default;
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
GroupedConvSchedule defaultGroupedConvSchedule(const KernelSpec &spec);
DenseSchedule defaultDenseSchedule(const KernelSpec &spec);

// Whether the schedule computes what the spec, one of the family, says within sensible bounds; the error
// tells why not. Who has a Schedule asks checkLegal, which knows the family.
Result<void> checkChoice(const KernelSpec &spec, const LoopSchedule &schedule);
Result<void> checkChoice(const KernelSpec &spec, const GroupedConvSchedule &schedule);
Result<void> checkChoice(const KernelSpec &spec, const DenseSchedule &schedule);

} // namespace ninc
