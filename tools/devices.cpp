// ninc devices

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "execution/devices/DeviceChoice.h"
#include "execution/devices/Devices.h"
#include "support/StandardStreams.h"
#include "tools/Commands.h"

namespace ninc {

namespace {

constexpr ninc_device_kind kinds[] = {NINC_DEVICE_OPENCL, NINC_DEVICE_CUDA};

// A driver that fails has no devices either, and there is a sentence about it.
DeviceList devicesOf(ninc_device_kind kind) {
  Result<DeviceList> list = listDevices(kind);
  return list ? std::move(*list) : DeviceList{{}, list.error().message};
}

// GFLOP/s; 0 where it isn't known.
double peakOf(const DeviceInfo &device) {
  return measureDevicePeakFlops(device.kind, device.number).value_or(0) * 1e-9;
}

std::string textOf(std::int64_t bytes) {
  const auto kibibytes = static_cast<double>(bytes) / 1024;
  if (kibibytes < 1024) return fmt::format("{:.0f} KiB", kibibytes);
  if (kibibytes < 1024 * 1024) return fmt::format("{:.0f} MiB", kibibytes / 1024);
  return fmt::format("{:.1f} GiB", kibibytes / 1024 / 1024);
}

void print(const DeviceInfo &device) {
  const std::string name = toString(DeviceChoice{device.kind, device.number});
  const std::string capability =
      device.capability
          ? fmt::format(", compute capability {}.{}", device.capability / 10, device.capability % 10)
          : "";
  answer("{:10} {}{}\n", name, device.name, capability);
  answer("{:10} {}, {}\n", "", device.vendor, device.driver);
  answer("{:10} {} memory, {} units, blocks of at most {} threads with {} of shared memory\n", "",
         textOf(device.memoryBytes), device.units, device.maxThreads, textOf(device.sharedBytes));
  if (const double peak = peakOf(device); peak > 0)
    answer("{:10} peak {:.1f} GFLOP/s, {}\n", "", peak,
           device.kind == NINC_DEVICE_CUDA ? "as the data sheet has it" : "measured");
}

nlohmann::json toJson(const DeviceInfo &device) {
  return {{"device", toString(DeviceChoice{device.kind, device.number})},
          {"name", device.name},
          {"vendor", device.vendor},
          {"driver", device.driver},
          {"memory_bytes", device.memoryBytes},
          {"shared_bytes", device.sharedBytes},
          {"units", device.units},
          {"max_threads", device.maxThreads},
          {"clock_hz", device.clockHz},
          {"capability", device.capability},
          {"peak_gflops", peakOf(device)}};
}

void printAll() {
  for (const ninc_device_kind kind : kinds) {
    const DeviceList list = devicesOf(kind);
    for (const DeviceInfo &device : list.devices)
      print(device);
    if (list.devices.empty()) answer("{}: none: {}\n", nameOfKind(kind), list.why);
  }
}

void printJson() {
  nlohmann::json devices = nlohmann::json::array(), none = nlohmann::json::object();
  for (const ninc_device_kind kind : kinds) {
    const DeviceList list = devicesOf(kind);
    for (const DeviceInfo &device : list.devices)
      devices.push_back(toJson(device));
    if (list.devices.empty()) none[std::string(wordOfKind(kind))] = list.why;
  }
  answer("{}\n", nlohmann::json{{"devices", devices}, {"none", none}}.dump(2));
}

} // namespace

void addDevices(CLI::App &app, Command &chosen) {
  auto json = std::make_shared<bool>(false);
  CLI::App *devices = app.add_subcommand("devices", "the devices that --device can name on this machine");
  devices->add_flag("--json", *json, "the list for programs");
  devices->footer("Example:\n"
                  "  ninc devices && ninc verify examples/nin_cifar10.nin --device opencl:0");
  devices->callback([&chosen, json] {
    chosen = [json] {
      if (*json)
        printJson();
      else
        printAll();
      return 0;
    };
  });
}

} // namespace ninc
