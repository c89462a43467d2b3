#include "driver/LibraryCache.h"

#include <fmt/format.h>

#include "codegen/Checksum.h"
#include "support/Files.h"
#include "support/Seal.h"
#include "support/UserFolders.h"

namespace ninc {

namespace {

constexpr std::string_view stampWord = "\nninc-cache 1 ";

std::string entryName(const std::string &model, const std::string &key) {
  constexpr std::size_t longest = 100; // a name in a folder has at most 255 bytes
  return fmt::format("{}-{}.so", model.substr(0, longest), checksum(key));
}

// What stands behind the library: of one length for all.
std::string stampOf(const std::string &key, std::string_view library) {
  return fmt::format("{}{} {}\n", stampWord, checksum(key), checksum(library));
}

// Sealed anew with its stamp, so that whoever opens the entry finds it whole (support/Seal.h).
std::string entryOf(const std::string &key, std::string_view library) {
  return sealed(std::string(library) + stampOf(key, library));
}

// The library of an entry; nothing if the entry isn't the one that was kept under this key.
std::optional<std::string_view> libraryOf(const std::string &key, std::string_view entry) {
  const std::size_t behind = stampOf(key, {}).size() + sealBytes;
  if (entry.size() < behind) return std::nullopt;
  const std::string_view library = entry.substr(0, entry.size() - behind);
  if (entry != entryOf(key, library)) return std::nullopt;
  return library;
}

} // namespace

Result<LibraryCache> LibraryCache::open() {
  const std::optional<std::filesystem::path> home = cacheHome();
  if (!home) return fail("there is no home folder");
  Result<PrivateFolder> folder = PrivateFolder::open(*home / "ninc");
  if (!folder) return tl::unexpected(folder.error());
  return LibraryCache(std::move(*folder));
}

std::optional<CachedLibrary> LibraryCache::find(const std::string &model, const std::string &key) const {
  const std::string name = entryName(model, key);
  const std::optional<std::string> entry = folder_.read(name, defaultReadLimit);
  if (!entry) return std::nullopt;
  const std::optional<std::string_view> library = libraryOf(key, *entry);
  if (!library) return std::nullopt;
  if (folder_.mayExecute(name)) return CachedLibrary{folder_.path() / name, std::nullopt};
  Result<MemoryFile> memory = MemoryFile::holding(model, *library);
  if (!memory) return std::nullopt;
  std::filesystem::path path = memory->path();
  return CachedLibrary{std::move(path), std::move(*memory)};
}

Result<void> LibraryCache::keep(const std::string &model, const std::string &key,
                                std::string_view library) const {
  return folder_.replace(entryName(model, key), entryOf(key, library));
}

} // namespace ninc
