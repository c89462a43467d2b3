#include "tools/TargetPlan.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "support/StandardStreams.h"

namespace ninc {

namespace {

// "x86-64-v4", "opencl f16"
std::string targetOf(const Program &program) {
  return program.gpu ? toString(*program.gpu) : program.target.name;
}

const std::vector<Launch> &launchesOf(const Program &program, const Step &step) {
  return program.kernels[step.kernel].launches;
}

std::size_t launchCount(const Program &program) {
  std::size_t count = 0;
  for (const Step &step : program.steps)
    count += launchesOf(program, step).size();
  return count;
}

std::string counted(std::int64_t count, std::string_view one, std::string_view several) {
  return count == 1 ? fmt::format("one {}", one) : fmt::format("{} {}", count, several);
}

// "4x32", "4x32x2": without the trailing axes of extent 1.
std::string extents(const std::array<std::int32_t, 3> &extent) {
  std::string text = fmt::format("{}", extent[0]);
  if (extent[1] > 1 || extent[2] > 1) text += fmt::format("x{}", extent[1]);
  if (extent[2] > 1) text += fmt::format("x{}", extent[2]);
  return text;
}

// "8x2 blocks of 128x2x2 threads"
std::string gridOf(const Launch &launch) {
  const bool single = launch.blocks == std::array<std::int32_t, 3>{1, 1, 1};
  return fmt::format("{} block{} of {} threads", single ? "one" : extents(launch.blocks), single ? "" : "s",
                     extents(launch.threads));
}

// "2 launches: 8 blocks of 128x2x2 threads, then one block of 32 threads", "one call"
std::string runsOf(const Program &program, const Step &step) {
  if (!program.gpu) return counted(program.batch / step.images, "call", "calls");
  const std::vector<Launch> &launches = launchesOf(program, step);
  std::string text = counted(static_cast<std::int64_t>(launches.size()), "launch", "launches");
  for (std::size_t i = 0; i < launches.size(); ++i)
    text += (i == 0 ? ": " : ", then ") + gridOf(launches[i]);
  return text;
}

void printTarget(const Program &program) {
  const std::string launches =
      program.gpu ? ", " + counted(static_cast<std::int64_t>(launchCount(program)), "launch", "launches")
                  : "";
  answer("\non {}: {}{}\n", targetOf(program),
         counted(static_cast<std::int64_t>(program.steps.size()), "kernel", "kernels"), launches);
  for (const Step &step : program.steps)
    answer("  {} = {}\n      one kernel, {}\n      {}\n", step.name, step.op, runsOf(program, step),
           step.schedule);
}

nlohmann::json toJson(const Program &program, const Step &step) {
  nlohmann::json kernel = {{"name", step.name}, {"op", step.op}, {"schedule", step.schedule}};
  if (!program.gpu) {
    kernel["calls"] = program.batch / step.images;
    return kernel;
  }
  kernel["launches"] = nlohmann::json::array();
  for (const Launch &launch : launchesOf(program, step))
    kernel["launches"].push_back({{"entry", launch.entry},
                                  {"blocks", launch.blocks},
                                  {"threads", launch.threads},
                                  {"shared_bytes", launch.sharedBytes}});
  return kernel;
}

nlohmann::json targetToJson(const Program &program) {
  nlohmann::json kernels = nlohmann::json::array();
  for (const Step &step : program.steps)
    kernels.push_back(toJson(program, step));
  return {{"target", targetOf(program)}, {"kernels", kernels}};
}

} // namespace

void printPlan(const Program &program) {
  printTarget(program);
  for (const Program &device : program.devices)
    printTarget(device);
}

nlohmann::json planToJson(const Program &program) {
  nlohmann::json targets = nlohmann::json::array({targetToJson(program)});
  for (const Program &device : program.devices)
    targets.push_back(targetToJson(device));
  return targets;
}

} // namespace ninc
