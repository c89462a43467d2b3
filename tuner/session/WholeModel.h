// The last judge of what a search has found: the whole model, with the old schedules and with the new ones,
// in interleaved runs.
//
// A kernel that wins alone may lose in its model: it finds other things in the caches than it did alone. So
// kernels that are slower there get their default back, and if the model as a whole isn't faster beyond doubt
// then none of the new schedules is kept.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "codegen/Compile.h"
#include "tuner/machine/Machine.h"
#include "tuner/measure/JobRunner.h"
#include "tuner/measure/Measuring.h"
#include "tuner/records/Record.h"
#include "tuner/session/Summary.h"

namespace ninc {

struct ModelToCheck {
  const Graph &written;   // with its parameters, for the reference
  const Graph &optimised; // through the pipeline
};

struct ModelCheck {
  ModelSummary summary;
  std::map<RecordKey, Verdict> kept;         // of the kernels whose new schedules the model keeps
  std::map<RecordKey, std::string> rejected; // and why it keeps the default of others
};

// `found` are the new schedules; kernels that aren't among them are computed as `options` say in both
// libraries. `options` are those that the kernels were planned with; for a device's kernels, the device is
// among theirs. What goes wrong with the new library rejects its schedules; an error is one of the model's,
// or the system's.
//
// On a device the model is faster if its kernels are, by the device's clock, and the whole run with its
// copies isn't slower.
Result<ModelCheck> checkWholeModel(const ModelToCheck &model, const CompileOptions &options,
                                   const Machine &machine, const std::map<RecordKey, Verdict> &found,
                                   const JobRunner &runner, const MeasuringOptions &measuring);

} // namespace ninc
