#include "codegen/library/HostCode.h"

namespace ninc {

HostCode::HostCode(llvm::Module &written)
    : module(written), ir(module.getContext()), pointer(ir.getPtrTy()), int32(ir.getInt32Ty()),
      int64(ir.getInt64Ty()),
      runType(llvm::FunctionType::get(int32, {pointer, pointer, pointer, pointer}, false)) {}

llvm::Function *HostCode::function(const std::string &name, llvm::FunctionType *type,
                                   llvm::GlobalValue::LinkageTypes linkage) {
  llvm::Function *function = llvm::Function::Create(type, linkage, name, module);
  function->setDoesNotThrow();
  function->setUWTableKind(llvm::UWTableKind::Async); // backtraces and profilers see through run
  return function;
}

llvm::Function *HostCode::declare(const std::string &name, llvm::Type *result,
                                  llvm::ArrayRef<llvm::Type *> parameters) {
  if (llvm::Function *known = module.getFunction(name)) return known;
  llvm::Function *declared =
      function(name, llvm::FunctionType::get(result, parameters, false), llvm::GlobalValue::ExternalLinkage);
  declared->setVisibility(llvm::GlobalValue::HiddenVisibility);
  return declared;
}

void HostCode::begin(llvm::Function *function) {
  ir.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", function));
}

llvm::GlobalVariable *HostCode::table(llvm::Type *element, const std::vector<llvm::Constant *> &rows,
                                      const std::string &name) {
  auto *type = llvm::ArrayType::get(element, rows.size());
  return new llvm::GlobalVariable(module, type, true, llvm::GlobalValue::InternalLinkage,
                                  llvm::ConstantArray::get(type, rows), name); // the module owns it
}

llvm::Value *HostCode::bytesBeyond(llvm::Value *address, std::int64_t bytes) {
  return bytes == 0 ? address
                    : ir.CreateConstGEP1_64(ir.getInt8Ty(), address, static_cast<std::uint64_t>(bytes));
}

llvm::Value *HostCode::ofImage(llvm::Value *first, llvm::Value *image, std::int64_t imageBytes) {
  llvm::Value *offset = ir.CreateMul(image, ir.getInt64(static_cast<std::uint64_t>(imageBytes)));
  return ir.CreateGEP(ir.getInt8Ty(), first, offset);
}

void HostCode::forEach(std::int64_t count, std::int64_t step,
                       const std::function<void(llvm::Value *)> &body) {
  if (count == step) {
    body(ir.getInt64(0));
    return;
  }
  auto *before = ir.GetInsertBlock();
  llvm::Function *function = before->getParent();
  auto *loop = llvm::BasicBlock::Create(module.getContext(), "loop", function);
  ir.CreateBr(loop);
  ir.SetInsertPoint(loop);
  llvm::PHINode *index = ir.CreatePHI(int64, 2);
  index->addIncoming(ir.getInt64(0), before);
  body(index);
  llvm::Value *next = ir.CreateAdd(index, ir.getInt64(static_cast<std::uint64_t>(step)));
  index->addIncoming(next, ir.GetInsertBlock());
  auto *done = llvm::BasicBlock::Create(module.getContext(), "done", function);
  ir.CreateCondBr(ir.CreateICmpULT(next, ir.getInt64(static_cast<std::uint64_t>(count))), loop, done);
  ir.SetInsertPoint(done);
}

void HostCode::returnIf(llvm::Value *condition, llvm::Value *code) {
  llvm::Function *function = ir.GetInsertBlock()->getParent();
  auto *leave = llvm::BasicBlock::Create(module.getContext(), "leave", function);
  auto *next = llvm::BasicBlock::Create(module.getContext(), "next", function);
  ir.CreateCondBr(condition, leave, next);
  ir.SetInsertPoint(leave);
  ir.CreateRet(code);
  ir.SetInsertPoint(next);
}

void HostCode::onlyIf(llvm::Value *condition, Blocks names, const std::function<void()> &then) {
  llvm::Function *function = ir.GetInsertBlock()->getParent();
  auto *inside = llvm::BasicBlock::Create(module.getContext(), names.then, function);
  auto *join = llvm::BasicBlock::Create(module.getContext(), names.join, function);
  ir.CreateCondBr(condition, inside, join);
  ir.SetInsertPoint(inside);
  then();
  ir.CreateBr(join);
  ir.SetInsertPoint(join);
}

llvm::Value *HostCode::valueIf(llvm::Value *condition, Blocks names,
                               const std::function<llvm::Value *()> &then, llvm::Constant *otherwise) {
  auto *before = ir.GetInsertBlock();
  llvm::Value *value = nullptr;
  llvm::BasicBlock *from = nullptr;
  onlyIf(condition, names, [&] {
    value = then();
    from = ir.GetInsertBlock();
  });
  llvm::PHINode *result = ir.CreatePHI(otherwise->getType(), 2);
  result->addIncoming(otherwise, before);
  result->addIncoming(value, from);
  return result;
}

} // namespace ninc
