// A model's halves for devices as constant data, as the runtime reads it (runtime/device/device.h): sources,
// launches and where their arguments are.
#pragma once

#include <llvm/IR/Module.h>

#include "codegen/program/Program.h"

namespace ninc {

// A `struct ninc_device_model` that has a place in the module but no value yet, since the functions that the
// descriptor points to refer to it.
llvm::GlobalVariable *declareDeviceModel(llvm::Module &module, const Program &program);

// Gives it its value. `descriptor` is the program's, `halves` its array of ninc_device_half.
void defineDeviceModel(llvm::GlobalVariable *deviceModel, const Program &program, llvm::Constant *descriptor,
                       llvm::Constant *halves);

} // namespace ninc
