#include "execution/model/Measurement.h"

#include <algorithm>
#include <chrono>

#include "execution/model/InputMemory.h"
#include "execution/model/OutputMemory.h"

namespace ninc {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Runs of a model that count, and the seconds for one image that they have counted.
class Counted {
public:
  explicit Counted(LoadedModel &library)
      : library_(library), counters_(library.counterCount()), samples_(counters_.size()) {}

  // The first run of all makes a device ready for counting.
  Result<void> warmUp(const void *const *inputs, void *const *outputs) {
    return library_.runCounting(inputs, outputs, counters_);
  }

  Result<void> run(const void *const *inputs, void *const *outputs) {
    auto done = library_.runCounting(inputs, outputs, counters_);
    double kernels = 0;
    for (std::size_t i = 0; i < counters_.size(); ++i) {
      const double seconds =
          static_cast<double>(counters_[i]) * 1e-9 / static_cast<double>(library_.images());
      samples_[i].push_back(seconds);
      if (i < library_.kernels().size()) kernels += seconds;
    }
    allKernels_.push_back(kernels);
    return done;
  }

  void report(ModelTiming &timing) const {
    const std::span<const ninc_kernel> kernels = library_.kernels();
    for (std::size_t k = 0; k < kernels.size(); ++k)
      timing.kernels.push_back({&kernels[k], distributionOf(samples_[k])});
    if (library_.half())
      timing.device = {distributionOf(allKernels_), distributionOf(samples_[kernels.size()]),
                       distributionOf(samples_[kernels.size() + 1])};
  }

private:
  LoadedModel &library_;
  std::vector<std::uint64_t> counters_;
  std::vector<std::vector<double>> samples_; // by counter
  std::vector<double> allKernels_;
};

} // namespace

Distribution distributionOf(std::vector<double> samples) {
  std::ranges::sort(samples);
  std::size_t last = samples.size() - 1;
  std::size_t rank99 = (samples.size() * 99 + 99) / 100 - 1;
  double median = (samples[last / 2] + samples[samples.size() / 2]) / 2;
  return {samples.front(), median, samples[std::min(rank99, last)]};
}

Result<ModelTiming> measure(LoadedModel &library, std::span<const Tensor> inputs,
                            const TimingOptions &options) {
  // The first run checks the inputs; after it, calls go straight to the library.
  Result<std::vector<Tensor>> first = library.run(inputs);
  if (!first) return tl::unexpected(first.error());

  const Result<InputMemory> memory = InputMemory::of(library.inputs(), library.images(), inputs);
  if (!memory) return tl::unexpected(memory.error());
  const void *const *in = memory->addresses();
  OutputMemory outputs(library.outputs(), library.images());
  void *const *out = outputs.addresses();

  Clock::time_point start = Clock::now();
  while (secondsSince(start) < options.warmUpSeconds)
    if (auto done = library.run(in, out); !done) return tl::unexpected(done.error());

  Counted counted(library);
  if (auto done = counted.warmUp(in, out); !done) return tl::unexpected(done.error());

  std::vector<double> whole;
  start = Clock::now();
  while (whole.size() < options.maxRuns &&
         (whole.size() < options.minRuns || secondsSince(start) < options.minSeconds)) {
    Clock::time_point before = Clock::now();
    Result<void> done = library.run(in, out);
    whole.push_back(secondsSince(before));
    if (done) done = counted.run(in, out);
    if (!done) return tl::unexpected(done.error());
  }

  ModelTiming timing;
  timing.runs = whole.size();
  timing.seconds = distributionOf(std::move(whole));
  counted.report(timing);
  return timing;
}

} // namespace ninc
