#include "execution/Measurement.h"

#include <algorithm>
#include <chrono>

namespace ninc {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Runs in the calling thread, for an executor without a team that still wants counters.
int runInOrder(void *, ninc_task task, void *closure, std::int32_t count) {
  for (std::int32_t i = 0; i < count; ++i)
    if (int status = task(closure, i)) return status;
  return 0;
}

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
  const ninc_model &model = library.descriptor();
  auto kernelCount = static_cast<std::size_t>(model.n_kernels);
  // The first run checks the inputs; after it, calls go straight to the library.
  Result<std::vector<Tensor>> first = library.run(inputs);
  if (!first) return tl::unexpected(first.error());

  std::vector<const void *> in;
  for (const Tensor &tensor : inputs)
    in.push_back(tensor.data.data());
  std::vector<void *> out;
  for (Tensor &tensor : *first)
    out.push_back(tensor.data.data());

  std::vector<std::uint64_t> counters(kernelCount);
  ninc_executor counting{runInOrder, nullptr, 1, counters.data()};
  if (library.team()) {
    counting = *library.team();
    counting.kernel_ns = counters.data();
  }

  std::vector<double> whole;
  std::vector<std::vector<double>> perKernel(kernelCount);
  Clock::time_point start = Clock::now();
  while (secondsSince(start) < options.warmUpSeconds)
    if (int status = model.run(in.data(), out.data(), library.scratch(), library.team()))
      return failInternal(model.strerror(status));

  start = Clock::now();
  while (whole.size() < options.maxRuns &&
         (whole.size() < options.minRuns || secondsSince(start) < options.minSeconds)) {
    Clock::time_point before = Clock::now();
    int status = model.run(in.data(), out.data(), library.scratch(), library.team());
    whole.push_back(secondsSince(before));
    if (status == NINC_OK) {
      std::ranges::fill(counters, 0);
      status = model.run(in.data(), out.data(), library.scratch(), &counting);
      for (std::size_t k = 0; k < kernelCount; ++k)
        perKernel[k].push_back(static_cast<double>(counters[k]) * 1e-9 / model.batch);
    }
    if (status != NINC_OK) return failInternal(model.strerror(status));
  }

  ModelTiming timing;
  timing.runs = whole.size();
  timing.seconds = distributionOf(std::move(whole));
  for (std::size_t k = 0; k < kernelCount; ++k)
    timing.kernels.push_back({&model.kernels[k], distributionOf(std::move(perKernel[k]))});
  return timing;
}

} // namespace ninc
