#include "codegen/library/NativeEmission.h"

#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Target/TargetOptions.h>
#include <mutex>
#include <optional>

namespace ninc {

namespace {

void initialiseTargetsOnce() {
  static std::once_flag once; // LLVM's registry of targets is a global list
  std::call_once(once, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
  });
}

Result<std::unique_ptr<llvm::TargetMachine>> machineFor(const std::string &triple) {
  initialiseTargetsOnce();
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target) return failInternal("LLVM has no target " + triple + ": " + error);
  llvm::TargetOptions options;
  options.FunctionSections = options.DataSections = true;
  std::unique_ptr<llvm::TargetMachine> machine(
      target->createTargetMachine(triple, /*CPU=*/"", /*Features=*/"", options, llvm::Reloc::PIC_,
                                  std::nullopt, llvm::CodeGenOptLevel::Default));
  if (!machine) return failInternal("LLVM can't make code for " + triple);
  return machine;
}

void runPipeline(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, modules);
}

} // namespace

Result<void> setTarget(llvm::Module &module, const std::string &triple) {
  auto machine = machineFor(triple);
  if (!machine) return tl::unexpected(machine.error());
  module.setTargetTriple(triple);
  module.setDataLayout((*machine)->createDataLayout());
  module.setPICLevel(llvm::PICLevel::BigPIC);
  module.setUwtable(llvm::UWTableKind::Async);
  return {};
}

Result<void> optimise(llvm::Module &module) {
  auto machine = machineFor(module.getTargetTriple());
  if (!machine) return tl::unexpected(machine.error());
  std::string text;
  llvm::raw_string_ostream violations(text);
  if (llvm::verifyModule(module, &violations)) return failInternal("the host module is not sound:\n" + text);
  runPipeline(module, **machine);
  return {};
}

std::string textOf(const llvm::Module &module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream, nullptr);
  return text;
}

Result<std::string> emitNative(llvm::Module &module, EmissionForm form) {
  if (form == EmissionForm::llvmIr) return textOf(module);
  auto machine = machineFor(module.getTargetTriple());
  if (!machine) return tl::unexpected(machine.error());
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  const auto type =
      form == EmissionForm::object ? llvm::CodeGenFileType::ObjectFile : llvm::CodeGenFileType::AssemblyFile;
  if ((*machine)->addPassesToEmitFile(passes, stream, nullptr, type))
    return failInternal("LLVM can't write this kind of file for " + module.getTargetTriple());
  passes.run(module);
  return std::string(bytes.data(), bytes.size());
}

} // namespace ninc
