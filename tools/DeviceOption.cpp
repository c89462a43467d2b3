#include "tools/DeviceOption.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace ninc {

void addDeviceOption(CLI::App &app, DeviceChoice &choice) {
  const auto read = [&choice](const std::string &text) {
    Result<DeviceChoice> parsed = parseDevice(text);
    if (!parsed) throw CLI::ValidationError("--device", parsed.error().message);
    choice = *parsed;
  };
  app.add_option_function<std::string>(
         "--device", read,
         "where the model runs: cpu, opencl or cuda, the first of its kind, or opencl:1, the second (`ninc "
         "devices` lists them)")
      ->type_name("D");
}

Result<void> checkDeviceOptions(const CLI::App &command, DeviceChoice choice) {
  if (choice.isCpu()) return {};
  for (const char *option : {"--threads", "--reference"})
    if (const CLI::Option *known = command.get_option_no_throw(option); known && known->count() > 0)
      return tl::unexpected(
          Error{ErrorKind::usage, fmt::format("{} doesn't go with --device {}: it is about the CPU", option,
                                              toString(choice))});
  return {};
}

} // namespace ninc
