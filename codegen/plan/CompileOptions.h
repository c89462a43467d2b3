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

// What the versions for one CPU or one device are planned for: all that decides which kernels there are.
struct PlanOptions {
  KernelTarget target;
  std::int64_t batch = 1;
  bool anyBatch = false; // runs may have fewer images than the batch; a device's kernels compute all of it
  Exactness exactness = Exactness::fast; // what default schedules may use
};

struct CompileOptions {
  // CPUs of one architecture that the library has versions for, each once; which one is preferred on a CPU
  // that has several is the library's business, not the order's. None: for who only looks at devices; the CPU
  // computes nothing then.
  std::vector<Target> targets;
  std::vector<GpuTarget> devices; // that the library also has code for; at most one an api
  std::int64_t batch = 1;
  bool anyBatch = false;
  bool ownsScratch = false;              // the library has scratch of its own, for one run at a time
  unsigned jobs = 2;                     // kernels compiled at once
  Exactness exactness = Exactness::fast; // what default schedules may use
  // Knows a better schedule for some kernels; none, or an empty function: the cost model's choice. `name` is
  // the node's first result. What it returns is taken as it is, legal or not: tests break schedules with it.
  // An error ends the compilation.
  std::function<Result<std::optional<ScheduleChoice>>(const KernelSpec &, const std::string &name)>
      chooseSchedule;

  PlanOptions planOptions(const KernelTarget &target) const { return {target, batch, anyBatch, exactness}; }
  // For the device, if there is one, else for the first CPU.
  PlanOptions planOptions(const std::optional<GpuTarget> &device = std::nullopt) const {
    return planOptions(device ? KernelTarget(*device) : KernelTarget(targets.front()));
  }
};

} // namespace ninc
