// Caffe's nets as a format of models among others (docs/import.md): a net's text, with a trained net's
// numbers.
#pragma once

#include "frontend/ModelFile.h"
#include "frontend/SupportedOperators.h"

namespace ninc {

// ImportOptions::weightFile is the trained net.
std::optional<ImportedModel> importCaffe(const ModelFile &file, const ImportOptions &options,
                                         Diagnostics &diagnostics);

// Caffe's layers, as far as they are imported.
std::vector<SupportedOperator> caffeLayers();

} // namespace ninc
