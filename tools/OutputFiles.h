// Which files a command writes, checked before the first byte: no two may be one file, and none may be a file
// that was read. A companion (header, weights, rule for make) gets its name from the output's, so it can meet
// another file without the user having typed its name.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "support/Result.h"

namespace ninc {

struct FileRole {
  std::string role; // "the header": for messages
  std::filesystem::path path;
};

// A usage error that names both when two of the outputs are the same file.
Result<void> checkDistinct(std::span<const FileRole> outputs);

// A usage error that names the file when an output is one of the inputs, under whatever name.
Result<void> checkInputsSurvive(std::span<const FileRole> outputs, std::span<const FileRole> inputs);

} // namespace ninc
