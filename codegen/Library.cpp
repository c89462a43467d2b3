#include "codegen/Library.h"

#include <fmt/format.h>

#include "codegen/EmbeddedRuntime.h"
#include "codegen/Header.h"
#include "codegen/HostModule.h"
#include "codegen/Link.h"
#include "codegen/WeightObject.h"
#include "runtime/ninc_model.h"
#include "support/Files.h"
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

// The objects that are linked, and the host module as text, since that one is ours to read.
Result<void> saveTemporaries(const std::filesystem::path &folder, const Program &program,
                             const std::vector<LinkInput> &objects) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(fmt::format("can't make the folder {}: {}", folder.string(), error.message()));
  for (const LinkInput &object : objects)
    if (auto written = writeAtomically(folder / (program.name + "." + object.name), object.bytes); !written)
      return written;
  auto text = emitHostModule(program, HostModuleForm::llvmIr);
  if (!text) return tl::unexpected(text.error());
  return writeAtomically(folder / (program.name + ".host.ll"), *text);
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
  if (!saveTemps.empty())
    if (auto saved = saveTemporaries(saveTemps, program, objects); !saved)
      return tl::unexpected(saved.error());

  std::vector<std::string> exports = interfaceSymbols(program.name);
  if (product == Product::sharedLibrary) {
    exports.push_back(NINC_MODEL_SYMBOL);
    return linkSharedLibrary(objects, exports, program.target.arch);
  }
  auto object = linkObject(objects, exports, program.target.arch);
  if (!object || product == Product::object) return object;
  return makeArchive({program.name + ".o", *object});
}

} // namespace

Result<std::string> makeProduct(const Program &program, Product product,
                                const std::filesystem::path &saveTemps, CompileStatistics &statistics) {
  if (product == Product::header) return generateHeader(program);
  Stopwatch watch;
  auto host = emitHostModule(program, formFor(product));
  statistics.hostSeconds = watch.seconds();
  if (!host || product == Product::assembly || product == Product::llvmIr) return host;
  watch = {};
  auto library = makeLibrary(program, product, *host, saveTemps);
  statistics.linkSeconds = watch.seconds();
  return library;
}

} // namespace ninc
