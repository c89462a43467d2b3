// Optimised graph -> library: the whole back end behind one call.
//
//   Graph --lower--> Program --compileKernel--> objects --+
//                       |                                 +-- link --> .so .a .o
//                       +-- emitHostModule, weights ------+
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "codegen/KernelSpec.h"
#include "codegen/Schedule.h"
#include "ir/Graph.h"
#include "support/Result.h"

namespace ninc {

// A kernel's schedule and, where it isn't the cost model's choice, where it comes from.
struct ScheduleChoice {
  ScheduleChoice(Schedule s, std::string from = {}) : schedule(std::move(s)), origin(std::move(from)) {}

  Schedule schedule;
  std::string origin; // for a remark: "tuned (...)"; empty: nothing is to be said
};

// The last two are text, of the host module alone: kernels come out of Halide as machine code.
enum class Product : std::uint8_t { sharedLibrary, archive, object, header, llvmIr, assembly };

struct CompileOptions {
  Target target;
  std::vector<GpuTarget> devices; // that the library also has code for; at most one an api
  bool withoutCpu = false;        // the CPU's half computes nothing: for who only looks at devices
  std::int64_t batch = 1;
  unsigned jobs = 2;                        // kernels compiled at once
  Arithmetic arithmetic = Arithmetic::fast; // what default schedules may use
  // Chooses the schedule of a kernel; empty means defaultSchedule. `name` is the node's first result. What it
  // returns is taken as it is, legal or not: tests break schedules with it. An error ends the compilation.
  std::function<Result<ScheduleChoice>(const KernelSpec &, const std::string &name)> chooseSchedule;
  std::filesystem::path saveTemps; // folder for objects and the host module; empty: none are kept
};

// Why a kernel is computed as it is.
struct ScheduleReason {
  std::string kernel; // name of its first result
  std::string text;   // a sentence without a full stop
  std::string device; // that it is a kernel for: "opencl"; empty: the CPU
};

// Of one device's half.
struct DeviceStatistics {
  std::string target; // "opencl", "sm_80"
  std::size_t kernels = 0;
  std::size_t launches = 0;
  std::int64_t weightBytes = 0;
  std::int64_t arenaBytes = 0;
};

struct CompileStatistics {
  std::size_t kernels = 0;         // steps
  std::size_t distinctKernels = 0; // compiled
  std::int64_t weightBytes = 0;
  std::int64_t scratchBytes = 0;
  std::vector<DeviceStatistics> devices;
  double kernelSeconds = 0, hostSeconds = 0, linkSeconds = 0;
  std::vector<ScheduleReason> reasons; // where there is something to say
};

// Writes `output` (and, for .so .a .o, the header beside it, same name with .h) atomically: on any failure
// neither file is touched. A library that goes to a device or a pipe comes without its header. The graph must
// be through the pipeline and have its parameters bound. One call at a time in a process, since it forks
// (codegen/KernelCompilation.h).
Result<CompileStatistics> compile(const Graph &graph, Product product, const std::filesystem::path &output,
                                  const CompileOptions &options);

} // namespace ninc
