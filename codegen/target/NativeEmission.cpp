#include "codegen/target/NativeEmission.h"

#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Target/TargetOptions.h>
#include <mutex>
#include <optional>

#include "codegen/target/Substitutes.h"
#include "support/Files.h"
#include "support/TemporaryFiles.h"

namespace ninc {

namespace {

void initialiseTargetsOnce() {
  static std::once_flag once; // LLVM's registry of targets is a global list
  std::call_once(once, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    llvm::InitializeAllAsmParsers(); // of the few lines of assembly in the runtime
  });
}

std::string abiOf(const Target &target) {
  switch (target.isa) {
  case Isa::rv64gc:
  case Isa::rv64gcv:
    return "lp64d";
  case Isa::rv32imafc:
    return "ilp32f";
  case Isa::rv32imac:
    return "ilp32";
  default:
    return "";
  }
}

// What every CPU has that the library may meet.
std::string baseFeatures(const Target &target) {
  switch (target.arch) {
  case Arch::x86_64:
  case Arch::aarch64:
    return "";
  case Arch::riscv64: {
    Target base = target;
    base.isa = Isa::rv64gc;
    return llvmFeatures(base);
  }
  case Arch::riscv32:
  case Arch::arm:
  case Arch::wasm32:
    break;
  }
  return llvmFeatures(target);
}

llvm::TargetOptions optionsFor(const Target &target) {
  llvm::TargetOptions options;
  options.FunctionSections = options.DataSections = true;
  options.MCOptions.ABIName = abiOf(target);
  if (target.arch == Arch::arm) {
    options.EABIVersion = llvm::EABI::GNU; // memcpy rather than __aeabi_memcpy
    options.FloatABIType = llvmTriple(target).ends_with("hf") ? llvm::FloatABI::Hard : llvm::FloatABI::Soft;
  }
  return options;
}

// Where all that there is has its place once and for all, tables of addresses may be in flash.
bool isStatic(const Target &target) {
  const bool isMicrocontroller = target.arch == Arch::arm || target.arch == Arch::riscv32;
  return isMicrocontroller || target.platform == Platform::wasm ||
         (target.platform == Platform::none && target.arch == Arch::riscv64);
}

Result<std::unique_ptr<llvm::TargetMachine>> machineFor(const Target &target,
                                                        const std::string &stackUseFile = {}) {
  initialiseTargetsOnce();
  const std::string triple = llvmTriple(target);
  std::string error;
  const llvm::Target *found = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!found) return failInternal("LLVM has no target " + triple + ": " + error);
  llvm::TargetOptions options = optionsFor(target);
  options.StackUsageOutput = stackUseFile;
  std::optional<llvm::CodeModel::Model> model;
  if (target.arch == Arch::riscv64) model = llvm::CodeModel::Medium; // anywhere, not below 2 GB alone
  std::unique_ptr<llvm::TargetMachine> machine(found->createTargetMachine(
      triple, llvmCpu(target), baseFeatures(target), options,
      isStatic(target) ? llvm::Reloc::Static : llvm::Reloc::PIC_, model, llvm::CodeGenOptLevel::Default));
  if (!machine) return failInternal("LLVM can't make code for " + triple);
  return machine;
}

// Whether a stack can be looked through from outside, by debuggers and by what Windows does at an exception.
bool hasUnwindTables(const Target &target) {
  return target.platform != Platform::none && target.platform != Platform::wasm;
}

// Loops are as schedules want them.
llvm::PipelineTuningOptions withoutLoopsOfItsOwn() {
  llvm::PipelineTuningOptions options;
  options.LoopVectorization = options.LoopInterleaving = options.SLPVectorization = false;
  options.LoopUnrolling = false;
  return options;
}

void runPipeline(llvm::Module &module, llvm::TargetMachine &machine,
                 const llvm::PipelineTuningOptions &tuning) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, modules);
}

} // namespace

Result<void> setTarget(llvm::Module &module, const Target &target) {
  auto machine = machineFor(target);
  if (!machine) return tl::unexpected(machine.error());
  module.setTargetTriple(llvmTriple(target));
  module.setDataLayout((*machine)->createDataLayout());
  if (!isStatic(target)) module.setPICLevel(llvm::PICLevel::BigPIC);
  if (hasUnwindTables(target)) module.setUwtable(llvm::UWTableKind::Async);
  if (const std::string abi = abiOf(target); !abi.empty())
    module.addModuleFlag(llvm::Module::Error, "target-abi", llvm::MDString::get(module.getContext(), abi));
  return {};
}

