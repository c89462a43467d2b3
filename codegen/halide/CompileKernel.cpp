// Spec and schedule to machine code: picks the family's lowering, lets Halide compile its pipeline, and stops
// Halide's exceptions.
#include "codegen/kernel/Kernel.h"

#include <fmt/format.h>
#include <new>
#include <span>

#include "codegen/halide/code/PrefetchHints.h"
#include "codegen/halide/code/Ptx.h"
#include "codegen/halide/cpu/Families.h"
#include "codegen/halide/cpu/mlpconv/Mlpconv.h"
#include "codegen/halide/gpu/GpuFamilies.h"
#include "codegen/halide/gpu/Launches.h"
#include "support/Files.h"
#include "support/Shortage.h"

namespace ninc {

namespace {

LoweredKernel noLowering(const Op &op) {
  throw Halide::InternalError(fmt::format("{} computes nothing, so it has no kernel", spellingOf(op)));
}

// A schedule of another family is refused by std::get.
LoweredKernel lower(const KernelSpec &spec, const Schedule &schedule) {
  auto loops = [&]() -> const LoopSchedule & { return std::get<LoopSchedule>(schedule.choice); };
  return std::visit(
      Overloaded{
          [&](const Input &) { return noLowering(spec.op); },
          [&](const Constant &) { return noLowering(spec.op); },
          [&](const Conv2d &conv) {
            return conv.layer.groups == 1
                       ? lowerMlpconv(spec, std::get<MlpconvSchedule>(schedule.choice))
                       : lowerGroupedConv(spec, std::get<GroupedConvSchedule>(schedule.choice));
          },
          [&](const Mlpconv &) { return lowerMlpconv(spec, std::get<MlpconvSchedule>(schedule.choice)); },
          [&](const Dense &) { return lowerDense(spec, std::get<DenseSchedule>(schedule.choice)); },
          [&](const MaxPool &) { return lowerPool(spec, loops()); },
          [&](const AveragePool &) { return lowerPool(spec, loops()); },
          [&](const GlobalAveragePool &) { return lowerGlobalAveragePool(spec, loops()); },
          [&](const Dropout &) { return lowerUnary(spec, loops()); },
          [&](const Unary &) { return lowerUnary(spec, loops()); },
          [&](const BatchNorm &) { return lowerBatchNorm(spec, loops()); },
          [&](const Binary &) { return lowerBinary(spec, loops()); },
          [&](const Concat &) { return lowerConcat(spec, loops()); },
          [&](const Flatten &) { return lowerReshape(spec, loops()); },
          [&](const Reshape &) { return lowerReshape(spec, loops()); },
          [&](const Softmax &) { return lowerSoftmax(spec, loops()); },
          [&](const Lrn &) { return lowerLrn(spec, loops()); },
      },
      spec.op);
}

LoweredKernel lowerOnDevice(const KernelSpec &spec, const Schedule &schedule) {
  auto loops = [&]() -> const GpuLoopSchedule & { return std::get<GpuLoopSchedule>(schedule.choice); };
  auto sums = [&]() -> const GpuReductionSchedule & {
    return std::get<GpuReductionSchedule>(schedule.choice);
  };
  return std::visit(Overloaded{
                        [&](const Input &) { return noLowering(spec.op); },
                        [&](const Constant &) { return noLowering(spec.op); },
                        [&](const Conv2d &conv) {
                          return conv.layer.groups == 1
                                     ? lowerMlpconvOnGpu(spec, std::get<GpuMlpconvSchedule>(schedule.choice))
                                     : lowerGroupedConvOnGpu(spec, loops());
                        },
                        [&](const Mlpconv &) {
                          return lowerMlpconvOnGpu(spec, std::get<GpuMlpconvSchedule>(schedule.choice));
                        },
                        [&](const Dense &) { return lowerDenseOnGpu(spec, sums()); },
                        [&](const MaxPool &) { return lowerPoolOnGpu(spec, loops()); },
                        [&](const AveragePool &) { return lowerPoolOnGpu(spec, loops()); },
                        [&](const GlobalAveragePool &) { return lowerGlobalAveragePoolOnGpu(spec, sums()); },
                        [&](const Dropout &) { return lowerUnaryOnGpu(spec, loops()); },
                        [&](const Unary &) { return lowerUnaryOnGpu(spec, loops()); },
                        [&](const BatchNorm &) { return lowerBatchNormOnGpu(spec, loops()); },
                        [&](const Binary &) { return lowerBinaryOnGpu(spec, loops()); },
                        [&](const Concat &) { return lowerConcatOnGpu(spec, loops()); },
                        [&](const Flatten &) { return lowerReshapeOnGpu(spec, loops()); },
                        [&](const Reshape &) { return lowerReshapeOnGpu(spec, loops()); },
                        [&](const Softmax &) {
                          return sharesPositions(spec) ? lowerSoftmaxOnGpu(spec, sums())
                                                       : lowerSoftmaxOnGpu(spec, loops());
                        },
                        [&](const Lrn &) { return lowerLrnOnGpu(spec, loops()); },
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
  LoweredKernel lowered = lowerOnDevice(spec, schedule);
  DeviceCode code = compileForDevice(lowered, symbol, *spec.gpu);
  for (const Launch &launch : code.launches)
    if (launch.sharedBytes > spec.gpu->sharedBytes)
      return fail(fmt::format("{} takes {} bytes of shared memory on {}, where a block has {}",
                              spellingOf(spec.op), launch.sharedBytes, toString(*spec.gpu),
                              spec.gpu->sharedBytes));
  if (spec.gpu->api == GpuApi::cuda)
    if (auto done = completePtx(code); !done) return tl::unexpected(done.error());
  auto bytes = std::as_bytes(std::span(code.source));
  return Kernel{symbol, std::move(lowered.arguments), lowered.scratchBytes,
                0,      {bytes.begin(), bytes.end()}, std::move(code.launches)};
}

Result<Kernel> compileUnguarded(const KernelSpec &spec, const Schedule &schedule, const std::string &symbol) {
  if (spec.gpu) return compileOnDevice(spec, schedule, symbol);
  LoweredKernel lowered = lower(spec, schedule);
  Halide::Module module = lowered.pipeline.compile_to_module(
      lowered.inputs, symbol, Halide::Target(halideTarget(spec.target)), Halide::LinkageType::External);
  // In memory: Halide's other way to an object makes a folder in /tmp, whatever is to be written.
  const Halide::Buffer<std::uint8_t> made = module.compile_to_buffer();
  std::string object(reinterpret_cast<const char *>(made.data()), made.size_in_bytes());
  if (object.empty()) return failInternal(fmt::format("Halide wrote no object for {}", toString(spec)));
  if (auto hinted = prefetchIntoAllCaches(object, spec.target); !hinted)
    return tl::unexpected(hinted.error());
  auto bytes = std::as_bytes(std::span(object));
  return Kernel{symbol,
                std::move(lowered.arguments),
                lowered.scratchBytes,
                lowered.scratchBytesPerThread,
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
