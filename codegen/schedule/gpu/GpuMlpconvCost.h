// What a fused mlpconv's schedule is expected to take on a device: a model of one multiprocessor (32 threads
// step together, four such groups at once; one request to shared memory or L1 a clock) and of how many blocks
// it holds. The constants are those of NVIDIA's manuals (CUDA C++ Programming Guide, "Arithmetic
// Instructions" and "Shared Memory"); none is measured. Devices at hand are measured by `ninc tune`.
#pragma once

#include "codegen/schedule/gpu/GpuSchedule.h"

namespace ninc {

// Clocks of the kernel by a schedule, which must be legal for the spec.
double predictClocks(const MlpconvProblem &problem, const GpuMlpconvSchedule &schedule);

} // namespace ninc
