// What a model is compiled for, and how.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "codegen/schedule/ScheduleChoice.h"
#include "codegen/spec/Exactness.h"
#include "codegen/spec/KernelSpec.h"
#include "support/Result.h"

namespace ninc {

// What one half of a library, a CPU's or a device's, is planned for: all that decides which kernels there
// are.
struct PlanOptions {
  KernelTarget target;
  std::int64_t batch = 1;
  Exactness exactness = Exactness::fast; // what default schedules may use
};

struct CompileOptions {
  Target target;
  std::vector<GpuTarget> devices; // that the library also has code for; at most one an api
  bool withoutCpu = false;        // the CPU's half computes nothing: for who only looks at devices
  std::int64_t batch = 1;
  unsigned jobs = 2;                     // kernels compiled at once
  Exactness exactness = Exactness::fast; // what default schedules may use
  // Knows a better schedule for some kernels; none, or an empty function: the cost model's choice. `name` is
  // the node's first result. What it returns is taken as it is, legal or not: tests break schedules with it.
  // An error ends the compilation.
  std::function<Result<std::optional<ScheduleChoice>>(const KernelSpec &, const std::string &name)>
      chooseSchedule;

  // Of the CPU's half, or of that for one of the devices.
  PlanOptions planOptions(const std::optional<GpuTarget> &device = std::nullopt) const {
    return {device ? KernelTarget(*device) : KernelTarget(target), batch, exactness};
  }
};

} // namespace ninc
