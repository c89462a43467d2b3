#include "driver/LibraryRuns.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

#include "driver/Signature.h"
#include "execution/model/Status.h"
#include "support/Counted.h"

namespace ninc {

namespace {

// Asks the library for each target in turn, and leaves it with the one that it had.
std::vector<std::string> targetsHere(const ninc_model &model) {
  const std::string chosen = model.chosen_target();
  const char *only = std::getenv("NINC_TARGET");
  if (only && *only) return {chosen};
  std::vector<std::string> targets;
  for (std::int32_t i = 0; i < model.n_versions; ++i) {
    const std::string target = model.versions[i].target;
    if (std::ranges::count(targets, target) == 0 && model.use_target(target.c_str()) == NINC_OK)
      targets.push_back(target);
  }
  model.use_target(chosen.c_str());
  return targets;
}

bool hasInputs(const Graph &graph, const ninc_model &model, RunShape shape) {
  const Signature wanted = signatureOf(model, shape), has = signatureOf(graph);
  return std::ranges::equal(wanted.inputs, has.inputs, {}, &NamedShape::shape, &NamedShape::shape);
}

} // namespace

std::vector<LibraryRun> runsOf(const LoadedModel &library) {
  const ninc_model &model = library.descriptor();
  std::vector<LibraryRun> runs;
  if (library.half()) {
    for (std::int32_t size = 0; size < model.n_sizes; ++size)
      runs.push_back({"", {size, model.batch}});
    return runs;
  }
  for (const std::string &target : targetsHere(model))
    for (std::int32_t i = 0; i < model.n_versions; ++i) {
      const ninc_version &version = model.versions[i];
      const bool isFixed = model.least_batch == model.batch;
      if (version.target == target)
        runs.push_back({target, {version.size, isFixed ? model.batch : version.group}});
    }
  return runs;
}

Result<void> use(LoadedModel &library, const LibraryRun &run) {
  const ninc_model &model = library.descriptor();
  if (!run.target.empty())
    if (const int status = model.use_target(run.target.c_str()); status != NINC_OK)
      return tl::unexpected(statusError(model, status, fmt::format("target {}", run.target)));
  return library.use(run.shape);
}

std::string distinction(const LoadedModel &library, const LibraryRun &run) {
  const ninc_model &model = library.descriptor();
  std::vector<std::string> words;
  if (!run.target.empty() && std::string_view(model.target).find(',') != std::string_view::npos)
    words.push_back(run.target);
  if (model.n_sizes > 1) words.push_back(fmt::format("size {}", run.shape.size));
  if (!library.half() && model.least_batch < model.batch) words.push_back(counted(run.shape.images, "image"));
  std::string text;
  for (const std::string &word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

const Graph *graphFor(const LoadedModel &library, const LibraryRun &run,
                      const std::vector<const Graph *> &sizes) {
  for (const Graph *graph : sizes)
    if (hasInputs(*graph, library.descriptor(), run.shape)) return graph;
  return nullptr;
}

} // namespace ninc