void setInstructions(llvm::Module &module, const Target &target, Instructions instructions) {
  const std::string features =
      instructions == Instructions::own ? llvmFeatures(target) : baseFeatures(target);
  const std::string cpu = llvmCpu(target);
  for (llvm::Function &function : module) {
    for (const char *name : {"target-cpu", "tune-cpu", "target-features", "min-legal-vector-width",
                             "stack-protector-buffer-size", "probe-stack", "use-soft-float"})
      function.removeFnAttr(name);
    if (target.platform == Platform::none) function.removeFnAttr("frame-pointer");
    function.removeFnAttr(llvm::Attribute::VScaleRange);
    if (!hasUnwindTables(target)) function.removeFnAttr(llvm::Attribute::UWTable);
    if (function.isIntrinsic()) continue;
    function.setDoesNotThrow();
    function.addFnAttr("no-builtins"); // of a library that may not be there
    if (!features.empty()) function.addFnAttr("target-features", features);
    if (!cpu.empty()) function.addFnAttr("target-cpu", cpu);
    if (hasUnwindTables(target)) function.setUWTableKind(llvm::UWTableKind::Async);
  }
}

// RISC-V's calling convention, "Integer Calling Convention": of 64 bits all 32-bit numbers are sign-extended,
// those without a sign too.
void widenWords(llvm::Module &module, const Target &target) {
  if (target.arch != Arch::riscv64) return;
  const auto widen = [](auto &callable, llvm::FunctionType *type) {
    for (unsigned i = 0; i < type->getNumParams(); ++i)
      if (type->getParamType(i)->isIntegerTy(32)) callable.addParamAttr(i, llvm::Attribute::SExt);
    if (type->getReturnType()->isIntegerTy(32)) callable.addRetAttr(llvm::Attribute::SExt);
  };
  for (llvm::Function &function : module) {
    if (!function.isIntrinsic()) widen(function, function.getFunctionType());
    for (llvm::BasicBlock &block : function)
      for (llvm::Instruction &instruction : block)
        if (auto *call = llvm::dyn_cast<llvm::CallBase>(&instruction);
            call && !call->isInlineAsm() && !llvm::isa<llvm::IntrinsicInst>(call))
          widen(*call, call->getFunctionType());
  }
}

Result<void> optimise(llvm::Module &module, const Target &target) {
  auto machine = machineFor(target);
  if (!machine) return tl::unexpected(machine.error());
  std::string text;
  llvm::raw_string_ostream violations(text);
  if (llvm::verifyModule(module, &violations)) return failInternal("the host module is not sound:\n" + text);
  runPipeline(module, **machine,
              isOneModule(target) ? withoutLoopsOfItsOwn() : llvm::PipelineTuningOptions());
  if (isOneModule(target)) substituteMissing(module, target); // comparisons have become maxima again
  return {};
}

std::string textOf(const llvm::Module &module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream, nullptr);
  return text;
}

Result<std::string> emitNative(llvm::Module &module, const Target &target, EmissionForm form,
                               std::string *stackUse) {
  if (form == EmissionForm::llvmIr) return textOf(module);
  Result<MemoryFile> uses = MemoryFile::create("stack use");
  if (!uses) return tl::unexpected(uses.error());
  auto machine = machineFor(target, stackUse ? uses->path().string() : "");
  if (!machine) return tl::unexpected(machine.error());
  llvm::SmallVector<char, 0> bytes;
  {
    llvm::raw_svector_ostream stream(bytes);
    llvm::legacy::PassManager passes;
    const auto type = form == EmissionForm::object ? llvm::CodeGenFileType::ObjectFile
                                                   : llvm::CodeGenFileType::AssemblyFile;
    if ((*machine)->addPassesToEmitFile(passes, stream, nullptr, type))
      return failInternal("LLVM can't write this kind of file for " + module.getTargetTriple());
    passes.run(module);
  } // the printer closes its files at its end
  if (stackUse) {
    auto text = readFile(uses->path());
    if (!text) return text;
    *stackUse = std::move(*text);
  }
  return std::string(bytes.data(), bytes.size());
}

} // namespace ninc
