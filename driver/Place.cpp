#include "driver/Place.h"

#include <algorithm>
#include <fmt/format.h>
#include <sched.h>

#include "support/Counted.h"

namespace ninc {

const Result<DeviceList> &DevicesHere::ofKind(ninc_device_kind kind) {
  const auto known = lists_.find(kind);
  return known != lists_.end() ? known->second : lists_.emplace(kind, list_(kind)).first->second;
}

std::optional<DeviceInfo> DevicesHere::find(DeviceChoice choice) {
  if (choice.isCpu()) return std::nullopt;
  const Result<DeviceList> &list = ofKind(choice.kind);
  if (!list) return std::nullopt;
  const auto found = std::ranges::find(list->devices, choice.number, &DeviceInfo::number);
  return found == list->devices.end() ? std::nullopt : std::optional(*found);
}

std::string driversNameOf(const Place &place) {
  const std::optional<DeviceInfo> device = place.devices->find(place.device);
  return device ? device->name : "";
}

std::string toString(const Place &place) {
  if (place.device.isCpu()) return counted(place.threads, "thread");
  return fmt::format("{} ({})", toString(place.device), driversNameOf(place));
}

std::optional<std::string> doubtAboutTimes(const Place &place) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return std::nullopt; // more than a set has places
  const int cpus = CPU_COUNT(&allowed);
  if (!place.device.isCpu() || place.threads <= cpus) return std::nullopt;
  return fmt::format("{} threads share {}, so the times say nothing of a machine with more", place.threads,
                     counted(cpus, "CPU"));
}

} // namespace ninc
