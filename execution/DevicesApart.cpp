// A list of devices through a pipe.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "execution/Devices.h"
#include "support/ForkedTask.h"

namespace ninc {

namespace {

constexpr double mostSeconds = 30;

nlohmann::json toJson(const DeviceInfo &device) {
  return {{"kind", device.kind},          {"number", device.number},         {"name", device.name},
          {"vendor", device.vendor},      {"driver", device.driver},         {"memory", device.memoryBytes},
          {"shared", device.sharedBytes}, {"units", device.units},           {"threads", device.maxThreads},
          {"clock", device.clockHz},      {"capability", device.capability}, {"peak", device.peakFlops}};
}

DeviceInfo deviceFrom(const nlohmann::json &json) {
  DeviceInfo device;
  json.at("kind").get_to(device.kind);
  json.at("number").get_to(device.number);
  json.at("name").get_to(device.name);
  json.at("vendor").get_to(device.vendor);
  json.at("driver").get_to(device.driver);
  json.at("memory").get_to(device.memoryBytes);
  json.at("shared").get_to(device.sharedBytes);
  json.at("units").get_to(device.units);
  json.at("threads").get_to(device.maxThreads);
  json.at("clock").get_to(device.clockHz);
  json.at("capability").get_to(device.capability);
  json.at("peak").get_to(device.peakFlops);
  return device;
}

// In the child.
std::string listAsText(std::int32_t kind) {
  const Result<DeviceList> list = listDevices(kind);
  nlohmann::json json = {{"devices", nlohmann::json::array()}, {"why", ""}};
  if (list) {
    json["why"] = list->why;
    for (const DeviceInfo &device : list->devices)
      json["devices"].push_back(toJson(device));
  } else {
    json["error"] = list.error().message;
  }
  // What drivers say needn't be UTF-8.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<DeviceList> listFrom(const std::string &text) {
  const nlohmann::json json = nlohmann::json::parse(text);
  if (json.contains("error")) return fail(json["error"].get<std::string>());
  DeviceList list;
  json.at("why").get_to(list.why);
  for (const nlohmann::json &device : json.at("devices"))
    list.devices.push_back(deviceFrom(device));
  return list;
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
