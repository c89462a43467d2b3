// `.nin` as a format of models among others: parsed, and its weights bound.
#pragma once

#include "frontend/ModelFile.h"

namespace ninc {

// A text says its shapes and outputs itself: asking for others is an error.
std::optional<ImportedModel> importText(const ModelFile &file, const ImportOptions &options,
                                        Diagnostics &diagnostics);

} // namespace ninc
