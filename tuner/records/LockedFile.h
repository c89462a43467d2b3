// The file of a database while one process changes it: flock(2), which no other process holds at the same
// time.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "support/Result.h"

namespace ninc {

constexpr std::uint64_t largestDatabase = std::uint64_t{256} << 20; // bytes

// A database open for appending, which no other process holds at the same time. Movable.
class LockedFile {
public:
  // Makes the file and its folder if need be; waits for whoever has the lock, that long at most.
  static Result<LockedFile> open(const std::filesystem::path &path, std::chrono::milliseconds patience);

  LockedFile(LockedFile &&other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  LockedFile &operator=(LockedFile &&) = delete;
  ~LockedFile();

  // All of the lines or, if the system lets it take back the others, none. Errors name `path`.
  Result<void> append(const std::filesystem::path &path, std::span<const std::string> lines) const;

private:
  explicit LockedFile(int descriptor) : descriptor_(descriptor) {}

  static Result<LockedFile> openUnlocked(const std::filesystem::path &path);

  // Whether the path still leads to this file; pruning puts another one there.
  bool standsAt(const std::filesystem::path &path) const;

  int descriptor_; // -1 once moved from
};

} // namespace ninc
