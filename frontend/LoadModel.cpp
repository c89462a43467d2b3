#include "frontend/LoadModel.h"

#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "frontend/text/Parser.h"
#include "ir/Weights.h"
#include "support/Files.h"
#include "support/Spelling.h"

namespace ninc {

namespace {

// A model of a million ops is 64 MiB of text; what is larger is no model.
constexpr std::uint64_t largestText = std::uint64_t{64} << 20;

struct Frontend {
  std::string_view suffix;
  std::optional<Graph> (*parse)(std::string_view text, Diagnostics &diagnostics);
};

constexpr Frontend frontends[] = {{".nin", parseModel}};

const Frontend *frontendFor(const std::filesystem::path &file, Diagnostics &diagnostics) {
  std::string suffix = file.extension().string();
  std::vector<std::string_view> known;
  for (const Frontend &frontend : frontends) {
    if (suffix == frontend.suffix) return &frontend;
    known.push_back(frontend.suffix);
  }
  std::string list = fmt::format("{}", fmt::join(known, ", "));
  diagnostics.error({},
                    suffix.empty()
                        ? fmt::format("'{}' has no suffix that says what kind of model it is; ninc reads {}",
                                      file.string(), list)
                        : fmt::format("ninc can't read '{}' models; it reads {}", suffix, list),
                    didYouMean(suffix, known));
  return nullptr;
}

} // namespace

std::optional<Graph> loadModel(const std::filesystem::path &file, WeightLoading weights, ModelSource &source,
                               Diagnostics &diagnostics) {
  source = {file.string(), {}};
  const Frontend *frontend = frontendFor(file, diagnostics);
  if (!frontend) return std::nullopt;
  Result<std::string> text = readFile(file, largestText);
  if (!text) {
    diagnostics.error({}, text.error().message);
    return std::nullopt;
  }
  source.text = std::move(*text);
  std::optional<Graph> graph = frontend->parse(source.text, diagnostics);
  if (graph && weights == WeightLoading::bind && !bindWeights(*graph, file.parent_path(), diagnostics))
    return std::nullopt;
  return graph;
}

} // namespace ninc
