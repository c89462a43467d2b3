// The generic descriptor (`struct ninc_model` of runtime/ninc_model.h, with `struct ninc_devices` behind it)
// as constant data of an LLVM module.
#pragma once

#include <llvm/IR/Module.h>
#include <map>
#include <string_view>
#include <vector>

#include "codegen/program/Program.h"

namespace ninc {

// What the descriptor points to.
struct DescriptorFunctions {
  std::vector<std::vector<llvm::Function *>> steps; // of each version for a CPU, of its steps
  // By their names in the tables (codegen/library/InterfaceFunctions.h): those that the library has, and of
  // devices' all or none.
  std::map<std::string_view, llvm::Constant *> interface;
};

// Constant global variables with internal linkage. Strings and arrays are private globals beside them.
struct Descriptor {
  llvm::GlobalVariable *model;
  llvm::Constant *deviceHalves; // an array, one element for each of the program's devices; or null
};
Descriptor buildDescriptor(llvm::Module &module, const Program &program,
                           const DescriptorFunctions &functions);

} // namespace ninc
