#include "tools/ScheduleFile.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sstream>

#include "support/Files.h"

namespace ninc {

namespace {

std::string trimmed(const std::string &text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string> scheduledNames(const Graph &graph) {
  std::vector<std::string> names;
  for (Node node : graph.topologicalOrder())
    if (!graph.as<Input>(node) && !graph.as<Constant>(node)) names.push_back(graph.name(graph.result(node)));
  return names;
}

} // namespace

Result<ScheduleFile> readScheduleFile(const std::string &path, const Graph &optimised) {
  Result<std::string> text = readFile(path);
  if (!text) return tl::unexpected(text.error());
  const std::vector<std::string> names = scheduledNames(optimised);
  ScheduleFile schedules;
  std::istringstream lines(*text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::string where = fmt::format("{}:{}", path, number);
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return fail(fmt::format("{}: expected NAME: SCHEDULE", where));
    const std::string name = trimmed(line.substr(0, colon));
    if (std::ranges::find(names, name) == names.end())
      return fail(fmt::format("{}: no kernel '{}'; there are {}", where, name, fmt::join(names, ", ")));
    Result<Schedule> schedule = parseSchedule(line.substr(colon + 1));
    if (!schedule) return fail(fmt::format("{}: {}", where, schedule.error().message));
    if (!schedules.emplace(name, ScheduleLine{where, *schedule}).second)
      return fail(fmt::format("{}: a second schedule for '{}'", where, name));
  }
  return schedules;
}

} // namespace ninc
