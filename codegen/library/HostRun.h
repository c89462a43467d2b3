// A run of a program's CPU half, over arrays of pointers. In C:
//
//   static int run(inputs, outputs, scratch, executor) {
//     check arguments, then the CPU;
//     for (image = 0; image < batch; image += group)             // no loop if the group is the batch
//       for each step of a table: call it, add its time if executor->kernel_ns is set, leave on an error;
//   }
#pragma once

#include <cstdint>
#include <vector>

#include "codegen/library/HostCode.h"
#include "codegen/program/Program.h"

namespace ninc {

// What the runtime's ninc_cpu_check is asked for: a NINC_CPU_... of runtime/cpu/runtime.h.
std::int32_t cpuLevel(Isa isa);

// Internal, of HostCode::runType. `steps` has one function for each of the program's steps.
llvm::Function *buildRun(HostCode &code, const Program &program, const std::vector<llvm::Function *> &steps);

} // namespace ninc
