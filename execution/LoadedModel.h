// A compiled library in this process: opened, checked, ready to run. Knows nothing of how it was made.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ir/Tensor.h"
#include "runtime/ninc_model.h"
#include "support/Result.h"

namespace ninc {

// Owns the handle of a shared library, its scratch and its team. Move-only. One run at a time.
class LoadedModel {
public:
  // Opens the library, finds its descriptor, checks ABI and CPU. threads = 1 makes no team.
  static Result<LoadedModel> open(const std::filesystem::path &library, int threads);

  LoadedModel(LoadedModel &&) noexcept;
  LoadedModel &operator=(LoadedModel &&) noexcept;
  ~LoadedModel();

  const ninc_model &descriptor() const;
  // The team that runs use, or null for one thread; owned by this.
  ninc_executor *team() const;
  // Scratch of the size and alignment that the model asks for; owned by this.
  void *scratch() const;

  // Inputs in descriptor order, [batch, shape...] row-major each; outputs likewise.
  Result<std::vector<Tensor>> run(std::span<const Tensor> inputs);

  // Runs kernel after kernel on image 0 and calls `visit(kernel, result, tensor)` with each result in
  // row-major logical order, right after its kernel, before anything can overwrite it.
  using Visit = std::function<void(const ninc_kernel &, int result, const Tensor &)>;
  Result<void> runStepwise(std::span<const Tensor> inputs, const Visit &visit);

private:
  struct State;
  Result<std::vector<const void *>> checkedInputs(std::span<const Tensor> inputs) const;
  std::vector<Tensor> emptyOutputs() const;
  explicit LoadedModel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace ninc
