#include "codegen/library/DeviceTables.h"

#include <map>

#include "codegen/library/ConstantData.h"
#include "codegen/program/Symbols.h"
#include "runtime/device/device.h"

namespace ninc {

namespace {

std::int32_t baseOf(Location::Base base) {
  switch (base) {
  case Location::Base::input:
    return NINC_BASE_INPUT;
  case Location::Base::output:
    return NINC_BASE_OUTPUT;
  case Location::Base::scratch:
    return NINC_BASE_ARENA;
  case Location::Base::weights:
    return NINC_BASE_WEIGHTS;
  }
  return NINC_BASE_ARENA;
}

class TableBuilder : ConstantData {
public:
  TableBuilder(llvm::Module &module, const Program &program, const Version &device,
               llvm::GlobalVariable *weights)
      : ConstantData(module), program_(program), device_(device), weights_(weights) {}

  // A ninc_device_program.
  llvm::Constant *build(llvm::Constant *half) {
    std::vector<llvm::Constant *> modules, launches;
    for (std::size_t step = 0; step < device_.steps.size(); ++step) {
      const auto [place, isNew] = modules_.emplace(device_.steps[step].kernel, modules.size());
      if (isNew) modules.push_back(source(kernelOf(step)));
      for (const Launch &launch : kernelOf(step).launches)
        launches.push_back(this->launch(launch, step));
    }
    return structure({half, int32(static_cast<std::int64_t>(modules.size())), array(modules, "modules"),
                      int32(static_cast<std::int64_t>(launches.size())), array(launches, "launches"),
                      weights_});
  }

private:
  const Kernel &kernelOf(std::size_t step) const { return program_.kernels[device_.steps[step].kernel]; }

  llvm::Constant *source(const Kernel &kernel) const {
    return structure({string({reinterpret_cast<const char *>(kernel.object.data()), kernel.object.size()}),
                      int64(static_cast<std::int64_t>(kernel.object.size()))});
  }

  llvm::Constant *launch(const Launch &launch, std::size_t step) {
    std::vector<llvm::Constant *> arguments;
    for (const std::size_t i : launch.arguments)
      arguments.push_back(argument(kernelOf(step).arguments[i], device_.steps[step].arguments[i]));
    return structure({string(launch.entry),
                      int32(static_cast<std::int64_t>(modules_.at(device_.steps[step].kernel))),
                      int32(static_cast<std::int64_t>(step)), extents(launch.blocks), extents(launch.threads),
                      int32(launch.sharedBytes), int32(static_cast<std::int64_t>(arguments.size())),
                      array(arguments, "arguments")});
  }

  llvm::Constant *argument(const KernelArgument &argument, const Location &location) {
    return structure({int32(baseOf(location.base)), int32(static_cast<std::int64_t>(location.index)),
                      int64(location.offset), int64(argument.bytes())});
  }

  llvm::Constant *extents(const std::array<std::int32_t, 3> &numbers) {
    return inlineArray({int32(numbers[0]), int32(numbers[1]), int32(numbers[2])});
  }

  const Program &program_;
  const Version &device_;
  llvm::GlobalVariable *weights_;
  std::map<std::size_t, std::size_t> modules_; // by the number of the kernel that they are the source of
};

// Where a device's weights are, for all of its versions; they are an object of their own.
llvm::GlobalVariable *declareWeights(llvm::Module &module, const std::string &symbol) {
  auto *weights =
      new llvm::GlobalVariable(module, llvm::Type::getInt8Ty(module.getContext()), true,
                               llvm::GlobalValue::ExternalLinkage, nullptr, symbol); // the module owns it
  weights->setVisibility(llvm::GlobalValue::HiddenVisibility);
  return weights;
}

// struct ninc_device_model
llvm::StructType *modelType(llvm::LLVMContext &context) {
  auto *pointer = llvm::PointerType::getUnqual(context);
  return llvm::StructType::get(pointer, llvm::Type::getInt32Ty(context), pointer);
}

} // namespace

llvm::GlobalVariable *declareDeviceModel(llvm::Module &module, const Program &program) {
  return new llvm::GlobalVariable(
      module, modelType(module.getContext()), true, llvm::GlobalValue::InternalLinkage, nullptr,
      privateSymbol(program.interface.name, "device_model")); // the module owns it
}

void defineDeviceModel(llvm::GlobalVariable *deviceModel, const Program &program, llvm::Constant *descriptor,
                       llvm::Constant *halves) {
  llvm::Module &module = *deviceModel->getParent();
  const ConstantData data(module);
  auto *type = llvm::cast<llvm::GlobalVariable>(halves)->getValueType();
  std::vector<llvm::Constant *> programs;
  for (const DeviceVersions &device : program.devices) {
    llvm::GlobalVariable *weights =
        declareWeights(module, deviceWeightSymbol(program.interface.name, device.target()));
    for (const Version &version : device.versions) {
      const auto number = static_cast<std::int64_t>(programs.size());
      llvm::Constant *half = llvm::ConstantExpr::getInBoundsGetElementPtr(
          type, halves, llvm::ArrayRef<llvm::Constant *>{data.int64(0), data.int64(number)});
      programs.push_back(TableBuilder(module, program, version, weights).build(half));
    }
  }
  deviceModel->setInitializer(llvm::ConstantStruct::get(
      modelType(module.getContext()), {descriptor, data.int32(static_cast<std::int64_t>(programs.size())),
                                       data.array(programs, "device_programs")}));
}

} // namespace ninc
