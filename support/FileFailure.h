// How it is said that something can't be done to a file.
#pragma once

#include <filesystem>
#include <string_view>

#include "support/Result.h"

namespace ninc {

// "cannot write 'PATH': REASON"; `what` is a verb. The reason in words, or the system's number of it, which
// is said with the limit that was reached if it is one (support/Shortage.h).
tl::unexpected<Error> cannot(std::string_view what, const std::filesystem::path &path,
                             std::string_view reason);
tl::unexpected<Error> cannot(std::string_view what, const std::filesystem::path &path, int error);

} // namespace ninc
