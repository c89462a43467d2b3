#include "codegen/KernelLibrary.h"

#include <fmt/format.h>

#include "codegen/library/MakeProduct.h"
#include "codegen/program/Program.h"
#include "codegen/program/Symbols.h"
#include "codegen/schedule/ScheduleText.h"
#include "ir/Printer.h"
#include "ir/ops/OpCost.h"
#include "support/Arithmetic.h"

namespace ninc {

namespace {

NamedTensor flat(std::string name, std::int64_t elements, ElementType element) {
  return {std::move(name), {element, {elements}, Layout::chw}};
}

// An operand or result: of all images. Bytes are taken as so many floats, which is what files of operands
// hold (tuner/candidate/Workload.h).
NamedTensor flat(std::string name, const KernelSpec &spec, const TensorType &type) {
  const std::int64_t elements = spec.images * elementCount(type.shape);
  if (type.element == ElementType::u8)
    return flat(std::move(name), divideUp(elements, std::int64_t{sizeof(float)}), ElementType::f32);
  return flat(std::move(name), elements, type.element);
}

// A program with one step that reads and writes nothing but what it is given.
Program programOf(const KernelSpec &spec, const Schedule &schedule, Kernel kernel) {
  Size size;
  for (std::size_t i = 0; i < spec.inputs.size(); ++i)
    size.inputs.push_back(flat(fmt::format("operand{}", i), spec, spec.inputs[i]));
  for (std::size_t i = 0; i < spec.outputs.size(); ++i)
    size.outputs.push_back(flat(fmt::format("result{}", i), spec, spec.outputs[i]));

  Step step;
  step.name = "result0";
  step.op = printOp(spec.op);
  step.schedule = toString(schedule);
  step.macs = size.macs = spec.images * multiplyAccumulates(spec.op, spec.inputs);
  const std::size_t operands = size.inputs.size();
  for (const KernelArgument &argument : kernel.arguments) {
    switch (argument.role) {
    case ArgumentRole::input:
      step.arguments.push_back({Location::Base::input, argument.index});
      break;
    case ArgumentRole::weights:
      step.arguments.push_back({Location::Base::input, operands + argument.index});
      // In the order of their indices, whatever the order of the arguments.
      if (size.inputs.size() < operands + argument.index + 1)
        size.inputs.resize(operands + argument.index + 1);
      size.inputs[operands + argument.index] =
          flat(fmt::format("weights{}", argument.index),
               argument.bytes() / static_cast<std::int64_t>(bytesOf(argument.element)), argument.element);
      break;
    case ArgumentRole::scratch:
      step.arguments.push_back({Location::Base::scratch, 0, argument.offset});
      break;
    case ArgumentRole::output:
      step.arguments.push_back({Location::Base::output, argument.index});
      break;
    }
  }
  for (std::size_t i = 0; i < size.outputs.size(); ++i)
    step.results.push_back({size.outputs[i], {Location::Base::output, i}});
  if (const auto *mlpconv = std::get_if<MlpconvSchedule>(&schedule.choice)) step.winograd = mlpconv->winograd;

  Version version;
  version.target = spec.target;
  version.scratchBytes = roundUp(kernel.scratchBytes, Program::scratchAlignment);
  version.scratchBytesPerThread = roundUp(kernel.scratchBytesPerThread, Program::scratchAlignment);
  version.steps.push_back(std::move(step));
  Program program;
  program.interface = {"candidate", 1, false, {std::move(size)}};
  (spec.isOnDevice() ? program.devices.emplace_back().versions : program.versions)
      .push_back(std::move(version));
  program.kernels.push_back(std::move(kernel));
  return program;
}

} // namespace

Result<std::string> kernelLibrary(const KernelSpec &spec, const Schedule &schedule) {
  Result<Kernel> kernel = compileKernel(spec, schedule, kernelSymbol("candidate", 0, "result0"));
  if (!kernel) return tl::unexpected(kernel.error());
  Program program = programOf(spec, schedule, std::move(*kernel));
  if (spec.isOnDevice())
    if (auto added = addIdleHost(program); !added) return tl::unexpected(added.error());
  Result<MadeProduct> library = makeProduct(program, Product::sharedLibrary, {});
  if (!library) return tl::unexpected(library.error());
  return std::move(library->bytes);
}

} // namespace ninc
