// A function for each step of a program's versions for CPUs: it calls the step's kernel on the images of a
// group. In C (M is the model's name; names with dots begin with "ninc.", see codegen/program/Symbols.h):
//
//   static int M.version0.step0.stage1(inputs, outputs, scratch, executor) {
//     struct ninc_kernel_context context = {executor, scratch + scratch_bytes, slice_bytes, 0, 0};
//     halide_buffer_t buffers[] = a copy of a constant with all but the hosts;
//     for (image = 0; image < group; image += images)            // no loop if the kernel computes all
//       set the hosts to inputs[0], M.weights + 0, ...;
//       if (M.kernel0.stage1(&context, &buffers[0], &buffers[1], ...) | context.status)
//         return NINC_ERROR_THREADS;
//     return NINC_OK;
//   }
//
// A model may have thousands of steps: what there is of each is small, and no function grows with them, since
// LLVM's time for one does more than that.
#pragma once

#include <vector>

#include "codegen/library/HostCode.h"
#include "codegen/program/Program.h"

namespace ninc {

// Of each of the program's versions, in the order of its steps; internal, of HostCode::runType. The program's
// kernels, the weights and the runtime are referred to as symbols.
std::vector<std::vector<llvm::Function *>> buildSteps(HostCode &code, const Program &program);

} // namespace ninc
