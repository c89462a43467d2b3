#include "driver/ProgramListing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "codegen/Compile.h"

namespace ninc {

namespace {

// For all images of a batch, or of a group where there may be fewer.
std::int64_t callsOf(const Interface &interface, const Version &version, const Step &step) {
  return (interface.anyBatch ? version.group : interface.batch) / step.images;
}

KernelRow rowOf(const Program &program, const Version &version, const Step &step) {
  KernelRow row{step.name, step.op, step.schedule, 0, {}};
  if (!version.isOnDevice()) row.calls = callsOf(program.interface, version, step);
  for (const Launch &launch : program.kernels[step.kernel].launches)
    row.launches.push_back({launch.entry, launch.blocks, launch.threads, launch.sharedBytes});
  return row;
}

// "x86-64-v3", with what tells it from the other versions of the target.
std::string nameOf(const Program &program, const Version &version) {
  if (version.isOnDevice()) return toString(version.device());
  std::string name = version.cpu().name;
  if (program.interface.sizes.size() > 1) {
    std::vector<std::string> shapes;
    for (const NamedTensor &input : program.interface.sizes[version.size].inputs)
      shapes.push_back(toString(input.type.shape));
    name += fmt::format(", {}", fmt::join(shapes, " "));
  }
  if (program.interface.anyBatch) name += fmt::format(", groups of {}", version.group);
  return name;
}

TargetListing listingOf(const Program &program, const Version &version) {
  TargetListing listing{nameOf(program, version), version.isOnDevice(), {}};
  for (const Step &step : version.steps)
    listing.kernels.push_back(rowOf(program, version, step));
  return listing;
}

} // namespace

Result<std::vector<TargetListing>> listProgram(std::span<const Graph> optimised, const Build &build,
                                               const ScheduleSources &schedules) {
  CompileOptions options = compileOptions(build);
  Result<ScheduleFile> lines =
      parseScheduleFile(schedules.text, schedules.file, optimised.front(), build.targets);
  if (!lines) return tl::unexpected(lines.error());
  options.chooseSchedule = chooserOf(std::move(*lines), schedules.tuned, options.exactness);
  Result<Program> program = lower(optimised, options);
  if (!program) return tl::unexpected(program.error());
  std::vector<TargetListing> targets;
  std::vector<const std::vector<Version> *> all = {&program->versions};
  for (const DeviceVersions &device : program->devices)
    all.push_back(&device.versions);
  for (const std::vector<Version> *versions : all)
    for (const Version &version : *versions)
      targets.push_back(listingOf(*program, version));
  return targets;
}

} // namespace ninc
