// Compiled models that `run` and `bench` keep from one start to the next: $XDG_CACHE_HOME/ninc or
// ~/.cache/ninc. docs/cache.md is this file for users.
//
// What lies there is run, so nothing is taken from a folder that anybody else could have put it into
// (support/PrivateFolder.h), and an entry counts only with the stamp that it was kept with: behind the
// library, checksums of its key and of itself, and a seal (support/Seal.h) over all of it. A cut, damaged or
// foreign file, a folder, a link or a FIFO under an entry's name is no entry, and the next one that is kept
// takes its place.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "support/PrivateFolder.h"
#include "support/Result.h"
#include "support/TemporaryFiles.h"

namespace ninc {

// A library to open: a file of the cache's, or one in memory that goes with this object.
struct CachedLibrary {
  std::filesystem::path path;
  std::optional<MemoryFile> memory;
};

class LibraryCache {
public:
  // Opens this user's cache. The error is why there is none to use, in words that go behind a colon.
  static Result<LibraryCache> open();

  const std::filesystem::path &folder() const { return folder_.path(); }

  // The library that was kept under this key; nothing if there is none. Where code from the cache mayn't run
  // (a mount with noexec), it is a copy in memory. `model` is for people who look into the folder.
  std::optional<CachedLibrary> find(const std::string &model, const std::string &key) const;

  // Keeps a library. The error is why not.
  Result<void> keep(const std::string &model, const std::string &key, std::string_view library) const;

private:
  explicit LibraryCache(PrivateFolder folder) : folder_(std::move(folder)) {}
  PrivateFolder folder_;
};

} // namespace ninc
