// What a model runs on, as people name it: "cpu", "opencl", "cuda:1".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/ninc_devices.h"
#include "support/Result.h"

namespace ninc {

struct DeviceChoice {
  ninc_device_kind kind = NINC_DEVICE_CPU;
  std::int32_t number = 0; // of the device among those of its kind, as `ninc devices` lists them

  bool isCpu() const { return kind == NINC_DEVICE_CPU; }
  friend bool operator==(const DeviceChoice &, const DeviceChoice &) = default;
};

// Without a number, the first device of the kind. The error says what is understood.
Result<DeviceChoice> parseDevice(std::string_view text);

// "cpu", "opencl:0": what parseDevice reads.
std::string toString(DeviceChoice choice);

// "opencl": the kind in parseDevice's words, and in those of a --target.
std::string_view wordOfKind(ninc_device_kind kind);

// "OpenCL": the kind in a sentence.
std::string_view nameOfKind(ninc_device_kind kind);

} // namespace ninc
