// Something that computes a model's outputs from its inputs: a library, or the interpreter.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "driver/Place.h"
#include "driver/Signature.h"
#include "execution/model/LoadedModel.h"
#include "support/Result.h"

namespace ninc {

struct ModelRunner {
  Signature signature;
  std::int64_t leastBatch = 1; // a run may have from so many images to signature.batch: either as many, or 1
  // In the signature's order, [images, shape...] each, signature.batch images unless others are taken. One
  // run at a time.
  std::function<Result<std::vector<Tensor>>(std::span<const Tensor>)> run;
  std::shared_ptr<LoadedModel> library; // null: the interpreter

  // Makes so many images what next runs have; an error where the library doesn't offer that.
  Result<void> takeImages(std::int64_t images) const;
};

// Of a library's first size.
Result<ModelRunner> libraryRunner(const std::filesystem::path &library, const Place &place);

// The same library at another of its sizes; the runner has no other use then.
Result<ModelRunner> atSize(const ModelRunner &runner, std::int32_t size);

// The graph must have its parameters bound.
ModelRunner referenceRunner(Graph graph);

// "x86-64-v4", "opencl f16": what the code that runs was compiled for.
std::string compiledFor(const LoadedModel &library);

} // namespace ninc
