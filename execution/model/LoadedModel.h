// A compiled library in this process: opened, checked, ready to run. Knows nothing of how it was made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "execution/devices/DeviceChoice.h"
#include "execution/model/RunShape.h"
#include "ir/Tensor.h"
#include "ir/Types.h"
#include "runtime/ninc_devices.h"
#include "support/Result.h"

namespace ninc {

// Owns the handle of a shared library and what its runs need, on the CPU or on a device. Move-only. One run
// at a time.
class LoadedModel {
public:
  // Opens the library, finds its descriptor, checks it, ABI and CPU. threads = 1 makes no team; a device has
  // none in any case. A library whose seal is broken is refused; one without a seal is opened and run in a
  // forked process first (execution/model/Trial.h), which isn't to be done while other threads run.
  static Result<LoadedModel> open(const std::filesystem::path &library, int threads,
                                  DeviceChoice device = {});

  LoadedModel(LoadedModel &&) noexcept;
  LoadedModel &operator=(LoadedModel &&) noexcept;
  ~LoadedModel();

  const ninc_model &descriptor() const;
  // What runs are from now on, instead of the usual one (RunShape.h). An error where the library doesn't
  // offer it.
  Result<void> use(RunShape shape);
  RunShape shape() const;
  std::int64_t images() const { return shape().images; }
  // Of one image, at the size of runs.
  std::span<const ninc_tensor> inputs() const;
  std::span<const ninc_tensor> outputs() const;
  // Those that run here: the CPU's that the first images of a run go through, or the device's.
  std::span<const ninc_kernel> kernels() const;
  // Images that pass them together.
  std::int64_t group() const;
  // What they were compiled for: "x86-64-v4", "opencl".
  const char *target() const;
  // What they keep weights and what lies between layers in.
  ElementType storage() const;
  // The library's half for the device; null on the CPU.
  const ninc_device_half *half() const;
  // The team that runs use, or null for one thread and on a device; owned by this.
  ninc_executor *team() const;
  // Scratch of the size and alignment that the model asks for, null on a device; owned by this.
  void *scratch() const;

  // Inputs in descriptor order, each [images, shape...] as it lies in memory (shapeInMemory), bytes as f32,
  // too; outputs likewise, numbers of elements as f32.
  Result<std::vector<Tensor>> run(std::span<const Tensor> inputs);
  // The same as the C interface has it: nothing is checked, nothing allocated.
  Result<void> run(const void *const *inputs, void *const *outputs);
  // A run that is slower and tells the nanoseconds that it has spent: in each kernel and, on a device, in
  // copies to it and then in copies from it. `counters` has room for counterCount() numbers.
  Result<void> runCounting(const void *const *inputs, void *const *outputs,
                           std::span<std::uint64_t> counters);
  std::size_t counterCount() const;

  // Runs kernel after kernel on image 0 and calls `visit(kernel, result, tensor)` with each result in
  // row-major logical order, right after its kernel, before anything can overwrite it.
  using Visit = std::function<void(const ninc_kernel &, int result, const Tensor &)>;
  Result<void> runStepwise(std::span<const Tensor> inputs, const Visit &visit);

private:
  struct State;
  static Result<LoadedModel> openTrusted(const std::filesystem::path &library, int threads,
                                         DeviceChoice device);
  static Result<void> useAll(const std::filesystem::path &library, int threads, DeviceChoice device);
  explicit LoadedModel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace ninc
