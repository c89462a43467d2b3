// Each C struct of runtime/ninc_model.h and ninc_devices.h is written here once more as an LLVM struct. A
// descriptor of the wrong shape fails tests/unit/codegen, which reads every field through the header.
#include "codegen/library/Descriptor.h"

#include "codegen/library/ConstantData.h"
#include "codegen/library/InterfaceFunctions.h"
#include "codegen/program/Symbols.h"
#include "runtime/ninc_devices.h"

namespace ninc {

namespace {

std::int32_t elementOf(ElementType element) {
  switch (element) {
  case ElementType::f16:
    return NINC_F16;
  case ElementType::i64:
    return NINC_I64;
  case ElementType::f32:
    break;
  }
  return NINC_F32;
}

class DescriptorBuilder : ConstantData {
public:
  DescriptorBuilder(llvm::Module &module, const Program &program, const DescriptorFunctions &functions)
      : ConstantData(module), program_(program), functions_(functions) {}

  Descriptor build() {
    std::vector<llvm::Constant *> kernels, halves;
    for (std::size_t i = 0; i < program_.steps.size(); ++i)
      kernels.push_back(kernel(program_.steps[i], functions_.steps[i]));
    for (const Program &device : program_.devices)
      halves.push_back(deviceHalf(device));
    llvm::Constant *allHalves = array(halves, "device_halves");
    const std::vector<llvm::Constant *> fields = {
        int32(NINC_MODEL_ABI),
        int32(sizeof(ninc_model)),
        string(program_.name),
        string("ninc " NINC_VERSION),
        string(program_.target.name),
        int32(program_.batch),
        int32(program_.inputs.size()),
        int32(program_.outputs.size()),
        int32(program_.steps.size()),
        array(tensors(program_.inputs), "inputs"),
        array(tensors(program_.outputs), "outputs"),
        array(kernels, "kernels"),
        int64(program_.scratchBytes),
        int64(program_.scratchBytesPerThread),
        int64(Program::scratchAlignment),
        int64(program_.weights.size()),
        int64(program_.macs),
        function("supported"),
        function("run"),
        function("strerror"),
        function("team_create"),
        function("team_destroy"),
        int32(program_.group),
        halves.empty() ? null() : devices(halves.size(), allHalves),
        originalNames(),
    };
    return {global(structure(fields), privateSymbol(program_.name, "descriptor")), allHalves};
  }

private:
  llvm::Constant *function(std::string_view name) const { return functions_.interface.at(name); }

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

  llvm::Constant *originalNames() {
    std::vector<llvm::Constant *> names;
    bool differ = false;
    for (const auto *list : {&program_.inputs, &program_.outputs})
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
    return global(structure(fields), privateSymbol(program_.name, "devices"));
  }

  llvm::Constant *deviceHalf(const Program &device) {
    std::vector<llvm::Constant *> kernels, launches;
    for (const Step &step : device.steps) {
      kernels.push_back(kernel(step, null()));
      launches.push_back(int32(static_cast<std::int64_t>(device.kernels[step.kernel].launches.size())));
    }
    return structure({int32(device.gpu->kind), string(device.gpu->name),
                      int32(elementOf(device.gpu->storage)),
                      int32(static_cast<std::int64_t>(device.steps.size())), array(kernels, "device_kernels"),
                      array(launches, "launches_of_kernels"), int64(device.scratchBytes),
                      int64(static_cast<std::int64_t>(device.weights.size()))});
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

  const Program &program_;
  const DescriptorFunctions &functions_;
};

} // namespace

Descriptor buildDescriptor(llvm::Module &module, const Program &program,
                           const DescriptorFunctions &functions) {
  return DescriptorBuilder(module, program, functions).build();
}

} // namespace ninc
