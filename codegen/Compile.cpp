#include "codegen/Compile.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "codegen/kernel/KernelCompilation.h"
#include "codegen/library/Header.h"
#include "codegen/library/MakeProduct.h"
#include "codegen/library/WeightFile.h"
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

DeviceStatistics statisticsOfDevice(const Program &program, const DeviceVersions &device) {
  const Version &first = device.versions.front();
  DeviceStatistics statistics;
  statistics.target = device.target().name;
  statistics.kernels = first.steps.size();
  for (const Step &step : first.steps)
    statistics.launches += program.kernels[step.kernel].launches.size();
  statistics.weightBytes = static_cast<std::int64_t>(device.weights.size());
  for (const Version &version : device.versions)
    statistics.arenaBytes = std::max(statistics.arenaBytes, version.scratchBytes);
  return statistics;
}

CompileReport reportOn(const Program &program) {
  CompileReport report;
  CompileStatistics &statistics = report.statistics;
  for (const Version &version : program.versions) {
    statistics.kernels = std::max(statistics.kernels, version.steps.size());
    // Versions for other sizes and groups say the same of most kernels.
    const bool isFirstOfTarget =
        &version == program.versions.data() || (&version - 1)->target != version.target;
    if (isFirstOfTarget)
      report.reasons.insert(report.reasons.end(), version.reasons.begin(), version.reasons.end());
  }
  statistics.versions = program.versions.size();
  statistics.distinctKernels = kernelsOf(program.versions).size();
  statistics.weightBytes = static_cast<std::int64_t>(program.weights.size());
  statistics.scratchBytes = scratchBytes(program) + scratchBytesPerThread(program);
  for (const DeviceVersions &device : program.devices) {
    const std::vector<ScheduleReason> &reasons = device.versions.front().reasons;
    statistics.devices.push_back(statisticsOfDevice(program, device));
    report.reasons.insert(report.reasons.end(), reasons.begin(), reasons.end());
  }
  return report;
}

// Programs find the library under the name that it has now. What is no .so, a file in memory or a pipe, has
// none.
std::string sonameOf(const CompileOutput &output) {
  return output.path.extension() == ".so" ? output.path.filename().string() : "";
}

// The library's or text's bytes, and the header that goes beside a library.
Result<void> write(const CompileOutput &output, const Program &program, MadeProduct made) {
  FileTransaction files;
  files.add(output.path, std::move(made.bytes));
  if (isLibrary(output.product) && !isStream(output.path)) {
    auto header = generateHeader(program, made.stackBytes);
    if (!header) return tl::unexpected(header.error());
    files.add(std::filesystem::path(output.path).replace_extension(".h"), std::move(*header));
    if (program.weightsAreExternal)
      files.add(std::filesystem::path(output.path).replace_extension(".weights"),
                weightFile(program.weights));
  }
  return files.commit();
}

// Whoever asks for one size's outputs must find those of another under the same names.
Result<void> checkSameInterface(std::span<const Size> sizes) {
  const auto names = [](const std::vector<NamedTensor> &tensors) {
    std::vector<std::pair<std::string, std::size_t>> all;
    for (const NamedTensor &tensor : tensors)
      all.emplace_back(tensor.name, tensor.type.shape.size());
    return all;
  };
  const Size &first = sizes.front();
  for (const Size &other : sizes.subspan(1))
    if (names(first.inputs) != names(other.inputs) || names(first.outputs) != names(other.outputs))
      return fail(
          "at one size the model has other inputs or outputs than at another: one library can't be both");
  return {};
}

// Graph -> Program, version by version; kernels are compiled together in the middle, since versions share
// them.
class Lowering {
public:
  Lowering(std::span<const Graph> sizes, const CompileOptions &options)
      : sizes_(sizes), options_(options), chooser_(options) {}

  Result<Program> lower() {
    if (auto planned = planAll(); !planned) return tl::unexpected(planned.error());
    if (auto chosen = chooseAll(); !chosen) return tl::unexpected(chosen.error());
    auto kernels = compileKernels(chooser_.requests(), options_.jobs);
    if (!kernels) return tl::unexpected(kernels.error());
    program_.kernels = std::move(*kernels);
    if (auto assembled = assembleAll(); !assembled) return tl::unexpected(assembled.error());
    return std::move(program_);
  }

private:
  // What a version comes of.
  struct Planned {
    KernelTarget target;
    std::size_t size;
    ModelPlan plan;
    KernelChoices choices;
  };

