#include "codegen/program/Program.h"

#include <algorithm>

namespace ninc {

std::int64_t scratchBytes(const Program &program) {
  std::int64_t most = 0;
  for (const Version &version : program.versions)
    most = std::max(most, version.scratchBytes);
  return most;
}

std::int64_t scratchBytesPerThread(const Program &program) {
  std::int64_t most = 0;
  for (const Version &version : program.versions)
    most = std::max(most, version.scratchBytesPerThread);
  return most;
}

std::vector<std::string> cpuTargets(const Program &program) {
  std::vector<std::string> names;
  for (const Version &version : program.versions)
    if (std::ranges::find(names, version.cpu().name) == names.end()) names.push_back(version.cpu().name);
  return names;
}

} // namespace ninc
