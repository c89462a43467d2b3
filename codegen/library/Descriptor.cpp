// Each C struct of runtime/ninc_model.h and ninc_devices.h is written here once more as an LLVM struct. A
// descriptor of the wrong shape fails tests/unit/codegen, which reads every field through the header.
#include "codegen/library/Descriptor.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "codegen/library/ConstantData.h"
#include "codegen/library/InterfaceFunctions.h"
#include "codegen/library/WeightFile.h"
#include "codegen/program/Symbols.h"
#include "runtime/cpu/runtime.h"
#include "runtime/ninc_devices.h"

namespace ninc {

namespace {

std::int32_t elementOf(ElementType element) {
  switch (element) {
  case ElementType::f16:
    return NINC_F16;
  case ElementType::i64:
    return NINC_I64;
  case ElementType::u8:
    return NINC_U8;
  case ElementType::f32:
    break;
  }
  return NINC_F32;
}

// What the runtime's ninc_cpu_check is asked for.
std::int32_t cpuLevel(Isa isa) {
  switch (isa) {
  case Isa::x86_64_v2:
    return NINC_CPU_X86_64_V2;
  case Isa::x86_64_v3:
    return NINC_CPU_X86_64_V3;
  case Isa::x86_64_v4:
    return NINC_CPU_X86_64_V4;
  case Isa::neonDotProduct:
    return NINC_CPU_AARCH64_DOT_PRODUCT;
  case Isa::rv64gcv:
    return NINC_CPU_RISCV64_VECTOR;
  default: // what every CPU has that the library can be for
    return NINC_CPU_ANY;
  }
}

class DescriptorBuilder : ConstantData {
public:
  DescriptorBuilder(llvm::Module &module, const Program &program, const DescriptorFunctions &functions)
      : ConstantData(module), module_(module), program_(program), functions_(functions) {}

  Descriptor build() {
    const Interface &interface = program_.interface;
    const Size &first = interface.sizes.front();
    const bool isFile = program_.weightsAreExternal;
    std::vector<llvm::Constant *> sizes, versions, halves;
    for (const Size &each : interface.sizes)
      sizes.push_back(size(each));
    std::size_t mostKernels = 0;
    for (std::size_t i = 0; i < program_.versions.size(); ++i) {
      versions.push_back(version(program_.versions[i], functions_.steps[i]));
      mostKernels = std::max(mostKernels, program_.versions[i].steps.size());
    }
    for (const DeviceVersions &device : program_.devices)
      for (const Version &version : device.versions)
        halves.push_back(deviceHalf(version, static_cast<std::int64_t>(device.weights.size())));
    llvm::Constant *allHalves = array(halves, "device_halves");
    std::vector<llvm::Constant *> fields = {
        int32(NINC_MODEL_ABI),
        int32(0), // replaced by the struct's size, once there is one
        string(interface.name),
        string("ninc " NINC_VERSION),
        string(fmt::format("{}", fmt::join(cpuTargets(program_), ","))),
        int32(interface.batch),
        int32(interface.anyBatch ? 1 : interface.batch),
        count(first.inputs),
        count(first.outputs),
        count(sizes),
        count(versions),
        int32(static_cast<std::int64_t>(mostKernels)),
        array(tensors(first.inputs), "inputs"),
        array(tensors(first.outputs), "outputs"),
        array(sizes, "sizes"),
        array(versions, "versions"),
        int64(scratchBytes(program_)),
        int64(scratchBytesPerThread(program_)),
        int64(Program::scratchAlignment),
        int64(isFile ? 0 : static_cast<std::int64_t>(program_.weights.size())),
        int64(first.macs),
        function("supported"),
        function("run"),
        function("strerror"),
        ifThere("team_create"),
        ifThere("team_destroy"),
        halves.empty() ? null() : devices(halves.size(), allHalves),
        originalNames(first),
        function("run_batch"),
        function("chosen_target"),
        function("use_target"),
        int64(isFile ? static_cast<std::int64_t>(program_.weights.size()) : 0),
        int64(isFile ? static_cast<std::int64_t>(hashOfWeights(program_.weights)) : 0),
        isFile ? externalWeights() : null(),
        ifThere("open_weights"),
        ifThere("use_weights"),
        ifThere("close_weights"),
    };
    const llvm::DataLayout &layout = module_.getDataLayout();
    fields[1] = int32(
        static_cast<std::int64_t>(layout.getTypeAllocSize(structure(fields)->getType()).getFixedValue()));
    return {global(structure(fields), privateSymbol(interface.name, "descriptor")), allHalves};
  }

private:
  llvm::Constant *function(std::string_view name) const { return functions_.interface.at(name); }

  llvm::Constant *ifThere(std::string_view name) const {
    const auto found = functions_.interface.find(name);
    return found == functions_.interface.end() ? null() : found->second;
  }

