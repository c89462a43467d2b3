// Writing functions of the host module as LLVM IR: the types that pass through them, and the few shapes that
// their bodies are made of. One object writes one function at a time, at the end of what it has written.
#pragma once

#include <cstdint>
#include <functional>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <string>

#include "runtime/ninc_model.h"

namespace ninc {

class HostCode {
public:
  explicit HostCode(llvm::Module &written);

  llvm::Module &module;
  llvm::IRBuilder<> ir;
  llvm::PointerType *const pointer;
  llvm::IntegerType *const int32, *const int64;
  // int (inputs, outputs, scratch, executor): a run, or a step of it.
  llvm::FunctionType *const runType;

  // A new function, without a body yet.
  llvm::Function *function(const std::string &name, llvm::FunctionType *type,
                           llvm::GlobalValue::LinkageTypes linkage);

  // A function of the runtime or a kernel: defined elsewhere in the same library. The same one for the same
  // name.
  llvm::Function *declare(const std::string &name, llvm::Type *result,
                          llvm::ArrayRef<llvm::Type *> parameters);

  // What is written next is the body of this function.
  void begin(llvm::Function *function);

  llvm::Constant *status(ninc_status value) { return ir.getInt32(value); }
  llvm::Constant *word(std::int64_t value) { return llvm::ConstantInt::getSigned(int32, value); }

  // A constant table of the module's own, for reading.
  llvm::GlobalVariable *table(llvm::Type *element, const std::vector<llvm::Constant *> &rows,
                              const std::string &name);

  // An array of pointers on the stack.
  llvm::Value *pointerArray(std::size_t count) {
    return ir.CreateAlloca(llvm::ArrayType::get(pointer, count));
  }
  // array[index], of an array of pointers
  llvm::Value *element(llvm::Value *array, std::size_t index) {
    return ir.CreateLoad(pointer, ir.CreateConstGEP1_64(pointer, array, index));
  }
  // array[index] = value
  void setElement(llvm::Value *array, std::size_t index, llvm::Value *value) {
    ir.CreateStore(value, ir.CreateConstGEP1_64(pointer, array, index));
  }
  llvm::Value *bytesBeyond(llvm::Value *address, std::int64_t bytes);
  // The address of image number `image` in a tensor that starts at `first`.
  llvm::Value *ofImage(llvm::Value *first, llvm::Value *image, std::int64_t imageBytes);
  void storeField(llvm::StructType *type, llvm::Value *structure, unsigned field, llvm::Value *value) {
    ir.CreateStore(value, ir.CreateStructGEP(type, structure, field));
  }

  // for (i = 0; i < count; i += step) body(i); no loop where one turn is all. `step` divides `count`.
  void forEach(std::int64_t count, std::int64_t step, const std::function<void(llvm::Value *)> &body);

  // if (condition) return code;
  void returnIf(llvm::Value *condition, llvm::Value *code);

  // if (condition) then(); `names` are those of the two blocks behind the condition.
  struct Blocks {
    const char *then, *join;
  };
  void onlyIf(llvm::Value *condition, Blocks names, const std::function<void()> &then);

  // condition ? then() : otherwise
  llvm::Value *valueIf(llvm::Value *condition, Blocks names, const std::function<llvm::Value *()> &then,
                       llvm::Constant *otherwise);
};

} // namespace ninc
