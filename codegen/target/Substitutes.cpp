#include "codegen/target/Substitutes.h"

#include <array>
#include <llvm/ADT/STLExtras.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicInst.h>

namespace ninc {

namespace {

bool hasFloatingPoint(const Target &target) {
  return target.isa != Isa::rv32imac && target.isa != Isa::cortexM0Plus && target.isa != Isa::cortexM3;
}

// The Cortex-M4's rounds to nearest and towards zero, to 32-bit numbers alone.
bool hasRounding(const Target &target) {
  return hasFloatingPoint(target) && target.isa != Isa::cortexM4;
}

const char *substituteFor(llvm::Intrinsic::ID intrinsic, const Target &target) {
  if (intrinsic == llvm::Intrinsic::sqrt) return hasFloatingPoint(target) ? nullptr : "ninc_sqrtf";
  if (hasRounding(target)) return nullptr;
  switch (intrinsic) {
  case llvm::Intrinsic::floor:
    return "ninc_floorf";
  case llvm::Intrinsic::ceil:
    return "ninc_ceilf";
  case llvm::Intrinsic::trunc:
    return "ninc_truncf";
  case llvm::Intrinsic::nearbyint:
  case llvm::Intrinsic::rint:
  case llvm::Intrinsic::roundeven:
    return "ninc_roundevenf";
  default:
    return nullptr;
  }
}

void replace(llvm::IntrinsicInst &call, llvm::Value *value) {
  call.replaceAllUsesWith(value);
  call.eraseFromParent();
}

// Of the operands of a maxnum or minnum; null where the CPU has an instruction for that.
llvm::Value *largerOrSmaller(llvm::IRBuilder<> &ir, llvm::IntrinsicInst &call, const Target &target) {
  const bool isMaximum = call.getIntrinsicID() == llvm::Intrinsic::maxnum;
  llvm::Value *one = call.getArgOperand(0), *other = call.getArgOperand(1);
  if (target.arch == Arch::wasm32)
    return isMaximum ? ir.CreateMaximum(one, other) : ir.CreateMinimum(one, other);
  if (hasRounding(target)) return nullptr;
  return ir.CreateSelect(isMaximum ? ir.CreateFCmpOGT(one, other) : ir.CreateFCmpOLT(one, other), one, other);
}

// Of a vector's elements, as WebAssembly has it.
llvm::Value *largestOrSmallest(llvm::IRBuilder<> &ir, llvm::IntrinsicInst &call) {
  const bool isMaximum = call.getIntrinsicID() == llvm::Intrinsic::vector_reduce_fmax;
  llvm::Value *vector = call.getArgOperand(0);
  const unsigned lanes = llvm::cast<llvm::FixedVectorType>(vector->getType())->getNumElements();
  llvm::Value *chosen = ir.CreateExtractElement(vector, std::uint64_t{0});
  for (std::uint64_t lane = 1; lane < lanes; ++lane) {
    llvm::Value *other = ir.CreateExtractElement(vector, lane);
    chosen = isMaximum ? ir.CreateMaximum(chosen, other) : ir.CreateMinimum(chosen, other);
  }
  return chosen;
}

void substitute(llvm::IntrinsicInst &call, const Target &target) {
  const llvm::Intrinsic::ID intrinsic = call.getIntrinsicID();
  llvm::IRBuilder<> ir(&call);
  if (intrinsic == llvm::Intrinsic::maxnum || intrinsic == llvm::Intrinsic::minnum) {
    if (llvm::Value *chosen = largerOrSmaller(ir, call, target)) replace(call, chosen);
    return;
  }
  const bool isReduction =
      intrinsic == llvm::Intrinsic::vector_reduce_fmax || intrinsic == llvm::Intrinsic::vector_reduce_fmin;
  if (isReduction && target.arch == Arch::wasm32) {
    replace(call, largestOrSmallest(ir, call));
    return;
  }
  if (const char *name = substituteFor(intrinsic, target); name && call.getType()->isFloatTy()) {
    const llvm::FunctionCallee function = call.getModule()->getOrInsertFunction(
        name, llvm::FunctionType::get(call.getType(), {call.getType()}, false));
    replace(call, ir.CreateCall(function, {call.getArgOperand(0)}));
  }
}

} // namespace

void substituteMissing(llvm::Module &module, const Target &target) {
  for (llvm::Function &function : module)
    for (llvm::BasicBlock &block : function)
      for (llvm::Instruction &instruction : llvm::make_early_inc_range(block))
        if (auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction)) substitute(*call, target);
}

} // namespace ninc
