#include "tuner/Machine.h"

#include <algorithm>
#include <fmt/format.h>

#include "support/ForkedTask.h"
#include "tuner/Candidate.h"
#include "tuner/CpuModel.h"

namespace ninc {

namespace {

constexpr double mostSecondsOfListing = 30;

// In the child.
std::string listAsBytes(GpuApi api) {
  Result<DeviceList> list = listDevices(kindOf(api));
  if (!list) return packBytes({"error", list.error().message});
  if (list->devices.empty()) return packBytes({"error", list->why});
  std::vector<std::string> parts = {"devices"};
  for (const DeviceInfo &device : list->devices)
    parts.push_back(recordName(device));
  return packBytes(parts);
}

std::string_view spellingOf(GpuApi api) {
  return api == GpuApi::cuda ? "CUDA" : "OpenCL";
}

} // namespace

Machine thisCpu(int threads) {
  return {cpuModel(), threads};
}

std::int32_t kindOf(GpuApi api) {
  return api == GpuApi::cuda ? NINC_DEVICE_CUDA : NINC_DEVICE_OPENCL;
}

std::string recordName(const DeviceInfo &device) {
  std::string name = fmt::format("{} ({})", device.name, device.vendor);
  for (char &c : name)
    if (c < ' ' || c > '~') c = '?';
  constexpr std::size_t longest = 200;
  return name.substr(0, longest);
}

Result<std::vector<std::string>> deviceNames(GpuApi api) {
  Result<ForkedTask> task = ForkedTask::start([&] { return listAsBytes(api); }, {.apart = true});
  if (!task) return tl::unexpected(task.error());
  const auto end = finishWithin(*task, mostSecondsOfListing);
  if (!end)
    return fail(fmt::format("the {} driver hasn't listed its devices in {} s", spellingOf(api),
                            mostSecondsOfListing));
  if (!endedWell(*end))
    return fail(
        fmt::format("the {} driver fails to list its devices: {}", spellingOf(api), howItEnded(*end)));
  Result<std::vector<std::string>> parts = unpackBytes(end->bytes);
  if (!parts) return parts;
  if (parts->size() < 2) return failInternal("a list of devices is cut off");
  if (parts->front() == "error") return fail((*parts)[1]);
  parts->erase(parts->begin());
  return parts;
}

Result<Machine> machineWith(const DeviceToTune &device) {
  Result<std::vector<std::string>> names = deviceNames(device.target.api);
  if (!names) return tl::unexpected(names.error());
  if (device.number < 0 || static_cast<std::size_t>(device.number) >= names->size())
    return fail(fmt::format("there is no {} device {}: they are counted from 0, and there {} {}",
                            spellingOf(device.target.api), device.number, names->size() == 1 ? "is" : "are",
                            names->size()));
  return Machine{(*names)[static_cast<std::size_t>(device.number)], 1, device};
}

} // namespace ninc
