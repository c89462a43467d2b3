#include "codegen/halide/code/KernelIr.h"

#include <array>
#include <fmt/format.h>
#include <llvm/AsmParser/Parser.h>
#include <llvm/Bitcode/BitcodeWriter.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/SourceMgr.h>
#include <utility>

#include "codegen/target/NativeEmission.h"
#include "codegen/target/Substitutes.h"

namespace ninc {

namespace {

// Of LLVM 20 and 21, and what says the same or less before. Longer ones stand before what they begin with.
constexpr std::array olderWords{
    std::pair{std::string_view("captures(none)"), std::string_view("nocapture")},
    std::pair{std::string_view("icmp samesign "), std::string_view("icmp ")},
};

// "captures(address, read_provenance) ": a promise of less than nocapture, which may be left out.
void eraseAttribute(std::string &text, std::string_view opening) {
  for (std::size_t at = 0; (at = text.find(opening, at)) != text.npos;) {
    std::size_t end = at + opening.size();
    for (int depth = 1; end < text.size() && depth > 0; ++end)
      depth += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
    if (end < text.size() && text[end] == ' ') ++end;
    text.erase(at, end - at);
  }
}

// What an intrinsic's name begins with where it is an architecture's own.
std::string_view intrinsicsOf(Arch arch) {
  switch (arch) {
  case Arch::x86_64:
    return "llvm.x86.";
  case Arch::aarch64:
    return "llvm.aarch64.";
  case Arch::riscv64:
  case Arch::riscv32:
    return "llvm.riscv.";
  case Arch::arm:
    return "llvm.arm.";
  case Arch::wasm32:
    break;
  }
  return "llvm.wasm.";
}

Result<void> checkIntrinsics(const llvm::Module &module, const Target &target) {
  for (const llvm::Function &function : module) {
    if (!function.isIntrinsic() || !function.isTargetIntrinsic()) continue;
    if (!function.getName().starts_with(intrinsicsOf(target.arch)))
      return failInternal(fmt::format("code for {} asks for another machine's {}", target.name,
                                      std::string_view(function.getName())));
  }
  return {};
}

// Halide asks for data that is used once and then dropped; panels of weights should stay (PrefetchHints.h).
void keepWhatIsPrefetched(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::BasicBlock &block : function)
      for (llvm::Instruction &instruction : block)
        if (auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
            call && call->getIntrinsicID() == llvm::Intrinsic::prefetch)
          call->setArgOperand(2, llvm::ConstantInt::get(call->getArgOperand(2)->getType(), 3));
}

// Leaves the kernel and what it needs.
void hideAllBut(llvm::Module &module, const std::string &symbol) {
  for (const std::string &unused : {symbol + "_argv", symbol + "_metadata"})
    if (llvm::Function *function = module.getFunction(unused)) function->eraseFromParent();
  for (llvm::Function &function : module)
    if (!function.isDeclaration() && function.getName() != symbol)
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
  if (llvm::NamedMDNode *flags = module.getModuleFlagsMetadata()) flags->eraseFromParent();
}

Result<std::string> emit(llvm::Module &module, const Target &target) {
  if (!isOneModule(target)) return emitNative(module, target, EmissionForm::object);
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  llvm::WriteBitcodeToFile(module, stream);
  stream.flush();
  return bytes;
}

} // namespace

std::string inOlderWords(std::string_view text) {
  std::string older;
  older.reserve(text.size());
  while (!text.empty()) {
    std::size_t at = text.size();
    const std::pair<std::string_view, std::string_view> *next = nullptr;
    for (const auto &words : olderWords)
      if (const std::size_t found = text.find(words.first); found < at) {
        at = found;
        next = &words;
      }
    older += text.substr(0, at);
    if (!next) break;
    older += next->second;
    text.remove_prefix(at + next->first.size());
  }
  eraseAttribute(older, "captures(");
  return older;
}

Result<std::string> kernelCode(std::string text, const std::string &symbol, const Target &target) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic complaint;
  const std::string older = inOlderWords(text);
  const std::unique_ptr<llvm::Module> module =
      llvm::parseAssembly(llvm::MemoryBufferRef(older, symbol), complaint, context);
  if (!module)
    return failInternal(fmt::format("Halide's code can't be read: {}: {}",
                                    std::string_view(complaint.getMessage()),
                                    std::string_view(complaint.getLineContents())));
  hideAllBut(*module, symbol);
  if (auto set = setTarget(*module, target); !set) return tl::unexpected(set.error());
  if (auto own = checkIntrinsics(*module, target); !own) return tl::unexpected(own.error());
  substituteMissing(*module, target);
  setInstructions(*module, target, Instructions::own);
  widenWords(*module, target);
  keepWhatIsPrefetched(*module);
  return emit(*module, target);
}

} // namespace ninc
