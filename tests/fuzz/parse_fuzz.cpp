// libFuzzer target: any bytes give a sound graph that prints and reads back, or errors. Built with
// -DNINC_FUZZ=ON by clang; tests/files/parse is the corpus:
//   build-fuzz/parse_fuzz -max_total_time=60 corpus tests/files/parse
#include <cstdint>

#include "frontend/text/Parser.h"
#include "ir/Printer.h"
#include "ir/Verifier.h"
#include "tests/fuzz/Require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  using namespace ninc;
  std::string_view text(reinterpret_cast<const char *>(data), size);
  Diagnostics diagnostics;
  std::optional<Graph> graph = parseModel(text, diagnostics);
  require(graph.has_value() != diagnostics.hasErrors());
  require(!render(diagnostics, "fuzz.nin", text).empty() || graph);
  if (!graph) return 0;
  require(verify(*graph).empty());
  std::string printed = print(*graph);
  Diagnostics again;
  std::optional<Graph> copy = parseModel(printed, again);
  require(copy && print(*copy) == printed);
  return 0;
}
