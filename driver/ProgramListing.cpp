#include "driver/ProgramListing.h"

#include "codegen/Compile.h"

namespace ninc {

namespace {

KernelRow rowOf(const Program &program, const Step &step) {
  KernelRow row{step.name, step.op, step.schedule, 0, {}};
  if (!program.gpu) row.calls = program.batch / step.images;
  for (const Launch &launch : program.kernels[step.kernel].launches)
    row.launches.push_back({launch.entry, launch.blocks, launch.threads, launch.sharedBytes});
  return row;
}

TargetListing listingOf(const Program &program) {
  TargetListing listing{
      program.gpu ? toString(*program.gpu) : program.target.name, program.gpu.has_value(), {}};
  for (const Step &step : program.steps)
    listing.kernels.push_back(rowOf(program, step));
  return listing;
}

} // namespace

Result<std::vector<TargetListing>> listProgram(const Graph &optimised, const Build &build,
                                               const ScheduleSources &schedules) {
  CompileOptions options = compileOptions(build);
  Result<ScheduleFile> lines = parseScheduleFile(schedules.text, schedules.file, optimised, options.devices);
  if (!lines) return tl::unexpected(lines.error());
  options.chooseSchedule = chooserOf(std::move(*lines), schedules.tuned, options.exactness);
  Result<Program> program = lower(optimised, options);
  if (!program) return tl::unexpected(program.error());
  std::vector<TargetListing> targets{listingOf(*program)};
  for (const Program &device : program->devices)
    targets.push_back(listingOf(device));
  return targets;
}

} // namespace ninc
