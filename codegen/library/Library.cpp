#include "codegen/library/Library.h"

#include <fmt/format.h>

#include "codegen/kernel/MadeApart.h"
#include "codegen/library/EmbeddedRuntime.h"
#include "codegen/library/Header.h"
#include "codegen/library/HostModule.h"
#include "codegen/library/Link.h"
#include "codegen/library/WeightObject.h"
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

HostModuleForm formFor(Product product) {
  switch (product) {
  case Product::sharedLibrary:
    return HostModuleForm::sharedLibraryObject;
  case Product::assembly:
    return HostModuleForm::assembly;
  case Product::llvmIr:
    return HostModuleForm::llvmIr;
  case Product::archive:
  case Product::object:
  case Product::header:
    break;
  }
  return HostModuleForm::linkableObject;
}

Result<std::string> emitApart(const Program &program, HostModuleForm form) {
  return madeApart("making the host module", [&] { return emitHostModule(program, form); });
}

// The objects that are linked, the sources for devices, and the host module as text, since that is ours to
// read.
Result<void> saveTemporaries(const std::filesystem::path &folder, const Program &program,
                             const std::vector<LinkInput> &objects) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(fmt::format("can't make the folder {}: {}", folder.string(), error.message()));
  for (const LinkInput &object : objects)
    if (auto written = writeAtomically(folder / (program.name + "." + object.name), object.bytes); !written)
      return written;
  for (const Program &device : program.devices)
    for (std::size_t i = 0; i < device.kernels.size(); ++i) {
      const std::string name = fmt::format("{}.{}_kernel{}.{}", program.name, device.gpu->name, i,
                                           device.gpu->api == GpuApi::cuda ? "ptx" : "cl");
      if (auto written = writeAtomically(folder / name, textOf(device.kernels[i].object)); !written)
        return written;
    }
  auto text = emitApart(program, HostModuleForm::llvmIr);
  if (!text) return tl::unexpected(text.error());
  return writeAtomically(folder / (program.name + ".host.ll"), *text);
}

// A text is only a part of a library, and says so in its first line.
std::string withHeading(const Program &program, Product product, const std::string &text) {
  const std::string heading = fmt::format("{} {}: the host module of '{}' alone, which calls the kernels; "
                                          "they, the weights and the runtime are only "
                                          "in a .so, .a or .o",
                                          madeByNinc, NINC_VERSION, program.name);
  if (product == Product::assembly) return fmt::format("/* {}. */\n{}", heading, text);
  return fmt::format("; {}.\n{}", heading, text);
}

// The finished library: .so, .o or .a.
Result<std::string> makeLibrary(const Program &program, Product product, const std::string &host,
                                const std::filesystem::path &saveTemps) {
  auto runtime = runtimeObject(program.target.arch);
  if (!runtime) return tl::unexpected(runtime.error());
  const std::string weights = weightObject(program.weights, weightSymbol(program.name),
                                           Program::weightAlignment, program.target.arch);
  std::vector<LinkInput> objects = {
      {"host.o", host}, {"weights.o", weights}, {"runtime.o", textOf(*runtime)}};
  for (std::size_t i = 0; i < program.kernels.size(); ++i)
    objects.push_back({fmt::format("kernel{}.o", i), textOf(program.kernels[i].object)});
  std::vector<std::string> deviceWeights;
  for (const Program &device : program.devices)
    deviceWeights.push_back(weightObject(device.weights, deviceWeightSymbol(device), Program::weightAlignment,
                                         program.target.arch));
  for (std::size_t i = 0; i < program.devices.size(); ++i)
    objects.push_back({program.devices[i].gpu->name + "_weights.o", deviceWeights[i]});
  if (!program.devices.empty()) {
    auto deviceRuntime = deviceRuntimeObject(program.target.arch);
    if (!deviceRuntime) return tl::unexpected(deviceRuntime.error());
    objects.push_back({"device_runtime.o", textOf(*deviceRuntime)});
  }
  if (!saveTemps.empty())
    if (auto saved = saveTemporaries(saveTemps, program, objects); !saved)
      return tl::unexpected(saved.error());

  std::vector<std::string> exports = interfaceSymbols(program);
  const Imports imports = program.devices.empty() ? Imports::cpu : Imports::device;
  if (product == Product::sharedLibrary) {
    exports.push_back(NINC_MODEL_SYMBOL);
    return linkSharedLibrary(objects, exports, program.target.arch, imports);
  }
  auto object = linkObject(objects, exports, program.target.arch, imports);
  if (!object || product == Product::object) return object;
  return makeArchive({program.name + ".o", *object});
}

} // namespace

Result<std::string> makeProduct(const Program &program, Product product,
                                const std::filesystem::path &saveTemps, CompileStatistics &statistics) {
  if (product == Product::header) return generateHeader(program);
  Stopwatch watch;
  auto host = emitApart(program, formFor(product));
  statistics.hostSeconds = watch.seconds();
  if (!host) return host;
  if (product == Product::assembly || product == Product::llvmIr) return withHeading(program, product, *host);
  watch = {};
  auto library = makeLibrary(program, product, *host, saveTemps);
  statistics.linkSeconds = watch.seconds();
  return library;
}

} // namespace ninc
