#include "tools/OutputFiles.h"

#include <fmt/format.h>

#include "support/Files.h"

namespace ninc {

namespace {

namespace fs = std::filesystem;

// One file under two names, whether it is there already (links included) or would be made.
bool sameFile(const fs::path &a, const fs::path &b) {
  std::error_code error;
  if (fs::equivalent(a, b, error)) return true;
  std::error_code errorA, errorB;
  const fs::path canonicalA = fs::weakly_canonical(fs::absolute(a, errorA), errorA);
  const fs::path canonicalB = fs::weakly_canonical(fs::absolute(b, errorB), errorB);
  return !errorA && !errorB && canonicalA == canonicalB;
}

} // namespace

Result<void> checkDistinct(std::span<const FileRole> outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (sameFile(outputs[i].path, outputs[k].path))
        return tl::unexpected(
            Error{ErrorKind::usage,
                  fmt::format("{} '{}' and {} '{}' would be one file; choose another -o", outputs[k].role,
                              outputs[k].path.string(), outputs[i].role, outputs[i].path.string())});
  return {};
}

Result<void> checkInputsSurvive(std::span<const FileRole> outputs, std::span<const FileRole> inputs) {
  for (const FileRole &output : outputs)
    for (const FileRole &input : inputs)
      if (sameFile(output.path, input.path))
        return tl::unexpected(Error{
            ErrorKind::usage, fmt::format("{} '{}' would overwrite {} '{}'; choose another -o", output.role,
                                          output.path.string(), input.role, input.path.string())});
  return {};
}

} // namespace ninc
