// What every importer promises of any file.
#pragma once

#include <optional>
#include <string>

#include "frontend/ModelFile.h"
#include "frontend/text/Parser.h"
#include "ir/Printer.h"
#include "ir/Verifier.h"
#include "support/Diagnostics.h"
#include "support/Utf8.h"
#include "tests/fuzz/Require.h"

namespace ninc {

inline void requireSafeToShow(const Diagnostics &diagnostics, const std::string &file,
                              std::string_view source) {
  for (const char c : render(diagnostics, file, source))
    require(c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= ' ');
}

// Of a text in the house's own language: what is printed is read back to itself.
inline void requireReadBack(const Graph &graph) {
  const std::string printed = print(graph);
  Diagnostics diagnostics;
  const std::optional<Graph> copy = parseModel(printed, diagnostics);
  require(copy && print(*copy) == printed);
}

// A sound graph or errors, never both.
inline void requireSound(const std::optional<ImportedModel> &model, const Diagnostics &diagnostics,
                         const std::string &file, std::string_view source) {
  require(model.has_value() != diagnostics.hasErrors());
  requireSafeToShow(diagnostics, file, source);
  if (!model) return;
  require(model->batch >= 1 && verify(model->graph).empty());
  requireReadBack(model->graph);
}

} // namespace ninc
