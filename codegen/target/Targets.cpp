#include "codegen/target/Targets.h"

#include <algorithm>
#include <fmt/format.h>

namespace ninc {

namespace {

tl::unexpected<Error> misused(std::string text) {
  return tl::unexpected(Error{ErrorKind::usage, std::move(text)});
}

// The end of the CPU at the beginning of the text. A plus ends it, but for those that have one in their
// names.
std::size_t endOfCpu(std::string_view text) {
  constexpr std::string_view withPlus = "armv8.2-a+dotprod";
  const std::size_t from = text.starts_with(withPlus) ? withPlus.size() : 0;
  return std::min(text.find_first_of(",+", from), text.size());
}

Result<void> addCpu(std::string_view name, std::vector<Target> &cpus) {
  Result<Target> cpu = parseTarget(name);
  if (!cpu) return tl::unexpected(cpu.error());
  if (std::ranges::find(cpus, cpu->isa, &Target::isa) != cpus.end())
    return misused(fmt::format("a library holds code for {} once: '{}' is the same again", cpu->name, name));
  cpus.push_back(std::move(*cpu));
  return checkOneArch(cpus);
}

Result<void> addDevice(std::string_view name, std::vector<GpuTarget> &devices) {
  Result<GpuTarget> device = parseGpuTarget(name);
  if (!device) return tl::unexpected(device.error());
  for (const GpuTarget &other : devices)
    if (other.kind == device->kind)
      return misused(fmt::format("a library holds code for one device of a kind, not for {} and {}",
                                 other.name, device->name));
  devices.push_back(std::move(*device));
  return {};
}

} // namespace

Result<Targets> parseTargets(std::string_view text) {
  Targets targets;
  std::string_view rest = text;
  for (bool another = true; another;) {
    const std::size_t end = endOfCpu(rest);
    if (auto added = addCpu(rest.substr(0, end), targets.cpus); !added) return tl::unexpected(added.error());
    rest.remove_prefix(end);
    another = rest.starts_with(',');
    if (another) rest.remove_prefix(1);
  }
  while (!rest.empty()) {
    rest.remove_prefix(1); // the plus
    const std::string_view name = rest.substr(0, rest.find('+'));
    rest.remove_prefix(name.size());
    if (auto added = addDevice(name, targets.devices); !added) return tl::unexpected(added.error());
    if (isOneModule(targets.cpus.front()))
      return misused(
          fmt::format("devices are for libraries on Linux, not for {}", targets.cpus.front().name));
  }
  return targets;
}

std::string toString(const Targets &targets) {
  std::string text;
  for (const Target &cpu : targets.cpus)
    text += (text.empty() ? "" : ",") + toString(cpu);
  for (const GpuTarget &device : targets.devices)
    text += "+" + toString(device);
  return text;
}

} // namespace ninc
