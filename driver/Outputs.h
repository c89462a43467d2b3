// What a compile writes: its output, of a form that the suffix says, and what comes beside that.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codegen/library/Product.h"
#include "driver/OutputFiles.h"
#include "ir/Graph.h"
#include "support/Result.h"

namespace ninc {

struct Outputs {
  std::filesystem::path output;
  std::string form = {};        // "so", "nin", ...; empty: the output's suffix
  bool saveTemps = false;       // the kernels' objects and the host module, in OUT.temps/
  bool dependencyFile = false;  // OUT.d, a rule for make
  bool externalWeights = false; // of a library: in OUT.weights
};

struct OutputForm {
  std::string suffix; // "so"
  OutputKind kind = OutputKind::library;
  std::optional<Product> product; // of the back end; without one it is made of the graph
};

// ".a .dot .h ...": every suffix there is.
std::string outputSuffixes();

// A usage error where neither the wish nor the suffix is one of those, or where the output has no place
// beside it for what is to be kept.
Result<OutputForm> formOf(const Outputs &outputs);

// Everything that will be written, to be checked before the work; a stream has nothing beside it.
std::vector<OutputFile> filesOf(const Outputs &outputs, const OutputForm &form);

// Writes the IR after the passes, as text with the weights that belong to it beside it (to a stream goes the
// text alone), or as a drawing.
Result<void> writeGraph(const Graph &optimised, OutputKind kind, const std::filesystem::path &output);

// The folder for what lies between, with the IR in it; an empty path if nothing is kept. It is a new one, an
// empty one, or one that was made for the same model: its names are so plain that others' files would hardly
// be missed at once. Nothing in it that may be replaced is anything else than what ninc puts there, or an
// input.
Result<std::filesystem::path> temporariesOf(const Outputs &outputs, const Graph &optimised,
                                            std::span<const InputFile> inputs);

// Make's rule for the output, if one is wanted: all that was read to make it.
Result<void> writeRuleForMake(const Outputs &outputs, std::span<const InputFile> inputs);

} // namespace ninc
