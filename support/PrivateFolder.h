// A folder that nobody but this user (and root, who may do anything) can put files into or exchange for
// another one, so that what lies in it was put there by this user.
//
// It belongs to this user and nobody else may write to it; each folder on the way to it from / belongs to
// this user or to the system, and others may write to it only if it is sticky, as /tmp is: then they can't
// rename what isn't theirs (support/FolderTrust.h). Each is opened by its name in the one before it, links
// not followed, and judged once open, so nothing can be exchanged in between. Links in the path as it is
// given are followed first.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "support/Descriptor.h"
#include "support/Result.h"

namespace ninc {

// Holds the folder open. Movable.
class PrivateFolder {
public:
  // Opens the folder, and makes it and those above it that aren't there, for this user alone (0700). Errors
  // are a reason to put behind a colon, which names the folder at fault: not made, somebody else's, open to
  // others.
  static Result<PrivateFolder> open(const std::filesystem::path &folder);

  // Without links.
  const std::filesystem::path &path() const { return path_; }

  // The bytes of a regular file of this user's that nobody else can write to; nothing if there is none, if
  // it can't be read or has more than `limit` bytes. Waits for nobody, whatever lies there.
  std::optional<std::string> read(const std::string &name, std::uint64_t limit) const;

  // Whether the system lets code from that file run: neither on a mount with noexec nor where policy forbids.
  bool mayExecute(const std::string &name) const;

  // Puts a file there, whole or not at all, instead of whatever has the name; only a folder that isn't empty
  // stays and is an error. Errors are a reason, as above.
  Result<void> replace(const std::string &name, std::string_view bytes) const;

  // Opens a file for locking, and makes it if need be; not open where that can't be.
  Descriptor openLock(const std::string &name) const;

private:
  PrivateFolder(Descriptor folder, std::filesystem::path path)
      : folder_(std::move(folder)), path_(std::move(path)) {}

  Descriptor folder_; // O_PATH
  std::filesystem::path path_;
};

} // namespace ninc
