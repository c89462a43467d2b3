#include "driver/ScheduleFile.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sstream>

#include "codegen/schedule/ScheduleText.h"
#include "passes/MemoryPlan.h"

namespace ninc {

namespace {

std::string trimmed(const std::string &text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// Of the kernels: what only gives memory another shape has none.
Result<std::vector<std::string>> kernelNames(const Graph &graph) {
  const auto memory = planMemory(graph);
  if (!memory) return tl::unexpected(memory.error());
  std::vector<std::string> names;
  for (const Node node : memory->order)
    names.push_back(graph.name(graph.result(node)));
  return names;
}

// Whether there is such a kernel: "stage1", or "stage1@opencl".
Result<void> checkName(const std::string &name, const std::vector<std::string> &kernels,
                       const Targets &targets) {
  const std::size_t at = std::min(name.find('@'), name.size());
  const std::string kernel = name.substr(0, at);
  if (std::ranges::find(kernels, kernel) == kernels.end())
    return fail(fmt::format("no kernel '{}'; there are {}", kernel, fmt::join(kernels, ", ")));
  if (at == name.size()) return {};
  std::vector<std::string> known;
  for (const Target &cpu : targets.cpus)
    known.push_back(cpu.name);
  for (const GpuTarget &device : targets.devices)
    known.push_back(device.name);
  const std::string target = name.substr(at + 1);
  if (std::ranges::find(known, target) != known.end()) return {};
  return fail(fmt::format("no code is made for '{}', but for {}", target, fmt::join(known, ", ")));
}

} // namespace

const ScheduleLine *lineFor(const ScheduleFile &file, const std::string &result, const KernelTarget &target) {
  const auto *cpu = std::get_if<Target>(&target);
  auto found = file.find(result + "@" + (cpu ? cpu->name : std::get<GpuTarget>(target).name));
  if (found == file.end() && cpu) found = file.find(result);
  return found == file.end() ? nullptr : &found->second;
}

Result<ScheduleFile> parseScheduleFile(const std::string &text, const std::string &file,
                                       const Graph &optimised, const Targets &targets) {
  const Result<std::vector<std::string>> names = kernelNames(optimised);
  if (!names) return tl::unexpected(names.error());
  ScheduleFile schedules;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::string where = fmt::format("{}:{}", file, number);
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return fail(fmt::format("{}: expected NAME: SCHEDULE", where));
    const std::string name = trimmed(line.substr(0, colon));
    if (auto known = checkName(name, *names, targets); !known)
      return fail(fmt::format("{}: {}", where, known.error().message));
    Result<Schedule> schedule = parseSchedule(line.substr(colon + 1));
    if (!schedule) return fail(fmt::format("{}: {}", where, schedule.error().message));
    if (!schedules.emplace(name, ScheduleLine{where, *schedule}).second)
      return fail(fmt::format("{}: a second schedule for '{}'", where, name));
  }
  return schedules;
}

} // namespace ninc
