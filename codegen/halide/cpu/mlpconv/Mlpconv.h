// An mlpconv layer (Lin, Chen, Yan 2013, section 3.1) as one Halide kernel.
#pragma once

#include "codegen/halide/KernelPipeline.h"
#include "codegen/schedule/mlpconv/MlpconvSchedule.h"

namespace ninc {

// Arguments, in order: the input map; weights and bias of each convolution as packMlpconv arranges them; the
// spec's outputs; then, if needed, scratch: the input with its border (where the window has padding or the
// input isn't hwc), inner maps (panels), and the sums of each block (GAP). Schedules are taken as they are;
// see checkLegal.
KernelPipeline buildMlpconv(const KernelSpec &spec, const MlpconvSchedule &schedule);

} // namespace ninc
