#include "codegen/target/Targets.h"

#include <algorithm>
#include <fmt/format.h>

namespace ninc {

Result<Targets> parseTargets(std::string_view text) {
  const std::size_t plus = std::min(text.find('+'), text.size());
  Result<Target> cpu = parseTarget(text.substr(0, plus));
  if (!cpu) return tl::unexpected(cpu.error());
  Targets targets{std::move(*cpu), {}};
  for (std::string_view rest = text.substr(plus); !rest.empty();) {
    rest.remove_prefix(1); // the plus
    const std::string_view name = rest.substr(0, rest.find('+'));
    rest.remove_prefix(name.size());
    Result<GpuTarget> device = parseGpuTarget(name);
    if (!device) return tl::unexpected(device.error());
    for (const GpuTarget &other : targets.devices)
      if (other.kind == device->kind)
        return tl::unexpected(Error{
            ErrorKind::usage, fmt::format("a library holds code for one device of a kind, not for {} and {}",
                                          other.name, device->name)});
    targets.devices.push_back(std::move(*device));
  }
  return targets;
}

std::string toString(const Targets &targets) {
  std::string text = toString(targets.cpu);
  for (const GpuTarget &device : targets.devices)
    text += "+" + toString(device);
  return text;
}

} // namespace ninc
