// Trying a library out where a crash is a message.
//
// The dynamic loader believes all that a library's tables say, and what a library's code does nobody can
// check: one that is damaged ends the process that opens or runs it. Libraries that ninc made have a seal
// (support/Seal.h) by which damage is found. Those without one (made by an older ninc, or written anew by
// strip or objcopy) are opened and run in a forked process first.
#pragma once

#include <filesystem>
#include <functional>

#include "support/Result.h"

namespace ninc {

// Does `use` in a child: an error if it brings that to a bad end or to none; or else what `use` says.
// `library` is for messages. Not to be called while other threads run.
//
// No end means: 10 s of processor time, if `use` doesn't allow more, or 10 minutes on the clock.
Result<void> tryOut(const std::filesystem::path &library, const std::function<Result<void>()> &use);

// For `use`: from now on it may take this long. Processor time, since that is the same on a busy machine.
void allowInTrial(double processorSeconds);

// From now on a crash of this process is a line on stderr that names the library, and exit code 1. Where
// memory or stack has run out it is none of the library's doing, and said as ever (support/Shortage.h).
void blameCrashesOn(const std::filesystem::path &library);

} // namespace ninc
