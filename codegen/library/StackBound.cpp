#include "codegen/library/StackBound.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <llvm/IR/InstrTypes.h>
#include <llvm/IR/Instructions.h>
#include <map>

namespace ninc {

namespace {

using Function = const llvm::Function *;

// "module:function\tbytes\tstatic"
struct Frame {
  std::int64_t bytes = 0;
  bool isStatic = true;
};

std::map<std::string, Frame, std::less<>> parseFrames(std::string_view text, std::string_view module) {
  std::map<std::string, Frame, std::less<>> frames;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t second = line.rfind('\t'), first = line.rfind('\t', second - 1);
    if (second == line.npos || first == line.npos) continue;
    Frame frame;
    std::from_chars(line.data() + first + 1, line.data() + second, frame.bytes);
    frame.isStatic = line.substr(second + 1) == "static";
    frames.emplace(line.substr(module.size() + 1, first - module.size() - 1), frame);
  }
  return frames;
}

// Bytes that a call itself puts on the stack.
std::int64_t bytesOfCall(const Target &target) {
  return target.arch == Arch::x86_64 ? 8 : 0;
}

// What a frame may lose where a variable wants a larger alignment than the stack has.
std::int64_t lostToAlignment(Function function) {
  constexpr std::uint64_t usual = 8;
  std::uint64_t largest = usual;
  for (const llvm::BasicBlock &block : *function)
    for (const llvm::Instruction &instruction : block)
      if (const auto *variable = llvm::dyn_cast<llvm::AllocaInst>(&instruction))
        largest = std::max(largest, variable->getAlign().value());
  return static_cast<std::int64_t>(largest - usual);
}

class Walk {
public:
  Walk(const llvm::Module &module, std::string_view frames, const std::vector<std::string> &fromOutside,
       const Target &target)
      : frames_(parseFrames(frames, module.getModuleIdentifier())), bytesOfCall_(bytesOfCall(target)) {
    for (const llvm::Function &function : module)
      if (!function.isDeclaration() && function.hasAddressTaken() &&
          std::ranges::find(fromOutside, nameOf(&function)) == fromOutside.end())
        addressed_.push_back(&function);
  }

  // Of a function and all that it calls.
  Result<std::int64_t> below(Function function) {
    if (const auto known = known_.find(function); known != known_.end()) {
      if (known->second < 0)
        return failInternal(fmt::format("no bound of the stack: {} calls itself", nameOf(function)));
      return known->second;
    }
    known_[function] = -1;
    const auto frame = frames_.find(nameOf(function));
    if (frame != frames_.end() && !frame->second.isStatic)
      return failInternal(
          fmt::format("no bound of the stack: {}'s frame has no fixed size", nameOf(function)));
    std::int64_t deepest = 0;
    for (const llvm::BasicBlock &block : *function)
      for (const llvm::Instruction &instruction : block)
        if (const auto *call = llvm::dyn_cast<llvm::CallBase>(&instruction)) {
          auto called = ofCall(*call);
          if (!called) return called;
          deepest = std::max(deepest, *called);
        }
    const std::int64_t own = frame == frames_.end() ? 0 : frame->second.bytes;
    return known_[function] = own + bytesOfCall_ + lostToAlignment(function) + deepest;
  }

private:
  static std::string_view nameOf(Function function) { return function->getName(); }

  Result<std::int64_t> ofCall(const llvm::CallBase &call) {
    if (call.isInlineAsm()) return 0;
    if (Function called = call.getCalledFunction()) return called->isDeclaration() ? 0 : below(called);
    std::int64_t deepest = 0;
    for (Function candidate : addressed_) {
      if (candidate->getFunctionType() != call.getFunctionType()) continue;
      auto bytes = below(candidate);
      if (!bytes) return bytes;
      deepest = std::max(deepest, *bytes);
    }
    return deepest;
  }

  std::map<std::string, Frame, std::less<>> frames_;
  std::vector<Function> addressed_;
  std::map<Function, std::int64_t> known_; // -1 while it is on the way
  std::int64_t bytesOfCall_;
};

} // namespace

Result<std::int64_t> stackBound(const llvm::Module &module, std::string_view frames,
                                const std::vector<std::string> &functions,
                                const std::vector<std::string> &fromOutside, const Target &target) {
  Walk walk(module, frames, fromOutside, target);
  std::int64_t most = 0;
  for (const std::string &name : functions) {
    const llvm::Function *function = module.getFunction(name);
    if (!function) continue;
    auto bytes = walk.below(function);
    if (!bytes) return bytes;
    most = std::max(most, *bytes);
  }
  return most;
}

} // namespace ninc