  // Steps refer to it too, if they read weights.
  llvm::Constant *externalWeights() const {
    auto *pointer = llvm::PointerType::getUnqual(module_.getContext());
    auto *variable =
        llvm::cast<llvm::GlobalVariable>(module_.getOrInsertGlobal("ninc_external_weights", pointer));
    variable->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return variable;
  }

  // Shape and stride arrays are equally long; what is beyond the rank is 0.
  llvm::Constant *extents(const std::vector<std::int64_t> &values) {
    std::vector<std::int64_t> padded = values;
    padded.resize(NINC_MOST_DIMENSIONS, 0);
    std::vector<llvm::Constant *> elements;
    for (std::int64_t value : padded)
      elements.push_back(int64(value));
    return inlineArray(elements);
  }

  llvm::Constant *tensor(const NamedTensor &tensor) {
    return structure({string(tensor.name), int32(elementOf(tensor.type.element)),
                      int32(static_cast<std::int64_t>(tensor.type.shape.size())), extents(tensor.type.shape),
                      extents(stridesOf(tensor.type)), int64(byteCount(tensor.type))});
  }

  std::vector<llvm::Constant *> tensors(const std::vector<NamedTensor> &list) {
    std::vector<llvm::Constant *> constants;
    for (const NamedTensor &each : list)
      constants.push_back(tensor(each));
    return constants;
  }

  template <class List>
  llvm::Constant *count(const List &list) const {
    return int32(static_cast<std::int64_t>(list.size()));
  }

  llvm::Constant *size(const Size &size) {
    return structure(
        {array(tensors(size.inputs), "inputs"), array(tensors(size.outputs), "outputs"), int64(size.macs)});
  }

  llvm::Constant *version(const Version &version, const std::vector<llvm::Function *> &steps) {
    std::vector<llvm::Constant *> kernels;
    for (std::size_t i = 0; i < version.steps.size(); ++i)
      kernels.push_back(kernel(version.steps[i], steps[i]));
    return structure({string(version.cpu().name), int32(cpuLevel(version.cpu().isa)),
                      int32(static_cast<std::int64_t>(version.size)), int32(version.group), count(kernels),
                      array(kernels, "kernels")});
  }

  llvm::Constant *originalNames(const Size &size) {
    std::vector<llvm::Constant *> names;
    bool differ = false;
    for (const auto *list : {&size.inputs, &size.outputs})
      for (const NamedTensor &each : *list) {
        names.push_back(string(each.original.empty() ? each.name : each.original));
        differ |= !each.original.empty();
      }
    return differ ? array(names, "original_names") : null();
  }

  llvm::Constant *devices(std::size_t count, llvm::Constant *halves) {
    std::vector<llvm::Constant *> fields = {int32(sizeof(ninc_devices)),
                                            int32(static_cast<std::int64_t>(count)), halves};
    for (const InterfaceFunction &each : deviceInterface())
      fields.push_back(function(each.name));
    return global(structure(fields), privateSymbol(program_.interface.name, "devices"));
  }

  llvm::Constant *deviceHalf(const Version &device, std::int64_t weightBytes) {
    std::vector<llvm::Constant *> kernels, launches;
    for (const Step &step : device.steps) {
      kernels.push_back(kernel(step, null()));
      launches.push_back(count(program_.kernels[step.kernel].launches));
    }
    return structure(
        {int32(device.device().kind), string(device.device().name), int32(elementOf(device.device().storage)),
         int32(static_cast<std::int64_t>(device.size)), count(device.steps), array(kernels, "device_kernels"),
         array(launches, "launches_of_kernels"), int64(device.scratchBytes), int64(weightBytes)});
  }

  llvm::Constant *kernel(const Step &step, llvm::Constant *run) {
    std::vector<llvm::Constant *> results, outputs, offsets;
    for (const StepResult &result : step.results) {
      const bool isOutput = result.location.base == Location::Base::output;
      results.push_back(tensor(result.tensor));
      outputs.push_back(int32(isOutput ? static_cast<std::int64_t>(result.location.index) : -1));
      offsets.push_back(int64(isOutput ? -1 : result.location.offset));
    }
    return structure({string(step.name), string(step.op), string(step.schedule), int64(step.macs),
                      int64(step.bytes), int32(static_cast<std::int64_t>(step.results.size())),
                      array(results, "results"), array(outputs, "result_output"),
                      array(offsets, "result_offset"), run, int32(step.winograd ? step.winograd->rows : 0),
                      int32(step.winograd ? step.winograd->columns : 0)});
  }

  llvm::Module &module_;
  const Program &program_;
  const DescriptorFunctions &functions_;
};

} // namespace

Descriptor buildDescriptor(llvm::Module &module, const Program &program,
                           const DescriptorFunctions &functions) {
  return DescriptorBuilder(module, program, functions).build();
}

} // namespace ninc
