#include "driver/Resolve.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <thread>

#include "tuner/machine/CpuModel.h"
#include "tuner/machine/Machine.h"

namespace ninc {

namespace {

// "opencl", "cuda"; for a GPU that is older than what cuda stands for the newest target that isn't newer than
// the GPU, since PTX runs on later ones only.
std::string wordForTarget(DeviceChoice choice, DevicesHere &devices) {
  const std::string usual(wordOfKind(choice.kind));
  if (choice.kind != NINC_DEVICE_CUDA) return usual;
  const std::optional<DeviceInfo> device = devices.find(choice);
  const Result<Targets> newest = parseTargets("host+" + usual);
  if (!device || !newest || device->capability >= newest->devices.front().capability) return usual;
  for (int older = device->capability; older > 0; --older)
    if (const std::string name = fmt::format("sm_{}", older); parseTargets("host+" + name)) return name;
  return usual;
}

// `targets`, and code for the chosen device where they have none for its kind.
Result<Targets> withDevice(Targets targets, DeviceChoice choice, DevicesHere &devices) {
  const auto isOfKind = [&](const GpuTarget &target) { return target.kind == choice.kind; };
  if (choice.isCpu() || std::ranges::any_of(targets.devices, isOfKind)) return targets;
  Result<Targets> usual = parseTargets("host+" + wordForTarget(choice, devices));
  if (!usual) return usual;
  targets.devices.push_back(usual->devices.front());
  return targets;
}

// Stores f16 on each device; an error where nothing can have it.
Result<void> storeHalves(std::vector<GpuTarget> &devices) {
  if (devices.empty())
    return tl::unexpected(Error{ErrorKind::usage, "--precision f16 is for devices; name one, as in --target "
                                                  "host+opencl or --device opencl"});
  for (GpuTarget &device : devices) {
    constexpr int firstWithHalves = 53;
    if (device.kind == NINC_DEVICE_CUDA && device.capability < firstWithHalves)
      return fail(fmt::format("{} has no f16", device.name));
    device.storage = ElementType::f16;
  }
  return {};
}

tl::unexpected<Error> misused(std::string text) {
  return tl::unexpected(Error{ErrorKind::usage, std::move(text)});
}

// What the library may count on.
Result<Targets> withRuntime(Targets targets, const std::string &runtime) {
  if (runtime == "system") return targets;
  if (runtime != "none") return misused(fmt::format("no runtime '{}'; there are system and none", runtime));
  if (!targets.devices.empty()) return misused("--runtime none: a device's driver needs a system");
  for (Target &cpu : targets.cpus) {
    Result<Target> bare = onBareMetal(cpu);
    if (!bare) return tl::unexpected(bare.error());
    cpu = std::move(*bare);
  }
  return targets;
}

// Whose the memory is that a run works in.
Result<bool> ownsScratch(const Request &request, const Target &machine) {
  if (request.scratch == "caller") return false;
  if (request.scratch != "static")
    return misused(fmt::format("no scratch '{}'; there are caller and static", request.scratch));
  if (machine.platform != Platform::none && machine.platform != Platform::wasm)
    return misused(fmt::format("--scratch static is for libraries of one thread, on bare metal (--runtime "
                               "none) and for wasm32, not for {}",
                               machine.name));
  return true;
}

Result<Targets> targetsFor(const Request &request, DevicesHere &devices) {
  Result<Targets> targets = parseTargets(request.target);
  if (targets) targets = withRuntime(std::move(*targets), request.runtime);
  if (!targets) return targets;
  targets = withDevice(std::move(*targets), request.device, devices);
  if (!targets || request.precision == "f32") return targets;
  if (request.precision != "f16")
    return tl::unexpected(
        Error{ErrorKind::usage, fmt::format("no precision '{}'; there are f32 and f16", request.precision)});
  if (auto stored = storeHalves(targets->devices); !stored) return tl::unexpected(stored.error());
  return targets;
}

// "1x3x224x224"
std::optional<Shape> parseShape(std::string_view text) {
  Shape shape;
  for (const char *at = text.data(), *end = at + text.size();;) {
    std::int64_t extent = 0;
    const auto [after, error] = std::from_chars(at, end, extent);
    if (error != std::errc{} || extent < 1) return std::nullopt;
    shape.push_back(extent);
    if (after == end) return shape;
    if (*after != 'x') return std::nullopt;
    at = after + 1;
  }
}

struct NamedShapes {
  std::string name;
  std::vector<Shape> shapes; // one a size
};

// "data:0=1x3x224x224", "data:0=1x3x224x224,1x3x320x320". Names may hold anything, so the last = counts.
Result<NamedShapes> parseNamedShapes(const std::string &text) {
  const std::size_t equals = std::min(text.rfind('='), text.size());
  NamedShapes named{text.substr(0, equals), {}};
  std::string_view rest = std::string_view(text).substr(std::min(equals + 1, text.size()));
  for (bool another = !named.name.empty(); another;) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::optional<Shape> shape = parseShape(rest.substr(0, comma));
    if (!shape) break;
    named.shapes.push_back(std::move(*shape));
    another = comma < rest.size();
    if (!another) return named;
    rest.remove_prefix(comma + 1);
  }
  return tl::unexpected(Error{
      ErrorKind::usage,
      fmt::format("--shape '{}' isn't NAME=1x3x224x224, an input's name and its extents; several sizes have "
                  "commas between them",
                  text)});
}

// Code for a machine that isn't this one: which CPU it has is for the user to say.
std::string cpuOfRecords(const Request &request, std::span<const Target> targets) {
  if (!request.cpu.empty()) return request.cpu;
  return std::ranges::any_of(targets, runsHere) ? cpuModel() : "";
}

} // namespace

