// Files and folders that go with the object that made them, however the function that holds it is left.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "support/Result.h"

namespace ninc {

// A fresh folder of this user's alone in the system's place for temporary files ($TMPDIR, or else /tmp),
// removed with all it holds when the object goes. None is made where other users could exchange it for
// theirs. Movable.
class TemporaryDirectory {
public:
  static Result<TemporaryDirectory> create(std::string_view prefix = "ninc");
  // The same in `parent`.
  static Result<TemporaryDirectory> createIn(const std::filesystem::path &parent, std::string_view prefix);
  ~TemporaryDirectory();
  TemporaryDirectory(TemporaryDirectory &&other) noexcept;
  TemporaryDirectory &operator=(TemporaryDirectory &&other) noexcept;

  const std::filesystem::path &path() const { return path_; }

private:
  explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_; // empty once moved from
};

// An empty file that lives in memory, for whoever wants a path but no file to remove: it is gone with the
// object, or with the process, however that ends. Its path is a stream, for this process alone. Movable.
//
// The path leads through /proc. Where that isn't mounted, or the system has no such files, it is a file in a
// temporary folder instead, on a mount where programs may run if there is one: then a process that is killed
// leaves it behind.
class MemoryFile {
public:
  static Result<MemoryFile> create(const std::string &name);
  // The same with these bytes in it.
  static Result<MemoryFile> holding(const std::string &name, std::string_view bytes);
  ~MemoryFile();
  MemoryFile(MemoryFile &&other) noexcept;
  MemoryFile &operator=(MemoryFile &&other) noexcept;

  std::filesystem::path path() const;
  // The same file for other processes of this user, as long as this process has it open.
  std::filesystem::path pathForOthers() const;

private:
  explicit MemoryFile(int descriptor) : descriptor_(descriptor) {}
  explicit MemoryFile(TemporaryDirectory folder) : folder_(std::move(folder)) {}
  static Result<MemoryFile> onDisk();

  int descriptor_ = -1;                      // -1 once moved from, and where the folder stands in
  std::optional<TemporaryDirectory> folder_; // holds the file, if the system has none in memory
};

} // namespace ninc
