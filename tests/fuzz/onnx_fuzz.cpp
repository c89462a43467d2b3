// libFuzzer target: any bytes as an ONNX file give a sound graph that prints and reads back, or errors.
#include <cstdint>
#include <string>

#include "frontend/onnx/OnnxModel.h"
#include "frontend/text/Parser.h"
#include "ir/Printer.h"
#include "ir/Verifier.h"
#include "tests/fuzz/Require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  using namespace ninc;
  Diagnostics diagnostics;
  std::optional<ImportedModel> model =
      importOnnx({"/nowhere/fuzz.onnx", std::string(data, data + size)}, {}, diagnostics);
  require(model.has_value() != diagnostics.hasErrors());
  require(!render(diagnostics, "fuzz.onnx", "").empty() || model);
  if (!model) return 0;
  require(model->batch >= 1 && verify(model->graph).empty());
  const std::string printed = print(model->graph);
  Diagnostics again;
  std::optional<Graph> copy = parseModel(printed, again);
  require(copy && print(*copy) == printed);
  return 0;
}
