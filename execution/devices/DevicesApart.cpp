// A list of devices through a pipe.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "execution/devices/Devices.h"
#include "support/ForkedTask.h"

namespace ninc {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DeviceInfo, kind, number, name, vendor, driver, memoryBytes, sharedBytes,
                                   units, maxThreads, clockHz, capability, peakFlops)

namespace {

constexpr double mostSeconds = 30;

// In the child.
std::string listAsText(std::int32_t kind) {
  const Result<DeviceList> list = listDevices(kind);
  nlohmann::json json;
  if (list)
    json = {{"why", list->why}, {"devices", list->devices}};
  else
    json["error"] = list.error().message;
  // What drivers say needn't be UTF-8.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<DeviceList> listFrom(const std::string &text) {
  const nlohmann::json json = nlohmann::json::parse(text);
  if (json.contains("error")) return fail(json["error"].get<std::string>());
  return DeviceList{json.at("devices").get<std::vector<DeviceInfo>>(), json.at("why").get<std::string>()};
}

} // namespace

Result<DeviceList> listDevicesApart(std::int32_t kind) {
  Result<ForkedTask> task = ForkedTask::start([&] { return listAsText(kind); }, {.apart = true});
  if (!task) return tl::unexpected(task.error());
  const auto end = finishWithin(*task, mostSeconds);
  if (!end) return fail(fmt::format("the driver hasn't listed its devices in {} s", mostSeconds));
  if (!endedWell(*end))
    return fail("the driver fails to list its devices: it ended with " + howItEnded(*end));
  return listFrom(end->bytes);
}

} // namespace ninc
