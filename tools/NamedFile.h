// NAME=FILE on the command line: which file an input is read from, or an output is written to.
//
// A file's name may hold an equals sign itself (runs/lr=0.1/x.npy), and where a model has one input, its file
// may stand alone. So what stands before the first = is a name only if it can be one (letters, digits and
// underscores), and if the model has it or the whole argument leads into no folder that is there. Otherwise
// the whole argument is the file. A file that is really called image=1.npy is written ./image=1.npy, or
// image=image=1.npy.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "support/Result.h"

namespace ninc {

struct NamedFile {
  std::size_t index = 0; // into the names there are
  std::string file;
};

// `kind` is what is named, for messages: "input". A usage error that says what is missing or unknown.
Result<NamedFile> parseNamedFile(std::string_view kind, const std::string &argument,
                                 std::span<const std::string> names);

} // namespace ninc
