// How a kernel computes what its spec says: a value, chosen by a rule from the target, printable. There is
// one kind for each family of kernels; each family's kernels (codegen/halide/) read their kind and no other.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "codegen/schedule/gpu/GpuSchedule.h"
#include "codegen/schedule/mlpconv/MlpconvSchedule.h"
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

struct Schedule {
  std::variant<LoopSchedule, GroupedConvSchedule, DenseSchedule, MlpconvSchedule, GpuLoopSchedule,
               GpuReductionSchedule, GpuMlpconvSchedule>
      choice;

  friend bool operator==(const Schedule &, const Schedule &) = default;
};

// The schedule used when nothing better is known for this spec; always legal. Needs an op that computes
// something: not Input or Constant.
Schedule defaultSchedule(const KernelSpec &spec, Exactness exactness = Exactness::fast);

// Whether the schedule computes what the spec says, within bounds that keep code and memory sensible:
// schedules come from files. The error tells why not.
Result<void> checkLegal(const KernelSpec &spec, const Schedule &schedule,
                     Exactness exactness = Exactness::fast);

// "vector 16, tasks 3", "vector 16, tile 2x8, parallel", "vector 16, panel 64, parallel", or as
// toString(MlpconvSchedule) and those of codegen/schedule/gpu/GpuSchedule.h have it. Equal texts mean equal
// schedules.
std::string toString(const Schedule &schedule);
// Reads that back. The error says what isn't understood.
Result<Schedule> parseSchedule(std::string_view text);

// What a schedule's text means and roughly how fast that is. Raised when either changes: what was measured
// with another version says nothing about this one.
constexpr int scheduleVersion = 1;

} // namespace ninc
