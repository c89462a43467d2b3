#include "codegen/Compile.h"

#include "codegen/library/Header.h"
#include "codegen/library/MakeProduct.h"
#include "codegen/program/Lower.h"
#include "support/Files.h"
#include "support/OutputPlace.h"
#include "support/Stopwatch.h"

namespace ninc {

namespace {

bool isLibrary(Product product) {
  return product == Product::sharedLibrary || product == Product::archive || product == Product::object;
}

DeviceStatistics statisticsOf(const Program &device) {
  DeviceStatistics statistics;
  statistics.target = device.gpu->name;
  statistics.kernels = device.steps.size();
  for (const Step &step : device.steps)
    statistics.launches += device.kernels[step.kernel].launches.size();
  statistics.weightBytes = static_cast<std::int64_t>(device.weights.size());
  statistics.arenaBytes = device.scratchBytes;
  return statistics;
}

} // namespace

Result<CompileStatistics> compile(const Graph &graph, Product product, const std::filesystem::path &output,
                                  const CompileOptions &options) {
  CompileStatistics statistics;
  Stopwatch watch;
  auto program = lower(graph, options);
  if (!program) return tl::unexpected(program.error());
  statistics.kernels = program->steps.size();
  statistics.distinctKernels = program->kernels.size();
  statistics.weightBytes = static_cast<std::int64_t>(program->weights.size());
  statistics.scratchBytes = program->scratchBytes + program->scratchBytesPerThread;
  statistics.kernelSeconds = watch.seconds();
  statistics.reasons = program->reasons;
  for (const Program &device : program->devices) {
    statistics.devices.push_back(statisticsOf(device));
    statistics.reasons.insert(statistics.reasons.end(), device.reasons.begin(), device.reasons.end());
  }

  auto made = makeProduct(*program, product, options.saveTemps);
  if (!made) return tl::unexpected(made.error());
  statistics.hostSeconds = made->hostSeconds;
  statistics.linkSeconds = made->linkSeconds;
  FileTransaction files;
  files.add(output, std::move(made->bytes));
  if (isLibrary(product) && !isStream(output)) {
    auto header = generateHeader(*program);
    if (!header) return tl::unexpected(header.error());
    files.add(std::filesystem::path(output).replace_extension(".h"), std::move(*header));
  }
  if (auto written = files.commit(); !written) return tl::unexpected(written.error());
  return statistics;
}

} // namespace ninc
