// Puts the parts together: the functions that run the versions' steps (HostSteps), those of the interface
// (Forwarders, by the tables of InterfaceFunctions) and the data (Descriptor, DeviceTables).
#include "codegen/library/HostModule.h"

#include "codegen/library/Descriptor.h"
#include "codegen/library/DeviceTables.h"
#include "codegen/library/Forwarders.h"
#include "codegen/library/HostSteps.h"
#include "codegen/program/Symbols.h"
#include "codegen/target/NativeEmission.h"

namespace ninc {

namespace {

class HostModuleBuilder {
public:
  HostModuleBuilder(llvm::Module &module, const Program &program)
      : code_(module), module_(module), program_(program), library_(shapeOf(program)) {}

  void build(bool exportsDescriptor) {
    // What functions hand on is only made when there are the functions that it points to.
    auto *model = new llvm::GlobalVariable(module_, code_.ir.getInt8Ty(), true,
                                           llvm::GlobalValue::ExternalLinkage, nullptr, "descriptor");
    model_ = model;
    functions_.steps = buildSteps(code_, program_);
    if (library_.hasDevices) deviceModel_ = declareDeviceModel(module_, program_);
    run_ = declareRun(code_);
    if (program_.ownsScratch)
      run_ = buildRunInOwnScratch(code_, symbol("run_in_own_scratch"), run_,
                                  scratchBytes(program_) + scratchBytesPerThread(program_));
    forward(modelInterface());
    if (deviceModel_) forward(deviceInterface());
    functions_.interface["run"] = buildDescriptorRun(code_, symbol("run"), library_.batch, model_, run_);
    functions_.interface["run_batch"] = buildDescriptorRunBatch(code_, symbol("run_batch"), model_, run_);

    const Descriptor descriptor = buildDescriptor(module_, program_, functions_);
    if (deviceModel_) defineDeviceModel(deviceModel_, program_, descriptor.model, descriptor.deviceHalves);
    for (const InterfaceFunction &function : modelInterface())
      if (function.doer == Doer::descriptor)
        buildReturning(descriptor.model, interfaceSymbol(program_.interface.name, function.name),
                       exportsDescriptor);
    model->replaceAllUsesWith(descriptor.model);
    model->eraseFromParent();
  }

private:
  std::string symbol(std::string_view what) const { return privateSymbol(program_.interface.name, what); }

  void forward(std::span<const InterfaceFunction> functions) {
    for (const InterfaceFunction &function : functions) {
      if (function.doer == Doer::descriptor) continue;
      const bool isExported = function.isExported(library_);
      if (!isExported && belongsToRuntime(function.needs)) continue; // which hasn't got it
      llvm::Function *const doer = function.runtime == runDoer ? run_ : declareDoer(code_, function);
      llvm::Function *forwarder = nullptr;
      if (isExported || function.descriptorHas == DescriptorHas::exported)
        forwarder = buildForwarder(
            code_, function,
            isExported ? interfaceSymbol(program_.interface.name, function.name) : symbol(function.name),
            isExported ? llvm::GlobalValue::ExternalLinkage : llvm::GlobalValue::InternalLinkage, library_,
            doer, added(function));
      if (function.descriptorHas != DescriptorHas::none)
        functions_.interface[function.name] =
            function.descriptorHas == DescriptorHas::exported ? forwarder : doer;
    }
  }

  static bool belongsToRuntime(Needs needs) {
    return needs == Needs::weightFile || needs == Needs::openFile || needs == Needs::threads;
  }

  llvm::Constant *added(const InterfaceFunction &function) const {
    switch (function.added) {
    case Added::model:
      return model_;
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
  const LibraryShape library_;
  llvm::Constant *model_ = nullptr;             // stands for the descriptor
  llvm::GlobalVariable *deviceModel_ = nullptr; // null without devices
  llvm::Function *run_ = nullptr;               // the runtime's, or what stands in front of it
  DescriptorFunctions functions_;
};

} // namespace

void buildHostModule(llvm::Module &module, const Program &program, bool exportsDescriptor) {
  HostModuleBuilder(module, program).build(exportsDescriptor);
}

Result<HostModule> emitHostModule(const Program &program, const HostModuleOptions &options) {
  llvm::LLVMContext context;
  llvm::Module module(program.interface.name, context);
  if (auto set = setTarget(module, machineOf(program)); !set) return tl::unexpected(set.error());
  buildHostModule(module, program, options.exportsDescriptor);
  widenWords(module, machineOf(program));
  if (auto sound = optimise(module, machineOf(program)); !sound) return tl::unexpected(sound.error());
  HostModule made;
  if (options.keepsLlvmIr) made.llvmIr = textOf(module);
  auto code = emitNative(module, machineOf(program), options.form);
  if (!code) return tl::unexpected(code.error());
  made.code = std::move(*code);
  return made;
}

} // namespace ninc
