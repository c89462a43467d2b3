// Timing compiled models: how long a run takes, where the time goes, and what the machine could do at best.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "execution/model/LoadedModel.h"

namespace ninc {

struct TimingOptions {
  double minSeconds = 1.0; // of measured runs altogether
  std::size_t minRuns = 10;
  std::size_t maxRuns = 100000;
  double warmUpSeconds = 0.2;
};

struct Distribution {
  double min = 0, median = 0, p99 = 0; // seconds
};

struct KernelTiming {
  const ninc_kernel *kernel = nullptr; // points into the library
  Distribution seconds;                // for one image
};

// Where a run on a device spends its time, on the device's clock; for one image.
struct DeviceTiming {
  Distribution kernels; // all of them together
  Distribution copiesIn, copiesOut;
};

struct ModelTiming {
  std::size_t runs = 0;
  Distribution seconds; // of a whole run, from host memory to host memory: of all its images
  std::vector<KernelTiming> kernels;
  std::optional<DeviceTiming> device; // of a model on a device
};

// Sorts its copy; `samples` must not be empty. p99 is the nearest-rank percentile.
Distribution distributionOf(std::vector<double> samples);

// Runs the model until the options are satisfied. Whole runs and per-kernel counters are measured in
// separate, interleaved runs, so that reading clocks inside doesn't burden the former.
Result<ModelTiming> measure(LoadedModel &library, std::span<const Tensor> inputs,
                            const TimingOptions &options = {});

// Fused multiply-adds a second, times two, that `threads` threads of this machine reach together with
// independent accumulators in the widest vectors it has: the peak that percentages refer to. The best of
// many short bursts within a tenth of a second. An error where so many threads can't be made.
Result<double> measurePeakFlops(int threads);

} // namespace ninc
