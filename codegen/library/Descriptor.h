// The generic descriptor (`struct ninc_model` of runtime/ninc_model.h, with `struct ninc_devices` behind it)
// as constant data of an LLVM module.
#pragma once

#include <array>
#include <llvm/IR/Module.h>
#include <string_view>
#include <vector>

#include "codegen/program/Program.h"

namespace ninc {

// The functions of ninc_devices, in its order. The runtime's are called ninc_device_..., a
// model's M_....
constexpr std::array<std::string_view, 9> deviceFunctionNames = {
    "create", "destroy", "run_on", "enqueue", "wait", "run_kernel", "read_arena", "message", "native"};

// What the descriptor points to.
struct DescriptorFunctions {
  llvm::Constant *supported, *run, *statusText, *teamCreate, *teamDestroy;
  std::vector<llvm::Function *> steps;  // one for each step of the program
  std::vector<llvm::Constant *> device; // deviceFunctionNames, or none
};

// Constant global variables with internal linkage. Strings and arrays are private globals beside them.
struct Descriptor {
  llvm::GlobalVariable *model;
  llvm::Constant *deviceHalves; // an array, one element for each of the program's devices; or null
};
Descriptor buildDescriptor(llvm::Module &module, const Program &program,
                           const DescriptorFunctions &functions);

} // namespace ninc
