#include "execution/model/CpuProcessor.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <string_view>

#include "execution/model/Status.h"

namespace ninc {

namespace {

// Runs in the calling thread, for an executor without a team that still wants counters.
int runInOrder(void *, ninc_task task, void *closure, std::int32_t count) {
  for (std::int32_t i = 0; i < count; ++i)
    if (int status = task(closure, i)) return status;
  return 0;
}

} // namespace

std::int64_t CpuProcessor::scratchBytes(const ninc_model &model, int threads) {
  return model.scratch_bytes + threads * model.scratch_bytes_per_thread;
}

Result<CpuProcessor> CpuProcessor::open(const ninc_model &model, int threads) {
  CpuProcessor processor(model);
  // aligned_alloc wants a multiple of the alignment, and at least something to point at.
  const auto alignment = static_cast<std::size_t>(model.scratch_alignment);
  const std::size_t bytes =
      (static_cast<std::size_t>(scratchBytes(model, threads)) / alignment + 1) * alignment;
  processor.scratch_.reset(std::aligned_alloc(alignment, bytes));
  if (!processor.scratch_) return fail(fmt::format("no memory for {} bytes of scratch", bytes));
  std::memset(processor.scratch_.get(), 0, bytes);
  if (threads > 1) {
    int status = NINC_OK;
    processor.team_.reset(model.team_create(threads, &status));
    if (!processor.team_)
      return fail(fmt::format("a team of {} threads: {} (code {})", threads, model.strerror(status), status));
  }
  return processor;
}

const ninc_version &CpuProcessor::version() const {
  const std::string_view target = model_->chosen_target();
  const std::span versions(model_->versions, static_cast<std::size_t>(model_->n_versions));
  const auto fits = [&](const ninc_version &version) {
    return version.target == target && version.size == shape_.size && version.group <= shape_.images;
  };
  return *std::ranges::find_if(versions, fits); // a library has one for all that it offers (DescriptorCheck)
}

std::span<const ninc_kernel> CpuProcessor::kernels() const {
  const ninc_version &runs = version();
  return {runs.kernels, static_cast<std::size_t>(runs.n_kernels)};
}

Result<void> CpuProcessor::checked(int status) const {
  if (status == NINC_OK) return {};
  return tl::unexpected(statusError(*model_, status, "running the model"));
}

Result<void> CpuProcessor::run(const void *const *inputs, void *const *outputs) {
  return checked(model_->run_batch(shape_.size, shape_.images, inputs, outputs, scratch(), team()));
}

Result<void> CpuProcessor::runCounting(const void *const *inputs, void *const *outputs,
                                       std::span<std::uint64_t> counters) {
  ninc_executor counting = team() ? *team() : ninc_executor{runInOrder, nullptr, 1, nullptr};
  counting.kernel_ns = counters.data();
  std::ranges::fill(counters, 0);
  return checked(model_->run_batch(shape_.size, shape_.images, inputs, outputs, scratch(), &counting));
}

Result<void> CpuProcessor::runKernel(std::int32_t kernel, const void *const *inputs, void *const *outputs) {
  const ninc_kernel &chosen = kernels()[static_cast<std::size_t>(kernel)];
  const int status = chosen.run(inputs, outputs, scratch(), team());
  if (status == NINC_OK) return {};
  return tl::unexpected(statusError(*model_, status, fmt::format("kernel '{}'", chosen.name)));
}

Result<const void *> CpuProcessor::intermediate(std::int64_t offset, std::int64_t) {
  return static_cast<const std::byte *>(scratch()) + offset;
}

} // namespace ninc