Result<Build> resolve(const Request &request, std::shared_ptr<DevicesHere> devices) {
  Result<Targets> targets = targetsFor(request, *devices);
  if (!targets) return tl::unexpected(targets.error());
  Result<bool> scratch = ownsScratch(request, targets->cpus.front());
  if (!scratch) return tl::unexpected(scratch.error());
  Build build;
  build.records = {!request.withoutDatabase, request.database, cpuOfRecords(request, targets->cpus)};
  build.targets = std::move(*targets);
  build.batch = request.batch.value_or(1);
  build.anyBatch = request.anyBatch;
  build.ownsScratch = *scratch;
  build.jobs = request.jobs > 0 ? request.jobs : std::max(1u, std::thread::hardware_concurrency());
  build.exactness = request.exact ? Exactness::exact : Exactness::fast;
  build.place = {request.device, request.threads, std::move(devices)};
  build.scheduleFile = request.scheduleFile;
  return build;
}

Result<std::vector<ImportOptions>> importOptions(const Request &request, WeightLoading weights) {
  std::vector<NamedShapes> inputs;
  std::size_t count = 1;
  for (const std::string &text : request.shapes) {
    Result<NamedShapes> named = parseNamedShapes(text);
    if (!named) return tl::unexpected(named.error());
    count = std::max(count, named->shapes.size());
    inputs.push_back(std::move(*named));
  }
  std::vector<ImportOptions> sizes(
      count, ImportOptions{weights, request.batch, {}, request.outputs, request.weightFile});
  for (const auto &[name, shapes] : inputs) {
    if (shapes.size() != 1 && shapes.size() != count)
      return tl::unexpected(
          Error{ErrorKind::usage, fmt::format("--shape gives '{}' {} sizes and another input {}; give it {} "
                                              "or one that it always has",
                                              name, shapes.size(), count, count)});
    for (std::size_t i = 0; i < count; ++i)
      sizes[i].shapes.emplace_back(name, shapes[shapes.size() == 1 ? 0 : i]);
  }
  return sizes;
}

Result<void> checkRunsHere(const Build &build) {
  if (std::ranges::any_of(build.targets.cpus, runsHere)) return {};
  return fail(
      fmt::format("code for {} can't run on this machine; compile it with -o and take it to one where it can",
                  build.targets.cpus.front().name));
}

Result<void> checkCanBeMade(Product product, const Build &build) {
  if (build.targets.cpus.empty() || product != Product::sharedLibrary) return {};
  const Target &machine = build.targets.cpus.front();
  if (!isOneModule(machine)) return {};
  return misused(
      fmt::format("there are shared libraries for Linux only; for {} make a .o or a .a", machine.name));
}

CompileOptions compileOptions(const Build &build) {
  CompileOptions options;
  options.targets = build.targets.cpus;
  options.devices = build.targets.devices;
  options.batch = build.batch;
  options.anyBatch = build.anyBatch;
  options.ownsScratch = build.ownsScratch;
  options.jobs = build.jobs;
  options.exactness = build.exactness;
  return options;
}

} // namespace ninc
