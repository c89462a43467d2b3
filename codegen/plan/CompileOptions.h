// What a model is compiled for, and how.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "codegen/schedule/ScheduleChoice.h"
#include "codegen/spec/Exactness.h"
#include "codegen/spec/KernelSpec.h"
#include "support/Result.h"

namespace ninc {

struct CompileOptions {
  Target target;
  std::vector<GpuTarget> devices; // that the library also has code for; at most one an api
  bool withoutCpu = false;        // the CPU's half computes nothing: for who only looks at devices
  std::int64_t batch = 1;
  unsigned jobs = 2;                        // kernels compiled at once
  Exactness exactness = Exactness::fast; // what default schedules may use
  // Chooses the schedule of a kernel; empty means defaultSchedule. `name` is the node's first result. What it
  // returns is taken as it is, legal or not: tests break schedules with it. An error ends the compilation.
  std::function<Result<ScheduleChoice>(const KernelSpec &, const std::string &name)> chooseSchedule;
  std::filesystem::path saveTemps; // folder for objects and the host module; empty: none are kept
};

} // namespace ninc
