#include "tools/ProgramTable.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "support/Counted.h"
#include "support/StandardStreams.h"

namespace ninc {

namespace {

// "one call", "3 calls"
std::string inWords(std::int64_t count, std::string_view one, std::string_view several) {
  return count == 1 ? fmt::format("one {}", one) : counted(count, one, several);
}

// "4x32", "4x32x2": without the trailing axes of extent 1.
std::string extents(const std::array<std::int32_t, 3> &extent) {
  std::string text = fmt::format("{}", extent[0]);
  if (extent[1] > 1 || extent[2] > 1) text += fmt::format("x{}", extent[1]);
  if (extent[2] > 1) text += fmt::format("x{}", extent[2]);
  return text;
}

// "8x2 blocks of 128x2x2 threads"
std::string gridOf(const LaunchRow &launch) {
  const bool single = launch.blocks == std::array<std::int32_t, 3>{1, 1, 1};
  return fmt::format("{} of {} threads", single ? "one block" : extents(launch.blocks) + " blocks",
                     extents(launch.threads));
}

std::string launches(std::size_t count) {
  return inWords(static_cast<std::int64_t>(count), "launch", "launches");
}

// "2 launches: 8 blocks of 128x2x2 threads, then one block of 32 threads", "one call"
std::string runsOf(const TargetListing &target, const KernelRow &kernel) {
  if (!target.isDevice) return inWords(kernel.calls, "call", "calls");
  std::string text = launches(kernel.launches.size());
  for (std::size_t i = 0; i < kernel.launches.size(); ++i)
    text += (i == 0 ? ": " : ", then ") + gridOf(kernel.launches[i]);
  return text;
}

void printTarget(const TargetListing &target) {
  std::size_t launched = 0;
  for (const KernelRow &kernel : target.kernels)
    launched += kernel.launches.size();
  answer("\non {}: {}{}\n", target.target,
         inWords(static_cast<std::int64_t>(target.kernels.size()), "kernel", "kernels"),
         target.isDevice ? ", " + launches(launched) : "");
  for (const KernelRow &kernel : target.kernels)
    answer("  {} = {}\n      one kernel, {}\n      {}\n", kernel.name, kernel.op, runsOf(target, kernel),
           kernel.schedule);
}

nlohmann::json toJson(const TargetListing &target, const KernelRow &row) {
  nlohmann::json kernel = {{"name", row.name}, {"op", row.op}, {"schedule", row.schedule}};
  if (!target.isDevice) {
    kernel["calls"] = row.calls;
    return kernel;
  }
  kernel["launches"] = nlohmann::json::array();
  for (const LaunchRow &launch : row.launches)
    kernel["launches"].push_back({{"entry", launch.entry},
                                  {"blocks", launch.blocks},
                                  {"threads", launch.threads},
                                  {"shared_bytes", launch.sharedBytes}});
  return kernel;
}

} // namespace

void printTargets(const std::vector<TargetListing> &targets) {
  for (const TargetListing &target : targets)
    printTarget(target);
}

nlohmann::json toJson(const std::vector<TargetListing> &targets) {
  nlohmann::json told = nlohmann::json::array();
  for (const TargetListing &target : targets) {
    nlohmann::json kernels = nlohmann::json::array();
    for (const KernelRow &kernel : target.kernels)
      kernels.push_back(toJson(target, kernel));
    told.push_back({{"target", target.target}, {"kernels", kernels}});
  }
  return told;
}

} // namespace ninc
