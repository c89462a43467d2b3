#include "codegen/library/Forwarders.h"

namespace ninc {

namespace {

llvm::Type *typeOf(HostCode &code, Passed passed) {
  switch (passed) {
  case Passed::int32:
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

// The parameters with so many pointers where the tensors are.
std::vector<llvm::Type *> parameterTypes(HostCode &code, const InterfaceFunction &function,
                                         std::size_t tensors) {
  std::vector<llvm::Type *> types;
  for (const InterfaceValue &value : function.given())
    types.insert(types.end(), value.passed == Passed::tensors ? tensors : 1, typeOf(code, value.passed));
  return types;
}

} // namespace

llvm::Function *declareDoer(HostCode &code, const InterfaceFunction &function) {
  constexpr std::size_t arrays = 2;
  std::vector<llvm::Type *> parameters = parameterTypes(code, function, arrays);
  if (function.added == Added::cpuLevel) parameters.insert(parameters.begin(), code.int32);
  if (function.added == Added::deviceModel) parameters.insert(parameters.begin(), code.pointer);
  return code.declare(std::string(function.runtime), typeOf(code, function.result.passed), parameters);
}

llvm::Function *buildForwarder(HostCode &code, const InterfaceFunction &function, const std::string &symbol,
                               TensorCounts tensors, llvm::Function *doer, llvm::Constant *added) {
  const std::vector<llvm::Type *> parameters =
      parameterTypes(code, function, tensors.inputs + tensors.outputs);
  llvm::Function *forwarder =
      code.function(symbol, llvm::FunctionType::get(doer->getReturnType(), parameters, false),
                    llvm::GlobalValue::ExternalLinkage);
  code.begin(forwarder);
  unsigned next = 0;
  std::vector<llvm::Value *> arguments;
  if (added) arguments.push_back(added);
  for (const InterfaceValue &value : function.given()) {
    if (value.passed != Passed::tensors) {
      arguments.push_back(forwarder->getArg(next++));
      continue;
    }
    llvm::Value *inputs = code.pointerArray(tensors.inputs), *outputs = code.pointerArray(tensors.outputs);
    for (std::size_t i = 0; i < tensors.inputs; ++i)
      code.setElement(inputs, i, forwarder->getArg(next++));
    for (std::size_t i = 0; i < tensors.outputs; ++i)
      code.setElement(outputs, i, forwarder->getArg(next++));
    arguments.insert(arguments.end(), {inputs, outputs});
  }
  llvm::CallInst *result = code.ir.CreateCall(doer, arguments);
  if (doer->getReturnType()->isVoidTy())
    code.ir.CreateRetVoid();
  else
    code.ir.CreateRet(result);
  return forwarder;
}

} // namespace ninc
