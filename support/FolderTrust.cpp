#include "support/FolderTrust.h"

#include <unistd.h>

namespace ninc {

namespace {

bool isTheSystems(uid_t owner) {
  struct stat root {};
  return owner == 0 || (::stat("/", &root) == 0 && owner == root.st_uid);
}

} // namespace

bool othersMayWrite(const struct stat &status) {
  return (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

std::string flawOnTheWay(const struct stat &status) {
  if (status.st_uid != ::geteuid() && !isTheSystems(status.st_uid)) return "belongs to another user";
  if (othersMayWrite(status) && !(status.st_mode & S_ISVTX))
    return "can be written to by other users (chmod go-w)";
  return {};
}

} // namespace ninc
