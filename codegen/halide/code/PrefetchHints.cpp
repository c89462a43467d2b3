#include "codegen/halide/code/PrefetchHints.h"

#include <llvm/MC/MCAsmInfo.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCDisassembler/MCDisassembler.h>
#include <llvm/MC/MCInst.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCRegisterInfo.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/MCTargetOptions.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/TargetParser/Triple.h>
#include <memory>

namespace ninc {

namespace {

// LLVM's decoder of x86-64 machine code, and what it needs to live.
class Disassembler {
public:
  static Result<std::unique_ptr<Disassembler>> create(const Target &target) {
    static const bool initialised = [] {
      LLVMInitializeX86TargetInfo();
      LLVMInitializeX86TargetMC();
      LLVMInitializeX86Disassembler();
      return true;
    }();
    const std::string triple = llvmTriple(target);
    std::string error;
    const llvm::Target *found = initialised ? llvm::TargetRegistry::lookupTarget(triple, error) : nullptr;
    if (!found) return failInternal("LLVM can't read code for " + triple + ": " + error);
    auto made = std::unique_ptr<Disassembler>(new Disassembler);
    made->registers_.reset(found->createMCRegInfo(triple));
    made->assembly_.reset(found->createMCAsmInfo(*made->registers_, triple, llvm::MCTargetOptions()));
    made->instructions_.reset(found->createMCInstrInfo());
    made->subtarget_.reset(found->createMCSubtargetInfo(triple, "", llvmFeatures(target)));
    made->context_ = std::make_unique<llvm::MCContext>(llvm::Triple(triple), made->assembly_.get(),
                                                       made->registers_.get(), made->subtarget_.get());
    made->decoder_.reset(found->createMCDisassembler(*made->subtarget_, *made->context_));
    if (!made->decoder_) return failInternal("LLVM has no disassembler for " + triple);
    return made;
  }

  // Calls visit(name, offset, bytes) for each instruction; false if something in there is none.
  template <class Visit>
  bool forEachInstruction(llvm::ArrayRef<std::uint8_t> code, Visit visit) const {
    std::uint64_t size = 0;
    for (std::uint64_t offset = 0; offset < code.size(); offset += size) {
      llvm::MCInst instruction;
      if (decoder_->getInstruction(instruction, size, code.slice(offset), offset, llvm::nulls()) !=
          llvm::MCDisassembler::Success)
        return false;
      visit(instructions_->getName(instruction.getOpcode()), offset, size);
    }
    return true;
  }

private:
  Disassembler() = default;
  std::unique_ptr<llvm::MCRegisterInfo> registers_;
  std::unique_ptr<llvm::MCAsmInfo> assembly_;
  std::unique_ptr<llvm::MCInstrInfo> instructions_;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget_;
  std::unique_ptr<llvm::MCContext> context_;
  std::unique_ptr<llvm::MCDisassembler> decoder_;
};

// [prefixes] 0F 18 ModRM: 0 in the middle three bits of ModRM means NTA, 1 means T0.
void changeHint(char *instruction, std::uint64_t bytes) {
  for (std::uint64_t i = 0; i + 2 < bytes; ++i)
    if (instruction[i] == 0x0f && instruction[i + 1] == 0x18) {
      instruction[i + 2] = static_cast<char>(instruction[i + 2] | 0x08);
      return;
    }
}

} // namespace

Result<void> prefetchIntoAllCaches(std::string &object, const Target &target) {
  if (target.arch != Arch::x86_64) return {};
  auto disassembler = Disassembler::create(target);
  if (!disassembler) return tl::unexpected(disassembler.error());
  auto file = llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(object, "kernel"));
  if (!file) return failInternal("a kernel's object: " + llvm::toString(file.takeError()));
  for (const llvm::object::SectionRef &section : (*file)->sections()) {
    if (!section.isText()) continue;
    auto code = section.getContents();
    if (!code) return failInternal("a kernel's code: " + llvm::toString(code.takeError()));
    char *begin = object.data() + (code->data() - object.data()); // the section lies inside the object
    const bool whole =
        (*disassembler)
            ->forEachInstruction({reinterpret_cast<const std::uint8_t *>(begin), code->size()},
                                 [&](llvm::StringRef name, std::uint64_t offset, std::uint64_t bytes) {
                                   if (name == "PREFETCHNTA") changeHint(begin + offset, bytes);
                                 });
    if (!whole) return failInternal("a kernel's code has bytes that are no instruction");
  }
  return {};
}

} // namespace ninc
