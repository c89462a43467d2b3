// A list of devices through a pipe.
#include <fmt/format.h>

#include "execution/devices/Devices.h"
#include "support/ByteStream.h"
#include "support/ForkedTask.h"
#include "support/Utf8.h"

namespace ninc {

namespace {

constexpr double mostSeconds = 30;

void walkDevice(auto &stream, auto &device) {
  stream.number(device.kind);
  stream.number(device.number);
  stream.sequence(device.name);
  stream.sequence(device.vendor);
  stream.sequence(device.driver);
  stream.number(device.memoryBytes);
  stream.number(device.sharedBytes);
  stream.number(device.units);
  stream.number(device.maxThreads);
  stream.number(device.clockHz);
  stream.number(device.capability);
  stream.number(device.peakFlops);
}

void walkList(auto &stream, auto &list) {
  stream.each(list.devices, [](auto &to, auto &device) { walkDevice(to, device); });
  stream.sequence(list.why);
}

// In the child. What drivers say needn't be UTF-8.
Result<DeviceList> listInUtf8(ninc_device_kind kind) {
  Result<DeviceList> list = listDevices(kind);
  if (!list) return fail(asUtf8(list.error().message));
  list->why = asUtf8(list->why);
  for (DeviceInfo &device : list->devices)
    for (std::string *text : {&device.name, &device.vendor, &device.driver})
      *text = asUtf8(*text);
  return list;
}

} // namespace

Result<DeviceList> listDevicesApart(ninc_device_kind kind) {
  Result<ForkedTask> task = ForkedTask::start(
      [&] { return encodeResult(listInUtf8(kind), [](auto &to, auto &list) { walkList(to, list); }); },
      {.apart = true});
  if (!task) return tl::unexpected(task.error());
  const auto end = finishWithin(*task, mostSeconds);
  if (!end) return fail(fmt::format("the driver hasn't listed its devices in {} s", mostSeconds));
  if (!endedWell(*end))
    return fail("the driver fails to list its devices: it ended with " + howItEnded(*end));
  auto list = decodeResult<DeviceList>(end->bytes, [](auto &from, auto &one) { walkList(from, one); });
  if (!list) return fail("the driver fails to list its devices: it ended their process");
  return std::move(*list);
}

} // namespace ninc
