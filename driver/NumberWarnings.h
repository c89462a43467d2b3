// What there is to warn of, once each, of numbers that kernels can't promise anything for
// (docs/numerics.md): infinities and NaNs that go in, numbers beyond the range of Winograd's transforms, and
// what leaves the range of f32 between finite inputs and the outputs.
#pragma once

#include <map>
#include <span>

#include "driver/Signature.h"
#include "execution/model/LoadedModel.h"
#include "support/Diagnostics.h"

namespace ninc {

class NumberWarnings {
public:
  // `library` is what computes; null for the reference, whose range is f32's. Both outlive this.
  NumberWarnings(const Signature &signature, LoadedModel *library);

  // Of each input, [images, shape...] or the shape alone. Before the run.
  void ofInputs(std::span<const Tensor> inputs, Diagnostics &diagnostics);
  // Of what the kernels make of the inputs one after another, for the first image: where that was looked at
  // once before, only if the inputs are larger than pixels are.
  Result<void> ofKernels(std::span<const Tensor> inputs, Diagnostics &diagnostics);
  // Of each output, [images, shape...]. After the run.
  void ofOutputs(std::span<const Tensor> outputs, Diagnostics &diagnostics);

private:
  const Signature &signature_;
  LoadedModel *library_;
  bool usesWinograd_ = false, areInputsFinite_ = true, isRangeSaid_ = false;
  bool haveKernelsRun_ = false, isOverflowSaid_ = false;
};

} // namespace ninc
