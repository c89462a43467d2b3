// A library's kernels on a device. CpuProcessor has the same functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "execution/devices/DeviceChoice.h"
#include "runtime/ninc_devices.h"
#include "support/Result.h"

namespace ninc {

// What the library has for this kind of device and size, or null.
const ninc_device_half *deviceHalf(const ninc_model &model, ninc_device_kind kind, std::int32_t size = 0);

// Owns states on the device. Move-only; the library must outlive it. One run at a time.
class DeviceProcessor {
public:
  // `half` is the model's for the device's kind. Compiles its kernels, which may take seconds.
  static Result<DeviceProcessor> open(const ninc_model &model, const ninc_device_half &half,
                                      DeviceChoice device);

  std::span<const ninc_kernel> kernels() const;
  const char *target() const { return half_->target; }
  const ninc_device_half &half() const { return *half_; }
  DeviceChoice device() const { return device_; }
  // One a kernel, then copies to the device, then copies from it.
  std::size_t counterCount() const { return kernels().size() + 2; }

  Result<void> run(const void *const *inputs, void *const *outputs);
  Result<void> runCounting(const void *const *inputs, void *const *outputs,
                           std::span<std::uint64_t> counters);
  Result<void> runKernel(std::int32_t kernel, const void *const *inputs, void *const *outputs);
  // What has been computed, until the next call: offset and bytes are in the arena.
  Result<const void *> intermediate(std::int64_t offset, std::int64_t bytes);

private:
  using State = std::unique_ptr<ninc_state, void (*)(ninc_state *)>;

  DeviceProcessor(const ninc_model &model, const ninc_device_half &half, DeviceChoice device)
      : model_(&model), half_(&half), device_(device), state_(nullptr, model.devices->destroy),
        counting_(nullptr, model.devices->destroy) {}
  Result<State> makeState(std::uint64_t *counters) const;
  Result<void> checked(int status, const State &state) const;

  const ninc_model *model_;
  const ninc_device_half *half_;
  DeviceChoice device_;
  State state_;
  // Measures, which burdens its runs, so it is another state than that of plain runs; made when first asked
  // for. It adds to counters_.
  std::vector<std::uint64_t> counters_;
  State counting_;
  std::vector<std::byte> arena_; // what has been read of it last
};

} // namespace ninc
