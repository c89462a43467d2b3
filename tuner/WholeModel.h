// The last judge of what a search has found: the whole model, with the old schedules and with the new ones,
// in one interleaved run.
//
// A kernel that wins alone may lose in its model: it finds other things in the caches than it did alone. So
// kernels that are slower there get their default back, and if the model as a whole isn't faster beyond doubt
// then none of the new schedules is kept.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "codegen/Compile.h"
#include "tuner/KernelTuning.h"
#include "tuner/Runner.h"
#include "tuner/Summary.h"

namespace ninc {

struct ModelToCheck {
  const Graph &written;   // with its parameters, for the reference
  const Graph &optimised; // through the pipeline
};

struct ModelCheck {
  ModelSummary summary;
  std::vector<Verdict> verdicts;              // of the kernels whose schedules were tried
  std::map<std::string, std::string> remarks; // by the spec's hash: why a kernel's default stays
};

// `found` are the verdicts of the search; those that keep the default are of no account. `options` are those
// that the kernels were planned with; its chooseSchedule isn't used.
Result<ModelCheck> checkWholeModel(const ModelToCheck &model, const CompileOptions &options,
                                   const std::vector<Verdict> &found, const Runner &runner,
                                   const MeasuringOptions &measuring);

} // namespace ninc
