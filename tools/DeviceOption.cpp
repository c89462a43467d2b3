#include "tools/DeviceOption.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>

#include "execution/devices/Devices.h"

namespace ninc {

namespace {

// Without a name where there is no such device. Who asks may compile next, and that forks.
DeviceInfo infoOf(DeviceChoice choice) {
  if (const Result<DeviceList> list = listDevicesApart(choice.kind))
    for (const DeviceInfo &device : list->devices)
      if (device.number == choice.number) return device;
  return {};
}

// "opencl", "cuda"; for a GPU that is older than what cuda stands for the newest target that isn't newer than
// the GPU, since PTX runs on later ones only.
std::string targetFor(DeviceChoice choice) {
  const Result<Targets> usual = parseTargets("host+cuda");
  const int capability = infoOf(choice).capability;
  if (usual && capability > 0 && capability < usual->devices.front().capability)
    for (int older = capability; older > 0; --older)
      if (const std::string name = fmt::format("sm_{}", older); parseTargets("host+" + name)) return name;
  return std::string(wordOfKind(choice.kind));
}

} // namespace

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

std::string driversNameOf(DeviceChoice choice) {
  return infoOf(choice).name;
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

Result<Targets> withDevice(Targets targets, DeviceChoice choice) {
  if (choice.isCpu()) return targets;
  const GpuApi api = choice.kind == NINC_DEVICE_OPENCL ? GpuApi::opencl : GpuApi::cuda;
  if (std::ranges::count(targets.devices, api, &GpuTarget::api) > 0) return targets;
  Result<Targets> usual = parseTargets("host+" + targetFor(choice));
  if (!usual) return usual;
  targets.devices.push_back(usual->devices.front());
  return targets;
}

} // namespace ninc
