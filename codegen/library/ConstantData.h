// C data as constants of an LLVM module: what tables of a library are built with. Structs are written as LLVM
// structs with the same fields in the same order; both sides follow the C ABI's rules for padding, so offsets
// agree.
#pragma once

#include <cstdint>
#include <llvm/IR/Constants.h>
#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/Module.h>
#include <string>

namespace ninc {

class ConstantData {
public:
  explicit ConstantData(llvm::Module &module) : module_(module), context_(module.getContext()) {}

  llvm::Constant *int32(std::int64_t value) const {
    return llvm::ConstantInt::getSigned(llvm::Type::getInt32Ty(context_), value);
  }
  llvm::Constant *int64(std::int64_t value) const {
    return llvm::ConstantInt::getSigned(llvm::Type::getInt64Ty(context_), value);
  }
  llvm::Constant *null() const {
    return llvm::ConstantPointerNull::get(llvm::PointerType::getUnqual(context_));
  }
  llvm::Constant *structure(llvm::ArrayRef<llvm::Constant *> fields) const {
    return llvm::ConstantStruct::getAnon(context_, fields);
  }
  // Elements of one type inside a structure.
  llvm::Constant *inlineArray(llvm::ArrayRef<llvm::Constant *> elements) const {
    return llvm::ConstantArray::get(llvm::ArrayType::get(elements.front()->getType(), elements.size()),
                                    elements);
  }

  // A private variable with this value; the module owns it. `name` has a dot (codegen/program/Symbols.h).
  llvm::GlobalVariable *global(llvm::Constant *value, const std::string &name) const {
    return new llvm::GlobalVariable(module_, value->getType(), true, llvm::GlobalValue::InternalLinkage,
                                    value, name);
  }

  // A text that ends with a 0.
  llvm::Constant *string(const std::string &text) const {
    llvm::GlobalVariable *variable = global(llvm::ConstantDataArray::getString(context_, text), "data.text");
    variable->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global); // equal texts may become one
    return variable;
  }

  // NULL for no elements. `name` gets one.
  llvm::Constant *array(llvm::ArrayRef<llvm::Constant *> elements, const std::string &name) const {
    return elements.empty() ? null() : global(inlineArray(elements), "data." + name);
  }

private:
  llvm::Module &module_;
  llvm::LLVMContext &context_;
};

} // namespace ninc
