// Spec and schedule to machine code: lets the op's family build a pipeline and Halide compile it, and stops
// Halide's exceptions.
#include "codegen/kernel/Kernel.h"

#include <fmt/format.h>
#include <new>
#include <optional>
#include <span>

#include "codegen/halide/code/KernelIr.h"
#include "codegen/halide/code/PrefetchHints.h"
#include "codegen/halide/code/Ptx.h"
#include "codegen/halide/cpu/mlpconv/Mlpconv.h"
#include "codegen/halide/gpu/Launches.h"
#include "codegen/halide/gpu/mlpconv/GpuMlpconv.h"
#include "codegen/halide/light/LightKernels.h"
#include "codegen/schedule/Schedule.h"
#include "codegen/schedule/ScheduleText.h"
#include "support/Files.h"
#include "support/Shortage.h"
#include "support/TemporaryFiles.h"

namespace ninc {

namespace {

KernelPipeline noKernel(const Op &op) {
  throw Halide::InternalError(fmt::format("{} computes nothing, so it has no kernel", spellingOf(op)));
}

// Whether it is computed as the stage that it is (codegen/spec/ConvStage.h), not group by group.
bool isStage(const KernelSpec &spec) {
  const std::optional<Family> family = familyOf(spec);
  return family == Family::mlpconv || family == Family::gpuMlpconv;
}

KernelPipeline buildStage(const KernelSpec &spec, const Schedule &schedule) {
  return spec.isOnDevice() ? buildGpuMlpconv(spec, std::get<GpuMlpconvSchedule>(schedule.choice))
                           : buildMlpconv(spec, std::get<MlpconvSchedule>(schedule.choice));
}

// The op's family, which looks at the spec for whether it is for a CPU or a device.
KernelPipeline build(const KernelSpec &spec, const Schedule &schedule) {
  return std::visit(Overloaded{
                        [&](const Input &) { return noKernel(spec.op); },
                        [&](const Constant &) { return noKernel(spec.op); },
                        [&](const Conv2d &) {
                          return isStage(spec) ? buildStage(spec, schedule)
                                               : buildGroupedConv(spec, schedule);
                        },
                        [&](const Mlpconv &) { return buildStage(spec, schedule); },
                        [&](const Dense &) { return buildDense(spec, schedule); },
                        [&](const MatMul &) { return buildMatMul(spec, schedule); },
                        [&](const MaxPool &) { return buildPool(spec, schedule); },
                        [&](const AveragePool &) { return buildPool(spec, schedule); },
                        [&](const GlobalAveragePool &) { return buildGlobalAveragePool(spec, schedule); },
                        [&](const Dropout &) { return buildElementwise(spec, schedule); },
                        [&](const Unary &) { return buildElementwise(spec, schedule); },
                        [&](const BatchNorm &) { return buildElementwise(spec, schedule); },
                        [&](const Prelu &) { return buildElementwise(spec, schedule); },
                        [&](const Binary &) { return buildElementwise(spec, schedule); },
                        [&](const Pointwise &) { return buildElementwise(spec, schedule); },
                        [&](const Concat &) { return buildConcat(spec, schedule); },
                        [&](const Flatten &) { return buildReshape(spec, schedule); },
                        [&](const Reshape &) { return buildReshape(spec, schedule); },
                        [&](const Transpose &) { return buildTranspose(spec, schedule); },
                        [&](const Slice &) { return buildSlice(spec, schedule); },
                        [&](const Pad &) { return buildPad(spec, schedule); },
                        [&](const Resize &) { return buildResize(spec, schedule); },
                        [&](const Softmax &) { return buildSoftmax(spec, schedule); },
                        [&](const ArgMax &) { return buildArgMax(spec, schedule); },
                        [&](const TopK &) { return buildTopK(spec, schedule); },
                        [&](const Lrn &) { return buildLrn(spec, schedule); },
                    },
                    spec.op);
}

Result<void> completePtx(DeviceCode &code) {
  Result<std::string> moved = skipReservedSharedMemory(code.source);
  if (!moved) return tl::unexpected(moved.error());
  Result<std::string> declared = limitRegisters(std::move(*moved), code.launches);
  if (!declared) return tl::unexpected(declared.error());
  code.source = std::move(*declared);
  for (Launch &launch : code.launches)
    if (launch.sharedBytes > 0) launch.sharedBytes += reservedSharedBytes;
  return {};
}

Result<Kernel> compileOnDevice(const KernelSpec &spec, const Schedule &schedule, const std::string &symbol) {
  KernelPipeline built = build(spec, schedule);
  DeviceCode code = compileForDevice(built, symbol, spec.device());
  for (const Launch &launch : code.launches)
    if (launch.sharedBytes > spec.device().sharedBytes)
      return fail(fmt::format("{} takes {} bytes of shared memory on {}, where a block has {}",
                              spellingOf(spec.op), launch.sharedBytes, toString(spec.device()),
                              spec.device().sharedBytes));
  if (spec.device().kind == NINC_DEVICE_CUDA)
    if (auto done = completePtx(code); !done) return tl::unexpected(done.error());
  auto bytes = std::as_bytes(std::span(code.source));
  return Kernel{symbol, std::move(built.arguments),   built.scratchBytes,
                0,      {bytes.begin(), bytes.end()}, std::move(code.launches)};
}

Result<std::string> objectByHalide(Halide::Module &module, const KernelSpec &spec) {
  // In memory: Halide's other way to an object makes a folder in /tmp, whatever is to be written.
  const Halide::Buffer<std::uint8_t> made = module.compile_to_buffer();
  std::string object(reinterpret_cast<const char *>(made.data()), made.size_in_bytes());
  if (object.empty()) return failInternal(fmt::format("Halide wrote no object for {}", toString(spec)));
  if (auto hinted = prefetchIntoAllCaches(object, spec.cpu()); !hinted) return tl::unexpected(hinted.error());
  return object;
}

Result<std::string> codeByLlvm(Halide::Module &module, const std::string &symbol, const Target &target) {
  auto file = MemoryFile::create("kernel");
  if (!file) return tl::unexpected(file.error());
  module.compile({{Halide::OutputFileType::llvm_assembly, file->path().string()}});
  auto text = readFile(file->path());
  if (!text) return text;
  return kernelCode(std::move(*text), symbol, target);
}

Result<Kernel> compileUnguarded(const KernelSpec &spec, const Schedule &schedule, const std::string &symbol) {
  if (spec.isOnDevice()) return compileOnDevice(spec, schedule, symbol);
  KernelPipeline built = build(spec, schedule);
  Halide::Module module = built.pipeline.compile_to_module(
      built.inputs, symbol, Halide::Target(halideTarget(spec.cpu())), Halide::LinkageType::External);
  const bool isIr = isOneModule(spec.cpu()) || isMadeByLlvm(spec.cpu());
  auto object = isIr ? codeByLlvm(module, symbol, spec.cpu()) : objectByHalide(module, spec);
  if (!object) return tl::unexpected(object.error());
  auto bytes = std::as_bytes(std::span(*object));
  return Kernel{symbol,
                std::move(built.arguments),
                built.scratchBytes,
                built.scratchBytesPerThread,
                {bytes.begin(), bytes.end()},
                {}};
}

} // namespace

Result<Kernel> compileKernel(const KernelSpec &spec, const Schedule &schedule, const std::string &symbol) {
  auto failed = [&](const char *what) {
    if (memoryIsOut()) throw std::bad_alloc(); // Halide doesn't look at what mmap returns
    return failInternal(
        fmt::format("can't compile {} with schedule \"{}\": {}", toString(spec), toString(schedule), what));
  };
  try {
    return compileUnguarded(spec, schedule, symbol);
  } catch (const TooLarge &error) {
    return fail(fmt::format("no kernel can compute {}: {}", toString(spec), error.reason));
  } catch (const Halide::Error &error) { // not a std::exception
    return failed(error.what());
  } catch (const std::bad_alloc &) {
    throw; // no defect
  } catch (const std::exception &error) {
    return failed(error.what());
  }
}

} // namespace ninc
