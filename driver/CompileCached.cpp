#include "driver/CompileCached.h"

#include <fmt/format.h>

#include "codegen/Checksum.h"
#include "driver/BuildId.h"
#include "driver/Version.h"
#include "ir/Printer.h"
#include "ir/ops/Parameters.h"
#include "support/Files.h"
#include "support/TemporaryFiles.h"

namespace ninc {

namespace {

// Of all weights.
std::string parametersChecksum(const Graph &graph) {
  std::string checksums;
  for (Node node : graph.topologicalOrder()) {
    Op op = graph.op(node);
    std::vector<TensorType> types = graph.operandTypes(node);
    for (const ParameterSlot &slot : parameterSlots(op, types))
      if (const Parameter &tensor = *slot.parameter)
        checksums += checksum(
            {reinterpret_cast<const char *>(tensor->data.data()), tensor->data.size() * sizeof(float)});
  }
  return checksum(checksums);
}

// A library tells the names that the model's file has.
std::string originalNames(const Graph &graph) {
  std::string lines;
  for (const auto &[name, original] : graph.originalNames)
    lines += fmt::format("{} {}\n", name, original);
  return lines;
}

constexpr std::string_view cacheHint = "XDG_CACHE_HOME names another place for it, docs/cache.md says more";

// An error says why libraries can't be kept, or found again.
Result<LibraryCache> cacheFor(const Build &build) {
  if (buildId().empty())
    return fail("this ninc was linked without a build id, so its libraries can't be told from another one's");
  if (!build.scheduleFile.empty() && readsOnce(build.scheduleFile))
    return fail(fmt::format("'{}' can be read only once", build.scheduleFile.string()));
  Result<LibraryCache> cache = LibraryCache::open();
  if (!cache) return fail(fmt::format("{}; {}", cache.error().message, cacheHint));
  return cache;
}

// Says so where it can't.
void keepInCache(const LibraryCache &cache, const std::string &model, const std::string &key,
                 const CachedLibrary &library, const Listener &listener) {
  Result<std::string> bytes = readFile(library.path);
  Result<void> kept = bytes ? cache.keep(model, key, *bytes) : tl::unexpected(bytes.error());
  if (!kept)
    listener.note(fmt::format("the library isn't kept in the cache, and will be compiled again: {}; {}",
                              kept.error().message, cacheHint));
}

} // namespace

std::string cacheKey(const WrittenModel &model, const Build &build, const ScheduleSources &schedules) {
  std::string sizes;
  for (const Graph &further : model.furtherSizes)
    sizes += print(further) + parametersChecksum(further) + '\n';
  return fmt::format("{} {}\n{}\n{}\n{} batch {}{}{}\n{}\n{}\n{}\n{}", versionText, buildId(),
                     print(model.graph), parametersChecksum(model.graph), toString(build.targets),
                     build.batch, build.anyBatch ? " any" : "",
                     build.exactness == Exactness::exact ? " exact" : "", schedules.text,
                     schedules.tuned->fingerprint(), originalNames(model.graph), sizes);
}

Result<CachedLibrary> libraryInMemory(const WrittenModel &model, const Build &build,
                                      const ScheduleSources &schedules, const Listener &listener) {
  Result<MemoryFile> memory = MemoryFile::create(model.graph.name());
  if (!memory) return tl::unexpected(memory.error());
  std::filesystem::path path = memory->path();
  if (auto built = buildLibrary(model, build, schedules, path, listener); !built)
    return tl::unexpected(built.error());
  return CachedLibrary{std::move(path), std::move(*memory)};
}

Result<CachedLibrary> cachedLibrary(const WrittenModel &model, const Build &build, const Listener &listener) {
  if (auto here = checkRunsHere(build); !here) return tl::unexpected(here.error());
  Result<ScheduleSources> schedules = openSchedules(build, listener);
  if (!schedules) return tl::unexpected(schedules.error());
  Result<LibraryCache> cache = cacheFor(build);
  if (!cache) {
    listener.note(fmt::format("compiling {}, without a cache: {}", model.source.file, cache.error().message));
    return libraryInMemory(model, build, *schedules, listener);
  }
  const std::string key = cacheKey(model, build, *schedules);
  if (std::optional<CachedLibrary> found = cache->find(model.graph.name(), key)) {
    if (found->memory)
      listener.note(
          fmt::format("code in the cache '{}' may not run (a mount with noexec?): it runs from memory; {}",
                      cache->folder().string(), cacheHint));
    return std::move(*found);
  }
  listener.note(fmt::format("compiling {} into the cache", model.source.file));
  Result<CachedLibrary> built = libraryInMemory(model, build, *schedules, listener);
  if (built) keepInCache(*cache, model.graph.name(), key, *built, listener);
  return built;
}

} // namespace ninc
