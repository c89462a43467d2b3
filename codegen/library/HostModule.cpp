// Puts the parts together: the functions that run the CPU's half (HostSteps, HostRun), those of the interface
// (Forwarders, by the tables of InterfaceFunctions) and the data (Descriptor, DeviceTables).
#include "codegen/library/HostModule.h"

#include "codegen/library/Descriptor.h"
#include "codegen/library/DeviceTables.h"
#include "codegen/library/Forwarders.h"
#include "codegen/library/HostRun.h"
#include "codegen/library/HostSteps.h"
#include "codegen/library/NativeEmission.h"
#include "codegen/program/Symbols.h"

namespace ninc {

namespace {

class HostModuleBuilder {
public:
  HostModuleBuilder(llvm::Module &module, const Program &program)
      : code_(module), module_(module), program_(program) {}

  void build(bool exportsDescriptor) {
    functions_.steps = buildSteps(code_, program_);
    run_ = buildRun(code_, program_, functions_.steps);
    if (!program_.devices.empty()) deviceModel_ = declareDeviceModel(module_, program_);
    forward(modelInterface());
    if (deviceModel_) forward(deviceInterface());

    const Descriptor descriptor = buildDescriptor(module_, program_, functions_);
    if (deviceModel_) defineDeviceModel(deviceModel_, program_, descriptor.model, descriptor.deviceHalves);
    for (const InterfaceFunction &function : modelInterface())
      if (function.doer == Doer::descriptor)
        buildReturning(descriptor.model, interfaceSymbol(program_.name, function.name), exportsDescriptor);
  }

private:
  void forward(std::span<const InterfaceFunction> functions) {
    for (const InterfaceFunction &function : functions) {
      if (function.doer == Doer::descriptor) continue;
      llvm::Function *const doer = function.doer == Doer::run ? run_ : declareDoer(code_, function);
      llvm::Function *const exported =
          function.exported()
              ? buildForwarder(code_, function, interfaceSymbol(program_.name, function.name),
                               {program_.inputs.size(), program_.outputs.size()}, doer, added(function))
              : nullptr;
      functions_.interface[function.name] =
          function.descriptorHas == DescriptorHas::exported ? exported : doer;
    }
  }

  llvm::Constant *added(const InterfaceFunction &function) {
    switch (function.added) {
    case Added::cpuLevel:
      return code_.word(cpuLevel(program_.target.isa));
    case Added::deviceModel:
      return deviceModel_;
    case Added::nothing:
      break;
    }
    return nullptr;
  }

  void buildReturning(llvm::GlobalVariable *descriptor, const std::string &symbol, bool underItsOwnName) {
    auto *type = llvm::FunctionType::get(code_.pointer, false);
    llvm::Function *model = code_.function(symbol, type, llvm::GlobalValue::ExternalLinkage);
    code_.begin(model);
    code_.ir.CreateRet(descriptor);
    if (underItsOwnName)
      llvm::GlobalAlias::create(type, 0, llvm::GlobalValue::ExternalLinkage, NINC_MODEL_SYMBOL, model,
                                &module_);
  }

  HostCode code_;
  llvm::Module &module_;
  const Program &program_;
  llvm::Function *run_ = nullptr;
  llvm::GlobalVariable *deviceModel_ = nullptr; // null without devices
  DescriptorFunctions functions_;
};

} // namespace

Result<HostModule> emitHostModule(const Program &program, const HostModuleOptions &options) {
  llvm::LLVMContext context;
  llvm::Module module(program.name, context);
  if (auto set = setTarget(module, llvmTriple(program.target)); !set) return tl::unexpected(set.error());
  HostModuleBuilder(module, program).build(options.exportsDescriptor);
  if (auto sound = optimise(module); !sound) return tl::unexpected(sound.error());
  HostModule made;
  if (options.keepsLlvmIr) made.llvmIr = textOf(module);
  auto code = emitNative(module, options.form);
  if (!code) return tl::unexpected(code.error());
  made.code = std::move(*code);
  return made;
}

} // namespace ninc
