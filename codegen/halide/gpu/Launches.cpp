#include "codegen/halide/gpu/Launches.h"

#include <algorithm>
#include <fmt/format.h>

namespace ninc {

namespace {

using namespace Halide;
using namespace Halide::Internal;

[[noreturn]] void refuse(const std::string &what) {
  throw InternalError(fmt::format("the host's code around the launches has {}", what));
}

std::int64_t constantOf(const Expr &e, std::string_view what) {
  const Expr simple = simplify(e);
  if (const auto *number = simple.as<IntImm>()) return number->value;
  if (const auto *number = simple.as<UIntImm>()) return static_cast<std::int64_t>(number->value);
  refuse(fmt::format("{} that isn't constant", what));
}

// The elements of an array that a call gets.
const std::vector<Expr> &elementsOf(const Expr &e) {
  Expr array = e;
  while (const auto *cast = array.as<Cast>())
    array = cast->value;
  const auto *call = array.as<Call>();
  if (!call || !call->is_intrinsic(Call::make_struct)) refuse("arguments that are no array");
  return call->args;
}

class LaunchReader : public IRVisitor {
public:
  explicit LaunchReader(std::map<std::string, std::size_t> arguments) : arguments_(std::move(arguments)) {}

  std::vector<Launch> launches;

protected:
  using IRVisitor::visit;

  // halide_opencl_run(context, state, entry, blocks x 3, threads x 3, shared, sizes, arguments, kinds), the
  // context left out as long as nothing but a statement.
  void visit(const Call *call) override {
    if (call->name != "halide_opencl_run" && call->name != "halide_cuda_run") {
      if (call->name.find("malloc") != std::string::npos) refuse("an allocation");
      IRVisitor::visit(call);
      return;
    }
    Launch launch;
    const auto *entry = call->args.at(1).as<StringImm>();
    if (!entry) refuse("a launch without a name");
    launch.entry = entry->value;
    for (std::size_t i = 0; i < 3; ++i) {
      launch.blocks[i] = static_cast<std::int32_t>(constantOf(call->args.at(2 + i), "a number of blocks"));
      launch.threads[i] = static_cast<std::int32_t>(constantOf(call->args.at(5 + i), "a number of threads"));
    }
    launch.sharedBytes = constantOf(call->args.at(8), "a size of shared memory");
    const std::vector<Expr> &kinds = elementsOf(call->args.at(11)), &values = elementsOf(call->args.at(10));
    for (std::size_t i = 0; i + 1 < values.size(); ++i) { // the last one is the end of the list
      if (constantOf(kinds.at(i), "an argument's kind") != 1) refuse("an argument that is a number");
      launch.arguments.push_back(argumentOf(values[i]));
    }
    launches.push_back(std::move(launch));
  }
  void visit(const For *loop) override { refuse("the loop " + loop->name); }
  void visit(const Allocate *allocation) override { refuse("the allocation " + allocation->name); }
  void visit(const IfThenElse *) override { refuse("a condition"); }

private:
  std::size_t argumentOf(const Expr &e) const {
    Expr value = e;
    while (const auto *cast = value.as<Cast>())
      value = cast->value;
    const auto *variable = value.as<Variable>();
    constexpr std::string_view suffix = ".buffer";
    if (!variable || !variable->name.ends_with(suffix)) refuse("an argument that is no buffer");
    const auto found = arguments_.find(variable->name.substr(0, variable->name.size() - suffix.size()));
    if (found == arguments_.end()) refuse("an argument of its own, " + variable->name);
    return found->second;
  }

  std::map<std::string, std::size_t> arguments_; // by the buffers' names
};

std::string sourceIn(const Module &module) {
  for (const Buffer<> &buffer : module.buffers())
    if (buffer.name().ends_with("_gpu_source_kernels")) {
      std::string source(static_cast<const char *>(buffer.data()), buffer.size_in_bytes());
      source.resize(source.find_last_not_of('\0') + 1);
      return source;
    }
  throw InternalError("Halide has made no code for the device");
}

} // namespace

DeviceCode compileForDevice(KernelPipeline &kernel, const std::string &symbol, const GpuTarget &target) {
  const Module module = kernel.pipeline.compile_to_module(
      kernel.inputs, symbol, Halide::Target(halideTarget(target)), LinkageType::External);
  if (module.functions().size() != 1) refuse("more than one function");
  const LoweredFunc &function = module.functions().front();
  std::map<std::string, std::size_t> arguments;
  std::size_t buffers = 0;
  for (const LoweredArgument &argument : function.args)
    if (argument.is_buffer()) arguments.emplace(argument.name, buffers++);
  if (buffers != kernel.arguments.size()) refuse("other arguments than the kernel");
  LaunchReader reader(std::move(arguments));
  function.body.accept(&reader);
  if (reader.launches.empty()) refuse("no launch");
  return {sourceIn(module), std::move(reader.launches)};
}

} // namespace ninc
