// A model that is run where it is compiled: taken from the user's cache (driver/LibraryCache.h), or compiled
// and kept there.
#pragma once

#include <string>

#include "driver/CompileModel.h"
#include "driver/LibraryCache.h"

namespace ninc {

// All that a library depends on: the model as it is written, its weights, what it is compiled for and how,
// where its schedules come from, and by which ninc. Equal keys, equal libraries.
std::string cacheKey(const WrittenModel &model, const Build &build, const ScheduleSources &schedules);

// The model's library, compiled if it isn't in the cache. Where there is no cache to use, it is compiled into
// memory, which costs a note and the time. Errors: code for the target doesn't run here, sources of
// schedules, a kernel that can't be compiled. Safe for several processes at once, since libraries appear in
// the cache atomically.
Result<CachedLibrary> cachedLibrary(const WrittenModel &model, const Build &build, const Listener &listener);

// The same without any cache.
Result<CachedLibrary> libraryInMemory(const WrittenModel &model, const Build &build,
                                      const ScheduleSources &schedules, const Listener &listener);

} // namespace ninc
