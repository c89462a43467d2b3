// The exported functions of a model that hand their call on: to the runtime that the library carries, or to
// the host module's own run. In C:
//
//   int M_run(const float *image, float *prob, void *scratch, const ninc_executor *executor) {
//     return run((const void *[]){image}, (void *[]){prob}, scratch, executor);
//   }
//   int M_create(const ninc_device_options *options, ninc_state **state) {
//     return ninc_device_create(&M.device_model, options, state);
//   }
#pragma once

#include "codegen/library/HostCode.h"
#include "codegen/library/InterfaceFunctions.h"

namespace ninc {

// A function of the interface behind which the runtime's stands, as that is called: with `added` in front,
// and two arrays for tensors.
llvm::Function *declareDoer(HostCode &code, const InterfaceFunction &function);

struct TensorCounts {
  std::size_t inputs = 0, outputs = 0;
};

// Exports the function as `symbol`. It calls `doer` with what it is given, tensors gathered in two arrays,
// and `added` (null for nothing) in front, and returns what that does.
llvm::Function *buildForwarder(HostCode &code, const InterfaceFunction &function, const std::string &symbol,
                               TensorCounts tensors, llvm::Function *doer, llvm::Constant *added);

} // namespace ninc
