// The devices that compiled models can run on here, and what they could do at best. Opens the drivers as a
// model's own runtime does, so what is listed is what a model finds, under the same numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/ninc_devices.h"
#include "support/Result.h"

namespace ninc {

struct DeviceInfo {
  ninc_device_kind kind = NINC_DEVICE_OPENCL; // or NINC_DEVICE_CUDA
  std::int32_t number = 0;                    // for ninc_device_options
  std::string name, vendor, driver;
  std::int64_t memoryBytes = 0;
  std::int64_t sharedBytes = 0; // of a block
  int units = 0;                // compute units, multiprocessors
  int maxThreads = 0;           // of a block
  double clockHz = 0;           // at most; 0 if unknown
  int capability = 0;           // CUDA: 86 for 8.6
  double peakFlops = 0; // f32 multiply-adds a second, times two, as the data sheet has it; 0 if unknown

  friend bool operator==(const DeviceInfo &, const DeviceInfo &) = default;
};

struct DeviceList {
  std::vector<DeviceInfo> devices;
  std::string why; // of an empty list: the sentence about it
};

// All devices of a kind. No driver or no device is no error, but a list that is empty; a driver that fails
// is.
Result<DeviceList> listDevices(ninc_device_kind kind);

// The same, asked in a process of its own, for who forks later: a driver that was opened here wouldn't
// survive that. One that crashes, or says nothing for half a minute, is an error.
Result<DeviceList> listDevicesApart(ninc_device_kind kind);

// f32 multiply-adds a second, times two, that a device reaches at best. OpenCL: measured with independent
// chains of multiply-adds, for up to half a second. CUDA: computed from the data sheet's numbers.
Result<double> measureDevicePeakFlops(ninc_device_kind kind, std::int32_t number);

} // namespace ninc
