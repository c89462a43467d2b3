// A library's kernels on this machine's CPU. DeviceProcessor has the same functions.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

#include "execution/model/RunShape.h"
#include "support/Result.h"

namespace ninc {

// Owns scratch and team. Move-only; the library must outlive it. One run at a time.
class CpuProcessor {
public:
  // threads = 1 makes no team. The library must be `supported` here.
  static Result<CpuProcessor> open(const ninc_model &model, int threads);

  // Bytes of scratch for so many threads.
  static std::int64_t scratchBytes(const ninc_model &model, int threads);

  // What next runs are; the library must offer it.
  void use(RunShape shape) { shape_ = shape; }

  // The version that a run's first images go through.
  const ninc_version &version() const;
  std::span<const ninc_kernel> kernels() const;
  const char *target() const { return model_->chosen_target(); }
  std::size_t counterCount() const { return static_cast<std::size_t>(model_->most_kernels); }

  Result<void> run(const void *const *inputs, void *const *outputs);
  Result<void> runCounting(const void *const *inputs, void *const *outputs,
                           std::span<std::uint64_t> counters);
  Result<void> runKernel(std::int32_t kernel, const void *const *inputs, void *const *outputs);
  // What has been computed, until the next run: offset and bytes are in scratch.
  Result<const void *> intermediate(std::int64_t offset, std::int64_t bytes);

  ninc_executor *team() const { return team_.get(); }
  void *scratch() const { return scratch_.get(); }

private:
  struct FreeMemory {
    void operator()(void *memory) const { std::free(memory); }
  };
  using Team = std::unique_ptr<ninc_executor, void (*)(ninc_executor *)>;

  explicit CpuProcessor(const ninc_model &model)
      : model_(&model), shape_(usualShape(model)), team_(nullptr, model.team_destroy) {}
  Result<void> checked(int status) const;

  const ninc_model *model_;
  RunShape shape_;
  std::unique_ptr<void, FreeMemory> scratch_;
  Team team_;
};

} // namespace ninc
