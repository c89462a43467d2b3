// Where a model runs: on how many threads of this machine's CPU, or on which device in it.
//
// Asking a driver for its devices takes a process, up to a second, and half a minute where the driver is a
// bad one. So who wants to know asks the one DevicesHere of his command, which asks each driver once, and
// none that nobody asks about.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "execution/devices/DeviceChoice.h"
#include "execution/devices/Devices.h"
#include "support/Result.h"

namespace ninc {

// Not thread-safe.
class DevicesHere {
public:
  using Lister = std::function<Result<DeviceList>(ninc_device_kind)>;

  // Devices are listed in a process of its own, since whoever asks may compile next, and that forks.
  explicit DevicesHere(Lister list = listDevicesApart) : list_(std::move(list)) {}

  // The reference is good as long as this is.
  const Result<DeviceList> &ofKind(ninc_device_kind kind);

  // Nothing where there is no such device, or its driver fails.
  std::optional<DeviceInfo> find(DeviceChoice choice);

private:
  Lister list_;
  std::map<ninc_device_kind, Result<DeviceList>> lists_;
};

struct Place {
  DeviceChoice device;
  int threads = 1; // means nothing on a device
  std::shared_ptr<DevicesHere> devices = std::make_shared<DevicesHere>();
};

// "NVIDIA GeForce RTX 3060": what the driver calls the device; "" for the CPU and where there is no such
// device.
std::string driversNameOf(const Place &place);

// "2 threads", "opencl:0 (NVIDIA GeForce RTX 3060)": for people.
std::string toString(const Place &place);

// A sentence where there are more threads than CPUs to run them at once, for who measures; else nothing.
std::optional<std::string> doubtAboutTimes(const Place &place);

} // namespace ninc
