#include "codegen/program/Program.h"

#include <algorithm>

namespace ninc {

namespace {

// The most that any version for a CPU has of something.
std::int64_t most(const Program &program, std::int64_t Version::*bytes) {
  std::int64_t largest = 0;
  for (const Version &version : program.versions)
    largest = std::max(largest, version.*bytes);
  return largest;
}

} // namespace

Arch archOf(const Program &program) {
  return machineOf(program).arch;
}

const Target &machineOf(const Program &program) {
  return program.versions.front().cpu();
}

Result<void> addIdleHost(Program &program) {
  Result<Target> host = parseTarget("host");
  if (!host) return tl::unexpected(host.error());
  for (std::size_t size = 0; size < program.interface.sizes.size(); ++size) {
    Version &version = program.versions.emplace_back();
    version.target = *host;
    version.size = size;
    version.group = program.interface.anyBatch ? 1 : program.interface.batch;
  }
  return {};
}

std::set<std::size_t> kernelsOf(std::span<const Version> versions) {
  std::set<std::size_t> kernels;
  for (const Version &version : versions)
    for (const Step &step : version.steps)
      kernels.insert(step.kernel);
  return kernels;
}

std::int64_t scratchBytes(const Program &program) {
  return most(program, &Version::scratchBytes);
}

std::int64_t scratchBytesPerThread(const Program &program) {
  return most(program, &Version::scratchBytesPerThread);
}

std::vector<std::string> cpuTargets(const Program &program) {
  std::vector<std::string> names;
  for (const Version &version : program.versions)
    if (std::ranges::find(names, version.cpu().name) == names.end()) names.push_back(version.cpu().name);
  return names;
}

} // namespace ninc
