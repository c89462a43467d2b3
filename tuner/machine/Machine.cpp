#include "tuner/machine/Machine.h"

#include <algorithm>
#include <fmt/format.h>

#include "tuner/machine/CpuModel.h"

namespace ninc {

Machine thisCpu(int threads) {
  return {cpuModel(), threads};
}

std::string recordName(const DeviceInfo &device) {
  std::string name = fmt::format("{} ({})", device.name, device.vendor);
  for (char &c : name)
    if (c < ' ' || c > '~') c = '?';
  constexpr std::size_t longest = 200;
  return name.substr(0, longest);
}

Result<Machine> machineWith(const DeviceToTune &device, const Result<DeviceList> &list) {
  if (!list) return tl::unexpected(list.error());
  if (list->devices.empty()) return fail(list->why);
  const auto found = std::ranges::find(list->devices, device.choice.number, &DeviceInfo::number);
  if (found != list->devices.end()) return Machine{recordName(*found), 1, device};
  return fail(fmt::format("there is no {} device {}: they are counted from 0, and there {} {}",
                          nameOfKind(device.choice.kind), device.choice.number,
                          list->devices.size() == 1 ? "is" : "are", list->devices.size()));
}

} // namespace ninc
