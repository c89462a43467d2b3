// A tuning of models from beginning to end: what is tuned and where, the search, the models' judgement.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "driver/Listener.h"
#include "driver/Resolve.h"
#include "support/Result.h"
#include "tuner/bundle/Bundle.h"
#include "tuner/machine/Machine.h"
#include "tuner/session/Judgement.h"
#include "tuner/session/Summary.h"
#include "tuner/session/Tuner.h"

namespace ninc {

// The kernels index, index + count, ... counted from 0.
struct Shard {
  std::size_t index = 0, count = 1;
};

// "2/8"; of an empty text, all kernels. The error is about usage.
Result<Shard> parseShard(const std::string &text);

struct TuneRequest {
  Request request; // its model means nothing
  std::vector<std::string> models;
  Shard shard;
  bool forBundle = false; // nothing is measured here, so the code need not run here
};

struct PreparedTuning {
  Build build;
  CompileOptions compiling; // of the target's CPU and devices the one that is tuned

  const Target &cpu() const { return build.targets.cpus.front(); } // what is tuned, or hosts the device
  Machine machine;
  std::vector<JudgedModel> models; // as in the request
  std::vector<KernelToTune>
      kernels; // the distinct ones in the order in which they are met; of these the shard's
};

// Errors: what can't be resolved, or measured here; a model that can't be read.
Result<PreparedTuning> prepareTuning(const TuneRequest &request, const Listener &listener,
                                     std::shared_ptr<DevicesHere> devices = std::make_shared<DevicesHere>());

struct Tuned {
  TuningSummary summary;
  Result<void> recorded; // the models' verdicts
};

// Searches for `seconds`, or until nothing more helps, and lets the models judge; measurements are added to
// the database as they come, verdicts at the end. `prepared` outlives the call's hooks.
Result<Tuned> tuneModels(const PreparedTuning &prepared, const std::filesystem::path &database,
                         std::optional<double> seconds, std::optional<std::size_t> candidates,
                         const TuningHooks &hooks, const Listener &listener);

// Writes a folder that another machine measures.
Result<BundleStatistics> bundleKernels(const PreparedTuning &prepared, std::size_t candidates,
                                       const std::filesystem::path &folder, const TuningHooks &hooks);

} // namespace ninc
