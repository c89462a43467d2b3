#include "codegen/library/Forwarders.h"

#include <algorithm>
#include <functional>

namespace ninc {

namespace {

llvm::Type *typeOf(HostCode &code, Passed passed) {
  switch (passed) {
  case Passed::int32:
  case Passed::size:
  case Passed::batch:
    return code.int32;
  case Passed::int64:
    return code.int64;
  case Passed::pointer:
  case Passed::tensors:
    return code.pointer;
  case Passed::nothing:
    break;
  }
  return code.ir.getVoidTy();
}

// Parameters as they are passed, with so many pointers where the tensors are.
std::vector<llvm::Type *> typesOf(HostCode &code, const InterfaceFunction &function, std::size_t tensors,
                                  const std::function<bool(const InterfaceValue &)> &counts) {
  std::vector<llvm::Type *> types;
  for (const InterfaceValue &value : function.passed())
    if (counts(value))
      types.insert(types.end(), value.passed == Passed::tensors ? tensors : 1, typeOf(code, value.passed));
  return types;
}

} // namespace

llvm::Function *declareDoer(HostCode &code, const InterfaceFunction &function) {
  constexpr std::size_t arrays = 2;
  std::vector<llvm::Type *> parameters =
      typesOf(code, function, arrays, [](const InterfaceValue &) { return true; });
  if (function.added != Added::nothing) parameters.insert(parameters.begin(), code.pointer);
  return code.declare(std::string(function.runtime), typeOf(code, function.result.passed), parameters);
}

llvm::Function *declareRun(HostCode &code) {
  return declareDoer(code, *std::ranges::find(modelInterface(), "run", &InterfaceFunction::name));
}

llvm::Function *buildRunInOwnScratch(HostCode &code, const std::string &symbol, llvm::Function *run,
                                     std::int64_t bytes) {
  auto *type = llvm::ArrayType::get(code.ir.getInt8Ty(), static_cast<std::uint64_t>(bytes));
  auto *place = new llvm::GlobalVariable(code.module, type, false, llvm::GlobalValue::InternalLinkage,
                                         llvm::Constant::getNullValue(type),
                                         symbol + ".place"); // the module owns it
  place->setAlignment(llvm::Align(Program::scratchAlignment));
  llvm::Function *inOwn = code.function(symbol, run->getFunctionType(), llvm::GlobalValue::InternalLinkage);
  code.begin(inOwn);
  constexpr unsigned scratch = 5;
  std::vector<llvm::Value *> arguments;
  for (llvm::Argument &argument : inOwn->args())
    arguments.push_back(&argument);
  llvm::Value *given = arguments[scratch];
  arguments[scratch] = code.ir.CreateSelect(code.ir.CreateIsNull(given), place, given);
  code.ir.CreateRet(code.ir.CreateCall(run, arguments));
  return inOwn;
}

llvm::Function *buildForwarder(HostCode &code, const InterfaceFunction &function, const std::string &symbol,
                               llvm::GlobalValue::LinkageTypes linkage, const LibraryShape &library,
                               llvm::Function *doer, llvm::Constant *added) {
  const std::vector<llvm::Type *> parameters =
      typesOf(code, function, library.inputs + library.outputs,
              [&](const InterfaceValue &value) { return isGiven(value, library); });
  llvm::Function *forwarder =
      code.function(symbol, llvm::FunctionType::get(doer->getReturnType(), parameters, false), linkage);
  code.begin(forwarder);
  unsigned next = 0;
  std::vector<llvm::Value *> arguments;
  if (added) arguments.push_back(added);
  const auto gather = [&](std::size_t count) {
    llvm::Value *array = code.pointerArray(count);
    for (std::size_t i = 0; i < count; ++i)
      code.setElement(array, i, forwarder->getArg(next++));
    arguments.push_back(array);
  };
  for (const InterfaceValue &value : function.passed()) {
    if (value.passed == Passed::tensors) {
      gather(library.inputs);
      gather(library.outputs);
    } else if (isGiven(value, library)) {
      arguments.push_back(forwarder->getArg(next++));
    } else {
      arguments.push_back(code.word(value.passed == Passed::batch ? library.batch : 0));
    }
  }
  llvm::CallInst *result = code.ir.CreateCall(doer, arguments);
  if (doer->getReturnType()->isVoidTy())
    code.ir.CreateRetVoid();
  else
    code.ir.CreateRet(result);
  return forwarder;
}

llvm::Function *buildDescriptorRun(HostCode &code, const std::string &symbol, std::int64_t batch,
                                   llvm::Constant *model, llvm::Function *doer) {
  llvm::Function *run = code.function(symbol, code.runType, llvm::GlobalValue::InternalLinkage);
  code.begin(run);
  code.ir.CreateRet(code.ir.CreateCall(doer, {model, code.word(0), code.word(batch), run->getArg(0),
                                              run->getArg(1), run->getArg(2), run->getArg(3)}));
  return run;
}

llvm::Function *buildDescriptorRunBatch(HostCode &code, const std::string &symbol, llvm::Constant *model,
                                        llvm::Function *doer) {
  auto *type = llvm::FunctionType::get(
      code.int32, {code.int32, code.int32, code.pointer, code.pointer, code.pointer, code.pointer}, false);
  llvm::Function *run = code.function(symbol, type, llvm::GlobalValue::InternalLinkage);
  code.begin(run);
  std::vector<llvm::Value *> arguments = {model};
  for (llvm::Argument &argument : run->args())
    arguments.push_back(&argument);
  code.ir.CreateRet(code.ir.CreateCall(doer, arguments));
  return run;
}

} // namespace ninc
