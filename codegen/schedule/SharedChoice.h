// Schedules for kernels that read the same parameters.
//
// Versions of a library, for several CPUs, sizes or numbers of images, have kernels that compute the same op
// with the same parameters. Each kernel has its weights packed as its schedule reads them, and weights that
// are packed alike are stored once (codegen/program/WeightBlob.h). A panel of 48 channels is three registers
// of AVX-512 or six of AVX2; so where another layout than a kernel's best one costs it little, several take
// one layout together.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "codegen/schedule/ScheduleChoice.h"
#include "codegen/spec/KernelSpec.h"

namespace ninc {

// A schedule for each of the specs, which are for CPUs and of one op: as few layouts as it takes for none to
// be expected to cost more than `slack` times what the spec's best schedule costs. What stands in `given`,
// one element a spec, is decided already: it is taken as it is, and others may join its layout.
// Deterministic.
std::vector<ScheduleChoice> chooseSharing(std::span<const KernelSpec> specs,
                                          std::span<const std::optional<ScheduleChoice>> given,
                                          Exactness exactness, double slack);

} // namespace ninc
