// Several kernels compiled at once, each in a process of its own.
//
// Halide numbers its temporary names from counters of the whole process, and orders some things by name. In
// one process a kernel's code would therefore depend on what was compiled before it and, with threads, on
// chance. A forked child starts from the same counters each time, so the same model gives the same bytes
// whatever `jobs` is; and a defect in Halide that ends the process ends the child, which is an error with a
// message here.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "codegen/kernel/Kernel.h"
#include "codegen/schedule/Schedule.h"
#include "codegen/spec/KernelSpec.h"
#include "support/Result.h"

namespace ninc {

struct KernelRequest {
  KernelSpec spec;
  Schedule schedule;
  std::string symbol;
};

// The kernels in the requests' order, at most `jobs` (at least 1) compiled at a time, fewer where the system
// has no more processes or descriptors. Of several errors the first request's is returned. Not to be called
// while another thread of the process uses Halide.
Result<std::vector<Kernel>> compileKernels(std::span<const KernelRequest> requests, unsigned jobs);

} // namespace ninc
