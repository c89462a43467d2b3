// A model file of any kind -> graph with its weights: what every command begins with.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "frontend/ModelFile.h"

namespace ninc {

// What a model was read from, kept to show diagnostics with their source line.
struct ModelSource {
  std::string file; // as given on the command line
  std::string text; // empty for binary formats
};

// Reads `file` and has it imported by the front end of its suffix. Empty when errors were reported. `source`
// is filled either way.
std::optional<ImportedModel> loadModel(const std::filesystem::path &file, const ImportOptions &options,
                                       ModelSource &source, Diagnostics &diagnostics);

} // namespace ninc
