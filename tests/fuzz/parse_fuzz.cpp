// libFuzzer target: any bytes as a model's text give a sound graph that prints and reads back, or errors.
// tests/files/parse is where it starts.
#include <cstdint>

#include "tests/fuzz/Imported.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  using namespace ninc;
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  Diagnostics diagnostics;
  const std::optional<Graph> graph = parseModel(text, diagnostics);
  require(graph.has_value() != diagnostics.hasErrors());
  requireSafeToShow(diagnostics, "fuzz.nin", text);
  if (!graph) return 0;
  require(verify(*graph).empty());
  requireReadBack(*graph);
  return 0;
}
