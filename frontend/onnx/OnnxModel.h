// ONNX as a format of models among others (docs/import.md).
#pragma once

#include "frontend/ModelFile.h"
#include "frontend/SupportedOperators.h"

namespace ninc {

std::optional<ImportedModel> importOnnx(const ModelFile &file, const ImportOptions &options,
                                        Diagnostics &diagnostics);

// ONNX's operators, as far as they are imported.
std::vector<SupportedOperator> onnxOperators();

} // namespace ninc
