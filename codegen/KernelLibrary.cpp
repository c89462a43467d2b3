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

// An operand or result: of all images.
NamedTensor flat(std::string name, const KernelSpec &spec, const TensorType &type) {
  return flat(std::move(name), spec.images * elementCount(type.shape), type.element);
}

// A program with one step that reads and writes nothing but what it is given.
Program programOf(const KernelSpec &spec, const Schedule &schedule, Kernel kernel) {
  Program program;
  program.name = "candidate";
  if (spec.isOnDevice())
    program.gpu = spec.device();
  else
    program.target = spec.cpu();
  for (std::size_t i = 0; i < spec.inputs.size(); ++i)
    program.inputs.push_back(flat(fmt::format("operand{}", i), spec, spec.inputs[i]));
  for (std::size_t i = 0; i < spec.outputs.size(); ++i)
    program.outputs.push_back(flat(fmt::format("result{}", i), spec, spec.outputs[i]));

  Step step;
  step.name = "result0";
  step.op = printOp(spec.op);
  step.schedule = toString(schedule);
  step.macs = spec.images * multiplyAccumulates(spec.op, spec.inputs);
  const std::size_t operands = program.inputs.size();
  for (const KernelArgument &argument : kernel.arguments) {
    switch (argument.role) {
    case ArgumentRole::input:
      step.arguments.push_back({Location::Base::input, argument.index});
      break;
    case ArgumentRole::weights:
      step.arguments.push_back({Location::Base::input, operands + argument.index});
      // In the order of their indices, whatever the order of the arguments.
      if (program.inputs.size() < operands + argument.index + 1)
        program.inputs.resize(operands + argument.index + 1);
      program.inputs[operands + argument.index] =
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
  for (std::size_t i = 0; i < program.outputs.size(); ++i)
    step.results.push_back({program.outputs[i], {Location::Base::output, i}});
  if (const auto *mlpconv = std::get_if<MlpconvSchedule>(&schedule.choice)) step.winograd = mlpconv->winograd;
  program.macs = step.macs;
  program.scratchBytes = roundUp(kernel.scratchBytes, Program::scratchAlignment);
  program.scratchBytesPerThread = roundUp(kernel.scratchBytesPerThread, Program::scratchAlignment);
  program.steps.push_back(std::move(step));
  program.kernels.push_back(std::move(kernel));
  return program;
}

// The library around a device's program: the CPU's half has the same interface and computes nothing.
Result<Program> hostOf(Program device) {
  Result<Target> host = parseTarget("host");
  if (!host) return tl::unexpected(host.error());
  Program program;
  program.name = device.name;
  program.target = *host;
  program.inputs = device.inputs;
  program.outputs = device.outputs;
  program.devices.push_back(std::move(device));
  return program;
}

} // namespace

Result<std::string> kernelLibrary(const KernelSpec &spec, const Schedule &schedule) {
  Result<Kernel> kernel = compileKernel(spec, schedule, kernelSymbol("candidate", 0, "result0"));
  if (!kernel) return tl::unexpected(kernel.error());
  Result<Program> program = programOf(spec, schedule, std::move(*kernel));
  if (spec.isOnDevice()) program = hostOf(std::move(*program));
  if (!program) return tl::unexpected(program.error());
  Result<MadeProduct> library = makeProduct(*program, Product::sharedLibrary, {});
  if (!library) return tl::unexpected(library.error());
  return std::move(library->bytes);
}

} // namespace ninc
