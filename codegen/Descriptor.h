// The generic descriptor (`struct ninc_model` of runtime/ninc_model.h) as constant data of an LLVM module.
#pragma once

#include <llvm/IR/Module.h>
#include <vector>

#include "codegen/Program.h"

namespace ninc {

// What the descriptor points to.
struct DescriptorFunctions {
  llvm::Constant *supported, *run, *statusText, *teamCreate, *teamDestroy;
  std::vector<llvm::Function *> steps; // one for each step of the program
};

// A constant global variable with internal linkage. Strings and arrays are private globals beside it.
llvm::GlobalVariable *buildDescriptor(llvm::Module &module, const Program &program,
                                      const DescriptorFunctions &functions);

} // namespace ninc
