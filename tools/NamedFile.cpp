#include "tools/NamedFile.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ir/Names.h"
#include "support/Spelling.h"

namespace ninc {

namespace {

tl::unexpected<Error> usage(std::string message) {
  return tl::unexpected(Error{ErrorKind::usage, std::move(message)});
}

// Whether a whole argument is a path into a folder whose name holds the equals sign (lr=0.1/x.npy). A file
// alone doesn't count: a misspelt name isn't right because of what stands in the folder.
bool leadsIntoFolder(const std::string &argument) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::path(argument).parent_path();
  return folder.native().find('=') != std::string::npos && std::filesystem::is_directory(folder, error);
}

} // namespace

Result<NamedFile> parseNamedFile(std::string_view kind, const std::string &argument,
                                 std::span<const std::string> names) {
  const std::size_t equals = argument.find('=');
  const std::string name = equals == std::string::npos ? "" : argument.substr(0, equals);
  if (equals == 0)
    return usage(fmt::format("--{0} '{1}' has no name before the =; give NAME=FILE, or ./{1} for a file of "
                             "that name",
                             kind, argument));
  const auto found = std::ranges::find(names, name);
  if (!isIdentifier(name) || (found == names.end() && leadsIntoFolder(argument))) { // nor is no name at all
    if (argument.empty()) return usage(fmt::format("--{} names no file", kind));
    if (names.size() != 1)
      return usage(fmt::format("say which {0} '{1}' is for: NAME={1}; the model's {0}s are {2}", kind,
                               argument, fmt::join(names, ", ")));
    return NamedFile{0, argument};
  }
  if (found == names.end()) {
    const std::string help = didYouMean(name, names);
    return usage(fmt::format("the model has no {} '{}'{}{} (a file called '{}' is written ./{})", kind, name,
                             help.empty() ? "" : "; ", help, argument, argument));
  }
  if (equals + 1 == argument.size())
    return usage(fmt::format("--{} '{}' names no file behind the =", kind, argument));
  return NamedFile{static_cast<std::size_t>(found - names.begin()), argument.substr(equals + 1)};
}

} // namespace ninc