  Result<void> planAll() {
    program_.interface = {sizes_.front().name(), options_.batch, options_.anyBatch, {}};
    for (const Graph &graph : sizes_)
      program_.interface.sizes.push_back(sizeOf(graph));
    if (auto same = checkSameInterface(program_.interface.sizes); !same) return same;
    std::vector<Target> targets = options_.targets;
    std::ranges::stable_sort(targets, std::greater<>(), &Target::isa);
    for (const Target &target : targets)
      for (std::size_t size = 0; size < sizes_.size(); ++size)
        if (auto planned = plan(target, size); !planned) return planned;
    for (const GpuTarget &device : options_.devices)
      for (std::size_t size = 0; size < sizes_.size(); ++size)
        if (auto planned = plan(device, size); !planned) return planned;
    return {};
  }

  Result<void> plan(const KernelTarget &target, std::size_t size) {
    auto plans = planVersions(sizes_[size], options_.planOptions(target));
    if (!plans) return tl::unexpected(plans.error());
    for (ModelPlan &plan : *plans) {
      chooser_.expect(plan);
      planned_.push_back({target, size, std::move(plan), {}});
    }
    return {};
  }

  Result<void> chooseAll() {
    for (Planned &planned : planned_) {
      auto choices = chooser_.choose(sizes_[planned.size], planned.plan);
      if (!choices) return tl::unexpected(choices.error());
      planned.choices = std::move(*choices);
    }
    return {};
  }

  // The versions that `isWanted`, and their weights.
  template <class Wanted>
  Result<void> assembleThose(const Wanted &isWanted, std::int64_t alignment, std::vector<Version> &versions,
                             std::vector<std::byte> &weights) {
    WeightBlob blob(alignment);
    for (const Planned &planned : planned_) {
      if (!isWanted(planned.target)) continue;
      const AssemblyParts parts{sizes_[planned.size], planned.plan, planned.choices, chooser_.requests(),
                                program_.kernels};
      auto version = assemble(parts, planned.target, planned.size, blob);
      if (!version) return tl::unexpected(version.error());
      versions.push_back(std::move(*version));
    }
    weights = blob.take();
    return checkWeightBytes(weights.size());
  }

  Result<void> assembleAll() {
    const auto isCpu = [](const KernelTarget &target) { return std::holds_alternative<Target>(target); };
    if (auto done = assembleThose(isCpu, Program::weightAlignment, program_.versions, program_.weights);
        !done)
      return done;
    for (const GpuTarget &device : options_.devices) {
      DeviceVersions &made = program_.devices.emplace_back();
      const auto isIt = [&](const KernelTarget &target) { return target == KernelTarget(device); };
      if (auto done = assembleThose(isIt, weightAlignmentOf(device), made.versions, made.weights); !done)
        return done;
    }
    if (options_.targets.empty())
      if (auto added = addIdleHost(program_); !added) return added;
    return {};
  }

  std::span<const Graph> sizes_;
  const CompileOptions &options_;
  KernelChooser chooser_;
  std::vector<Planned> planned_;
  Program program_;
};

} // namespace

Result<Program> lower(std::span<const Graph> sizes, const CompileOptions &options) {
  for (const Graph &graph : sizes)
    if (auto ready = checkReadyToLower(graph); !ready) return tl::unexpected(ready.error());
  if (auto one = checkOneArch(options.targets); !one) return tl::unexpected(one.error());
  return Lowering(sizes, options).lower();
}

Result<CompileReport> compile(std::span<const Graph> sizes, const CompileOutput &output,
                              const CompileOptions &options) {
  Stopwatch watch;
  auto program = lower(sizes, options); // plan, choose, compile, assemble
  if (!program) return tl::unexpected(program.error());
  program->weightsAreExternal = output.weightsAreExternal;
  program->ownsScratch = options.ownsScratch;
  CompileReport report = reportOn(*program);
  report.statistics.kernelSeconds = watch.seconds();
  auto made = makeProduct(*program, output.product, output.temporaries, sonameOf(output)); // emit, link
  if (!made) return tl::unexpected(made.error());
  report.statistics.hostSeconds = made->hostSeconds;
  report.statistics.linkSeconds = made->linkSeconds;
  report.statistics.stackBytes = made->stackBytes;
  if (auto written = write(output, *program, std::move(*made)); !written)
    return tl::unexpected(written.error());
  return report;
}

Result<Program> lower(const Graph &graph, const CompileOptions &options) {
  return lower(std::span(&graph, 1), options);
}

Result<CompileReport> compile(const Graph &graph, const CompileOutput &output,
                              const CompileOptions &options) {
  return compile(std::span(&graph, 1), output, options);
}

} // namespace ninc
