// A model file of any kind -> Graph with its weights: what every command begins with.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "ir/Graph.h"
#include "support/Diagnostics.h"

namespace ninc {

// What a model was read from, kept to show diagnostics with their source line.
struct ModelSource {
  std::string file; // as given on the command line
  std::string text; // empty for binary formats
};

enum class WeightLoading { bind, skip };

// Reads `file`, picks the frontend by its suffix, parses, binds weights (unless skipped, for `show`).
// Empty when errors were reported. `source` is filled either way.
std::optional<Graph> loadModel(const std::filesystem::path &file, WeightLoading weights, ModelSource &source,
                               Diagnostics &diagnostics);

} // namespace ninc
