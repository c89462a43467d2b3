// How a kernel computes what its spec says: a value, chosen by a rule from the target, printable. There is
// one kind for each family of kernels; each family's kernels (codegen/halide/) read their kind and no other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <variant>

#include "codegen/schedule/gpu/GpuSchedule.h"
#include "codegen/schedule/light/LightSchedule.h"
#include "codegen/schedule/mlpconv/MlpconvSchedule.h"
#include "codegen/spec/Exactness.h"
#include "codegen/spec/KernelSpec.h"
#include "support/Result.h"

namespace ninc {

struct Schedule {
  std::variant<LoopSchedule, TileSchedule, DenseSchedule, MlpconvSchedule, GpuLoopSchedule,
               GpuReductionSchedule, GpuMlpconvSchedule>
      choice;

  friend bool operator==(const Schedule &, const Schedule &) = default;
};

// The families of kernels: the kinds of schedules, in the variant's order.
enum class Family : std::uint8_t { loop, tile, dense, mlpconv, gpuLoop, gpuReduction, gpuMlpconv };

template <Family family>
using ScheduleOf = std::variant_alternative_t<static_cast<std::size_t>(family), decltype(Schedule::choice)>;

static_assert(std::is_same_v<ScheduleOf<Family::loop>, LoopSchedule> &&
              std::is_same_v<ScheduleOf<Family::tile>, TileSchedule> &&
              std::is_same_v<ScheduleOf<Family::dense>, DenseSchedule> &&
              std::is_same_v<ScheduleOf<Family::mlpconv>, MlpconvSchedule> &&
              std::is_same_v<ScheduleOf<Family::gpuLoop>, GpuLoopSchedule> &&
              std::is_same_v<ScheduleOf<Family::gpuReduction>, GpuReductionSchedule> &&
              std::is_same_v<ScheduleOf<Family::gpuMlpconv>, GpuMlpconvSchedule> &&
              std::variant_size_v<decltype(Schedule::choice)> == 7);

inline Family familyOf(const Schedule &schedule) {
  return static_cast<Family>(schedule.choice.index());
}

// Which family a spec's kernel belongs to: by its op, and whether it is for a device. None for an op that
// computes nothing (Input, Constant). Asked here alone: whoever stands behind goes by the family.
std::optional<Family> familyOf(const KernelSpec &spec);

// The schedule used when nothing better is known for this spec; always legal. Needs an op that computes
// something. chooseSchedule (codegen/schedule/ScheduleChoice.h) says why as well.
Schedule defaultSchedule(const KernelSpec &spec, Exactness exactness = Exactness::fast);

// Whether the schedule computes what the spec says, within bounds that keep code and memory sensible:
// schedules come from files. The error tells why not.
Result<void> checkLegal(const KernelSpec &spec, const Schedule &schedule,
                        Exactness exactness = Exactness::fast);

// What a schedule's text means and roughly how fast that is. Raised when either changes: what was measured
// with another version says nothing about this one.
constexpr int scheduleVersion = 1;

} // namespace ninc
