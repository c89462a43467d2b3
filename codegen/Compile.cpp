#include "codegen/Compile.h"

#include <optional>

#include "codegen/kernel/KernelCompilation.h"
#include "codegen/library/Header.h"
#include "codegen/library/MakeProduct.h"
#include "codegen/plan/ModelPlan.h"
#include "codegen/program/Assembly.h"
#include "codegen/program/KernelChoices.h"
#include "passes/LoweredGraph.h"
#include "support/Files.h"
#include "support/OutputPlace.h"
#include "support/Stopwatch.h"

namespace ninc {

namespace {

bool isLibrary(Product product) {
  return product == Product::sharedLibrary || product == Product::archive || product == Product::object;
}

DeviceStatistics statisticsOfDevice(const Program &device) {
  DeviceStatistics statistics;
  statistics.target = device.gpu->name;
  statistics.kernels = device.steps.size();
  for (const Step &step : device.steps)
    statistics.launches += device.kernels[step.kernel].launches.size();
  statistics.weightBytes = static_cast<std::int64_t>(device.weights.size());
  statistics.arenaBytes = device.scratchBytes;
  return statistics;
}

CompileReport reportOn(const Program &program) {
  CompileReport report{{}, program.reasons};
  CompileStatistics &statistics = report.statistics;
  statistics.kernels = program.steps.size();
  statistics.distinctKernels = program.kernels.size();
  statistics.weightBytes = static_cast<std::int64_t>(program.weights.size());
  statistics.scratchBytes = program.scratchBytes + program.scratchBytesPerThread;
  for (const Program &device : program.devices) {
    statistics.devices.push_back(statisticsOfDevice(device));
    report.reasons.insert(report.reasons.end(), device.reasons.begin(), device.reasons.end());
  }
  return report;
}

// The library's or text's bytes, and the header that goes beside a library.
Result<void> write(const CompileOutput &output, const Program &program, std::string bytes) {
  FileTransaction files;
  files.add(output.path, std::move(bytes));
  if (isLibrary(output.product) && !isStream(output.path)) {
    auto header = generateHeader(program);
    if (!header) return tl::unexpected(header.error());
    files.add(std::filesystem::path(output.path).replace_extension(".h"), std::move(*header));
  }
  return files.commit();
}

// The half of a library for its CPU, or for a device.
Result<Program> lowerHalf(const Graph &graph, const CompileOptions &options,
                          const std::optional<GpuTarget> &device) {
  const PlanOptions planned = options.planOptions(device);
  auto plan = planModel(graph, planned);
  if (!plan) return tl::unexpected(plan.error());
  auto chosen = chooseKernels(graph, *plan, options);
  if (!chosen) return tl::unexpected(chosen.error());
  auto kernels = compileKernels(chosen->requests, options.jobs);
  if (!kernels) return tl::unexpected(kernels.error());
  return assemble(graph, planned, *plan, *chosen, std::move(*kernels));
}

} // namespace

Result<Program> lower(const Graph &graph, const CompileOptions &options) {
  if (auto ready = checkReadyToLower(graph); !ready) return tl::unexpected(ready.error());
  auto program = options.withoutCpu ? Result<Program>(interfaceOf(graph, options.planOptions()))
                                    : lowerHalf(graph, options, std::nullopt);
  if (!program) return program;
  for (const GpuTarget &gpu : options.devices) {
    auto device = lowerHalf(graph, options, gpu);
    if (!device) return device;
    program->devices.push_back(std::move(*device));
  }
  return program;
}

Result<CompileReport> compile(const Graph &graph, const CompileOutput &output,
                              const CompileOptions &options) {
  Stopwatch watch;
  auto program = lower(graph, options); // plan, choose, compile, assemble
  if (!program) return tl::unexpected(program.error());
  CompileReport report = reportOn(*program);
  report.statistics.kernelSeconds = watch.seconds();
  auto made = makeProduct(*program, output.product, output.temporaries); // emit, link
  if (!made) return tl::unexpected(made.error());
  report.statistics.hostSeconds = made->hostSeconds;
  report.statistics.linkSeconds = made->linkSeconds;
  if (auto written = write(output, *program, std::move(made->bytes)); !written)
    return tl::unexpected(written.error());
  return report;
}

} // namespace ninc
