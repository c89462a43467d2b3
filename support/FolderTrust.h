// Who could exchange what lies in a folder for something of his own.
#pragma once

#include <string>
#include <sys/stat.h>

namespace ninc {

bool othersMayWrite(const struct stat &status);

// Why what this user has in a folder isn't safe from being exchanged by others: it belongs to one of them, or
// they may write to it and it isn't sticky, as /tmp is. Empty if it is safe.
//
// Root counts as no other user, nor does the owner of "/", who could exchange everything. The two differ in a
// user namespace without a number for root (unshare -r, bubblewrap): there all who have none have one number.
std::string flawOnTheWay(const struct stat &status);

} // namespace ninc
