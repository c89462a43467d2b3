// ONNX as a format of models among others (docs/import.md).
#pragma once

#include "frontend/ModelFile.h"

namespace ninc {

std::optional<ImportedModel> importOnnx(const ModelFile &file, const ImportOptions &options,
                                        Diagnostics &diagnostics);

} // namespace ninc
