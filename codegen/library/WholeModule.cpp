#include "codegen/library/WholeModule.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/IR/Constants.h>
#include <llvm/Linker/Linker.h>
#include <llvm/Support/MemoryBuffer.h>
#include <set>

#include "codegen/library/EmbeddedRuntime.h"
#include "codegen/library/HostModule.h"
#include "codegen/library/InterfaceFunctions.h"
#include "codegen/library/ObjectSymbols.h"
#include "codegen/library/StackBound.h"
#include "codegen/program/Symbols.h"
#include "codegen/target/NativeEmission.h"

namespace ninc {

namespace {

Result<std::unique_ptr<llvm::Module>> readCode(std::span<const std::byte> code, const std::string &name,
                                               llvm::LLVMContext &context) {
  const llvm::StringRef bytes(reinterpret_cast<const char *>(code.data()), code.size());
  auto module = llvm::parseBitcodeFile(llvm::MemoryBufferRef(bytes, name), context);
  if (!module) return failInternal(fmt::format("{}: {}", name, llvm::toString(module.takeError())));
  return std::move(*module);
}

// What Windows' compilers call where a frame is larger than a page, since the system makes room for the stack
// page by page: it touches every page of the RAX bytes below its caller, and changes no register. Some
// compilers' libraries have it under another name, so the object brings its own, local to it.
constexpr llvm::StringRef touchPages = R"(
  .text
__chkstk:
  pushq %r10
  pushq %r11
  leaq 24(%rsp), %r10
  movq %rax, %r11
.Lnext_page:
  cmpq $4096, %r11
  jb .Llast_page
  subq $4096, %r10
  testb $0, (%r10)
  subq $4096, %r11
  jmp .Lnext_page
.Llast_page:
  subq %r11, %r10
  testb $0, (%r10)
  popq %r11
  popq %r10
  retq
)";

class WholeModuleBuilder {
public:
  WholeModuleBuilder(llvm::Module &module, const Program &program)
      : module_(module), program_(program), machine_(machineOf(program)) {}

  Result<void> build() {
    buildHostModule(module_, program_, /*exportsDescriptor=*/false);
    setInstructions(module_, machine_, Instructions::base);
    if (!program_.weightsAreExternal) defineWeights();
    for (const std::size_t i : kernelsOf(program_.versions)) {
      const Kernel &kernel = program_.kernels[i];
      auto code = readCode(kernel.object, kernel.symbol, module_.getContext());
      if (!code) return tl::unexpected(code.error());
      if (auto linked = link(std::move(*code)); !linked) return linked;
    }
    if (auto runtime = linkRuntime(); !runtime) return runtime;
    if (machine_.platform == Platform::windows && machine_.arch == Arch::x86_64)
      module_.appendModuleInlineAsm(touchPages);
    hideAllBut(exportedSymbols(program_));
    widenWords(module_, machine_);
    return {};
  }

private:
  Result<void> link(std::unique_ptr<llvm::Module> code) {
    code->setDataLayout(module_.getDataLayout());
    code->setTargetTriple(module_.getTargetTriple());
    const std::string name = code->getModuleIdentifier();
    if (llvm::Linker::linkModules(module_, std::move(code)))
      return failInternal("a part of the library doesn't fit to the others: " + name);
    return {};
  }

  Result<void> linkRuntime() {
    auto bytes = runtimeCode(machine_);
    if (!bytes) return tl::unexpected(bytes.error());
    auto code = readCode(*bytes, "the runtime", module_.getContext());
    if (!code) return tl::unexpected(code.error());
    if (llvm::NamedMDNode *flags = (*code)->getModuleFlagsMetadata()) flags->eraseFromParent();
    setInstructions(**code, machine_, Instructions::base);
    return link(std::move(*code));
  }

  // In place of the declaration that steps refer to.
  void defineWeights() {
    llvm::GlobalVariable *declared = module_.getNamedGlobal(weightSymbol(program_.interface.name));
    const llvm::StringRef bytes(reinterpret_cast<const char *>(program_.weights.data()),
                                program_.weights.size());
    auto *byte = llvm::Type::getInt8Ty(module_.getContext());
    llvm::Constant *value = llvm::ConstantDataArray::getRaw(bytes, bytes.size(), byte);
    auto *weights = new llvm::GlobalVariable(module_, value->getType(), true,
                                             llvm::GlobalValue::InternalLinkage, value); // the module owns it
    weights->setAlignment(llvm::Align(Program::weightAlignment));
    declared->replaceAllUsesWith(weights);
    weights->takeName(declared);
    declared->eraseFromParent();
  }

  void hideAllBut(const std::vector<std::string> &exports) {
    const std::set<std::string, std::less<>> seen(exports.begin(), exports.end());
    for (llvm::GlobalValue &value : module_.global_values()) {
      if (value.isDeclaration()) {
        value.setVisibility(llvm::GlobalValue::DefaultVisibility); // the C library's
        continue;
      }
      if (auto *object = llvm::dyn_cast<llvm::GlobalObject>(&value)) object->setComdat(nullptr);
      value.setVisibility(llvm::GlobalValue::DefaultVisibility);
      value.setDLLStorageClass(llvm::GlobalValue::DefaultStorageClass);
      if (!seen.contains(std::string_view(value.getName())))
        value.setLinkage(llvm::GlobalValue::InternalLinkage);
      value.setDSOLocal(true);
    }
  }

  llvm::Module &module_;
  const Program &program_;
  const Target &machine_;
};

} // namespace

Result<WholeModule> emitWholeModule(const Program &program, bool keepsLlvmIr) {
  const Target &machine = machineOf(program);
  llvm::LLVMContext context;
  llvm::Module module(program.interface.name, context);
  if (auto set = setTarget(module, machine); !set) return tl::unexpected(set.error());
  if (auto built = WholeModuleBuilder(module, program).build(); !built) return tl::unexpected(built.error());
  if (auto sound = optimise(module, machine); !sound) return tl::unexpected(sound.error());
  WholeModule made;
  if (keepsLlvmIr) made.llvmIr = textOf(module);
  std::string frames;
  const bool isBare = machine.platform == Platform::none;
  auto object = emitNative(module, machine, EmissionForm::object, isBare ? &frames : nullptr);
  if (!object) return tl::unexpected(object.error());
  made.object = std::move(*object);
  if (auto known = checkUndefinedSymbols(made.object, machine); !known) return tl::unexpected(known.error());
  if (!isBare) return made;
  const std::string &name = program.interface.name;
  auto bound = stackBound(module, frames, exportedSymbols(program),
                          {privateSymbol(name, "run"), privateSymbol(name, "run_batch")}, machine);
  if (!bound) return tl::unexpected(bound.error());
  made.stackBytes = *bound;
  return made;
}

} // namespace ninc
