#include "codegen/library/MakeProduct.h"

#include <fmt/format.h>

#include "codegen/kernel/MadeApart.h"
#include "codegen/library/EmbeddedRuntime.h"
#include "codegen/library/Header.h"
#include "codegen/library/HostModule.h"
#include "codegen/library/InterfaceFunctions.h"
#include "codegen/library/Link.h"
#include "codegen/library/WeightObject.h"
#include "codegen/library/WholeModule.h"
#include "codegen/program/Symbols.h"
#include "runtime/ninc_model.h"
#include "support/Files.h"
#include "support/Producer.h"
#include "support/Stopwatch.h"

namespace ninc {

namespace {

std::string_view textOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

HostModuleOptions optionsFor(Product product, bool keepsLlvmIr) {
  const EmissionForm form = product == Product::assembly ? EmissionForm::assembly
                            : product == Product::llvmIr ? EmissionForm::llvmIr
                                                         : EmissionForm::object;
  return {form, product == Product::sharedLibrary, keepsLlvmIr};
}

// Numbers and texts pass from the child as one: a number and the length of the first text, in sixteen digits
// each, in front of both.
constexpr std::size_t digits = 16;

std::string joined(std::uint64_t number, const std::string &code, const std::string &llvmIr) {
  return fmt::format("{:0{}x}{:0{}x}", number, digits, code.size(), digits) + code + llvmIr;
}

struct Joined {
  std::uint64_t number;
  std::string code, llvmIr;
};

Joined split(const std::string &text) {
  const std::size_t bytes = std::stoull(text.substr(digits, digits), nullptr, 16);
  return {std::stoull(text.substr(0, digits), nullptr, 16), text.substr(2 * digits, bytes),
          text.substr(2 * digits + bytes)};
}

Result<HostModule> emitApart(const Program &program, const HostModuleOptions &options) {
  auto both = madeApart("making the host module", [&]() -> Result<std::string> {
    auto made = emitHostModule(program, options);
    if (!made) return tl::unexpected(made.error());
    return joined(0, made->code, made->llvmIr);
  });
  if (!both) return tl::unexpected(both.error());
  Joined parts = split(*both);
  return HostModule{std::move(parts.code), std::move(parts.llvmIr)};
}

Result<WholeModule> emitWholeApart(const Program &program, bool keepsLlvmIr) {
  auto both = madeApart("making the library", [&]() -> Result<std::string> {
    auto made = emitWholeModule(program, keepsLlvmIr);
    if (!made) return tl::unexpected(made.error());
    return joined(static_cast<std::uint64_t>(made->stackBytes), made->object, made->llvmIr);
  });
  if (!both) return tl::unexpected(both.error());
  Joined parts = split(*both);
  return WholeModule{std::move(parts.code), std::move(parts.llvmIr), static_cast<std::int64_t>(parts.number)};
}

// The objects that are linked, the sources for devices, and the host module as text, since that is ours to
// read.
Result<void> saveTemporaries(const std::filesystem::path &folder, const Program &program,
                             const std::vector<LinkInput> &objects, const std::string &hostLlvmIr) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(fmt::format("can't make the folder {}: {}", folder.string(), error.message()));
  for (const LinkInput &object : objects)
    if (auto written = writeAtomically(folder / (program.interface.name + "." + object.name), object.bytes);
        !written)
      return written;
  for (const DeviceVersions &device : program.devices) {
    std::size_t number = 0; // among the device's own
    for (const std::size_t i : kernelsOf(device.versions)) {
      const std::string name = fmt::format("{}.{}_kernel{}.{}", program.interface.name, device.target().name,
                                           number++, device.target().kind == NINC_DEVICE_CUDA ? "ptx" : "cl");
      if (auto written = writeAtomically(folder / name, textOf(program.kernels[i].object)); !written)
        return written;
    }
  }
  return writeAtomically(folder / (program.interface.name + ".host.ll"), hostLlvmIr);
}

// A text is only a part of a library, and says so in its first line.
std::string withHeading(const Program &program, Product product, const std::string &text) {
  const std::string heading = fmt::format("{} {}: the host module of '{}' alone, which calls the kernels; "
                                          "they, the weights and the runtime are only "
                                          "in a .so, .a or .o",
                                          madeByNinc, NINC_VERSION, program.interface.name);
  if (product == Product::assembly) return fmt::format("/* {}. */\n{}", heading, text);
  return fmt::format("; {}.\n{}", heading, text);
}

// What is linked. The objects show bytes of the program, of ninc itself, of the host module and of `weights`.
struct Parts {
  std::vector<std::string> weights; // of the CPU's half, then of the devices'
  std::vector<LinkInput> objects;
};

Result<Parts> partsOf(const Program &program, const std::string &host) {
  const Arch arch = archOf(program);
  const std::string &name = program.interface.name;
  Parts parts;
  if (!program.weightsAreExternal)
    parts.weights.push_back(
        weightObject(program.weights, weightSymbol(name), Program::weightAlignment, arch));
  for (const DeviceVersions &device : program.devices)
    parts.weights.push_back(weightObject(device.weights, deviceWeightSymbol(name, device.target()),
                                         Program::weightAlignment, arch));

  auto runtime = runtimeObject(arch);
  if (!runtime) return tl::unexpected(runtime.error());
  parts.objects = {{"host.o", host}, {"runtime.o", textOf(*runtime)}};
  if (program.weightsAreExternal) {
    auto weightsRuntime = weightsRuntimeObject(arch);
    if (!weightsRuntime) return tl::unexpected(weightsRuntime.error());
    parts.objects.push_back({"weights_runtime.o", textOf(*weightsRuntime)});
  } else {
    parts.objects.push_back({"weights.o", parts.weights.front()});
  }
  for (const std::size_t i : kernelsOf(program.versions))
    parts.objects.push_back({fmt::format("kernel{}.o", i), textOf(program.kernels[i].object)});
  for (std::size_t i = 0; i < program.devices.size(); ++i)
    parts.objects.push_back({program.devices[i].target().name + "_weights.o",
                             parts.weights[i + (program.weightsAreExternal ? 0 : 1)]});
  if (program.devices.empty()) return parts;
  auto deviceRuntime = deviceRuntimeObject(arch);
  if (!deviceRuntime) return tl::unexpected(deviceRuntime.error());
  parts.objects.push_back({"device_runtime.o", textOf(*deviceRuntime)});
  return parts;
}

// The finished library: .so, .o or .a.
Result<std::string> linkLibrary(const Program &program, Product product,
                                const std::vector<LinkInput> &objects, const std::string &soname) {
  std::vector<std::string> exports = exportedSymbols(program);
  const Imports imports{!program.devices.empty(), program.weightsAreExternal};
  if (product == Product::sharedLibrary) {
    exports.push_back(NINC_MODEL_SYMBOL);
    return linkSharedLibrary(objects, exports, archOf(program), imports, soname);
  }
  auto object = linkObject(objects, exports, archOf(program), imports);
  if (!object || product == Product::object) return object;
  return makeArchive({program.interface.name + ".o", *object});
}

Result<std::string> makeLibrary(const Program &program, Product product, const HostModule &host,
                                const std::filesystem::path &saveTemps, const std::string &soname) {
  auto parts = partsOf(program, host.code);
  if (!parts) return tl::unexpected(parts.error());
  if (!saveTemps.empty())
    if (auto saved = saveTemporaries(saveTemps, program, parts->objects, host.llvmIr); !saved)
      return tl::unexpected(saved.error());
  return linkLibrary(program, product, parts->objects, soname);
}

// On bare metal it says how deep the stack gets, which the code tells.
Result<MadeProduct> makeHeader(const Program &program) {
  std::optional<std::int64_t> stackBytes;
  if (machineOf(program).platform == Platform::none) {
    auto whole = emitWholeApart(program, false);
    if (!whole) return tl::unexpected(whole.error());
    stackBytes = whole->stackBytes;
  }
  auto header = generateHeader(program, stackBytes);
  if (!header) return tl::unexpected(header.error());
  return MadeProduct{std::move(*header), 0, 0, stackBytes};
}

// Of a machine whose libraries are one module.
Result<MadeProduct> makeOneModule(const Program &program, Product product,
                                  const std::filesystem::path &saveTemps) {
  const Target &machine = machineOf(program);
  if (product == Product::sharedLibrary)
    return tl::unexpected(
        Error{ErrorKind::usage,
              fmt::format("libraries for {} are a .o or a .a: only for Linux there are .so", machine.name)});
  Stopwatch watch;
  auto whole = emitWholeApart(program, !saveTemps.empty());
  if (!whole) return tl::unexpected(whole.error());
  const LinkInput object{program.interface.name + ".o", whole->object};
  if (!saveTemps.empty())
    if (auto saved = saveTemporaries(saveTemps, program, {}, whole->llvmIr); !saved)
      return tl::unexpected(saved.error());
  MadeProduct made;
  if (machine.platform == Platform::none) made.stackBytes = whole->stackBytes;
  made.hostSeconds = watch.seconds();
  if (product == Product::archive) {
    auto archive = makeArchive(object);
    if (!archive) return tl::unexpected(archive.error());
    made.bytes = std::move(*archive);
  } else {
    made.bytes = std::move(whole->object);
  }
  return made;
}

} // namespace

Result<MadeProduct> makeProduct(const Program &program, Product product,
                                const std::filesystem::path &saveTemps, const std::string &soname) {
  if (product == Product::header) return makeHeader(program);
  if (isOneModule(machineOf(program)) && product != Product::assembly && product != Product::llvmIr)
    return makeOneModule(program, product, saveTemps);
  Stopwatch watch;
  auto host = emitApart(program, optionsFor(product, !saveTemps.empty()));
  if (!host) return tl::unexpected(host.error());
  const double hostSeconds = watch.seconds();
  if (product == Product::assembly || product == Product::llvmIr)
    return MadeProduct{withHeading(program, product, host->code), hostSeconds};
  watch = {};
  auto library = makeLibrary(program, product, *host, saveTemps, soname);
  if (!library) return tl::unexpected(library.error());
  return MadeProduct{std::move(*library), hostSeconds, watch.seconds()};
}

} // namespace ninc
