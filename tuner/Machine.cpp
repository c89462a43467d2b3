#include "tuner/Machine.h"

#include <algorithm>
#include <fmt/format.h>

#include "tuner/CpuModel.h"

namespace ninc {

namespace {

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

Result<Machine> machineWith(const DeviceToTune &device) {
  Result<DeviceList> list = listDevicesApart(kindOf(device.target.api));
  if (!list) return tl::unexpected(list.error());
  if (list->devices.empty()) return fail(list->why);
  const auto found = std::ranges::find(list->devices, device.number, &DeviceInfo::number);
  if (found != list->devices.end()) return Machine{recordName(*found), 1, device};
  return fail(fmt::format("there is no {} device {}: they are counted from 0, and there {} {}",
                          spellingOf(device.target.api), device.number,
                          list->devices.size() == 1 ? "is" : "are", list->devices.size()));
}

} // namespace ninc
