// libFuzzer target: any bytes as an ONNX file give a sound graph that prints and reads back, or errors.
#include <cstdint>
#include <string>

#include "frontend/onnx/OnnxModel.h"
#include "tests/fuzz/Imported.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  using namespace ninc;
  Diagnostics diagnostics;
  const std::optional<ImportedModel> model =
      importOnnx({"/nowhere/fuzz.onnx", std::string(data, data + size)}, {}, diagnostics);
  requireSound(model, diagnostics, "fuzz.onnx", "");
  return 0;
}
