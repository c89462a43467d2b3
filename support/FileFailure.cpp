#include "support/FileFailure.h"

#include <cerrno>
#include <fmt/format.h>
#include <system_error>

#include "support/Shortage.h"

namespace ninc {

tl::unexpected<Error> cannot(std::string_view what, const std::filesystem::path &path,
                             std::string_view reason) {
  return fail(fmt::format("cannot {} '{}': {}", what, path.native(), reason));
}

tl::unexpected<Error> cannot(std::string_view what, const std::filesystem::path &path, int error) {
  // A pipe that is full now has nothing to do with the limit behind fork's EAGAIN.
  const bool isLimit = error != EAGAIN;
  return cannot(what, path, isLimit ? reasonWithLimit(error) : std::generic_category().message(error));
}

} // namespace ninc
