#include "frontend/import/Batch.h"

#include <fmt/format.h>

namespace ninc {

std::optional<std::int64_t> sharedBatch(const std::vector<InputShape> &inputs) {
  for (const InputShape &input : inputs)
    if (input.dims.size() < 2 || input.dims[0] != inputs[0].dims[0]) return std::nullopt;
  return inputs.empty() ? std::nullopt : std::optional(inputs[0].dims[0]);
}

std::int64_t writtenBatch(const std::vector<InputShape> &inputs) {
  if (inputs.empty() || inputs[0].dims.empty()) return 1;
  return inputs[0].written > 0 ? inputs[0].written : inputs[0].dims[0];
}

std::optional<ImportedModel> importWithBatch(const std::vector<InputShape> &inputs,
                                             const ImportOptions &options, const Attempt &attempt,
                                             Diagnostics &diagnostics) {
  const std::optional<std::int64_t> batch = sharedBatch(inputs);
  std::string why = "its inputs have no common first dimension";
  if (batch) {
    Diagnostics ofBatch;
    ImportAttempt withBatch = attempt(batch, ofBatch);
    why = fmt::format("the images of a batch meet at {}", withBatch.meeting);
    if (withBatch.meeting.empty()) {
      for (const Diagnostic &each : ofBatch.all())
        diagnostics.add(each);
      diagnostics.remark("import", {},
                         fmt::format("the first dimension of all inputs is the batch, {}", *batch));
      if (!withBatch.graph) return std::nullopt;
      return ImportedModel{
          .graph = std::move(*withBatch.graph), .batch = *batch, .origin = std::move(withBatch.origin)};
    }
  }
  if (options.batch.value_or(1) != 1) {
    diagnostics.error({}, fmt::format("the model can't have a batch of {}: {}", *options.batch, why),
                      "leave --batch out; --shape gives inputs the extents that they are to have");
    return std::nullopt;
  }
  diagnostics.remark("import", {}, fmt::format("there is no batch: {}", why));
  ImportAttempt whole = attempt(std::nullopt, diagnostics);
  if (!whole.graph) return std::nullopt;
  return ImportedModel{.graph = std::move(*whole.graph), .batch = 1, .origin = std::move(whole.origin)};
}

} // namespace ninc
