// Who runs what is tuned, under the name that records have for it: this machine's CPU, or a device in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "codegen/target/GpuTarget.h"
#include "execution/devices/DeviceChoice.h"
#include "execution/devices/Devices.h"
#include "support/Result.h"

namespace ninc {

struct DeviceToTune {
  GpuTarget target; // what kernels are made for
  DeviceChoice choice;
};

struct Machine {
  std::string name; // cpuModel(), or recordName() of the device
  int threads = 1;  // of the team that runs models; 1 on a device
  std::optional<DeviceToTune> device = {};

  // What planModel wants to know.
  std::optional<GpuTarget> gpu() const { return device ? std::optional(device->target) : std::nullopt; }
};

Machine thisCpu(int threads);

// `ofItsKind` are the devices of the kind that was chosen. Errors: they couldn't be listed, there is none, or
// none of that number.
Result<Machine> machineWith(const DeviceToTune &device, const Result<DeviceList> &ofItsKind);

// "NVIDIA A100 80GB PCIe (NVIDIA Corporation)": printable ASCII, whatever the driver says.
std::string recordName(const DeviceInfo &device);

} // namespace ninc
