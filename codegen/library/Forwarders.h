// The functions of a model that hand their call on to the runtime that the library carries. In C:
//
//   int M_run(const float *image, float *prob, void *scratch, const ninc_executor *executor) {
//     return ninc_run(&descriptor, 0, 1, (const void *[]){image}, (void *[]){prob}, scratch, executor);
//   }
//   int M_create(const ninc_device_options *options, ninc_state **state) {
//     return ninc_device_create(&M.device_model, options, state);
//   }
#pragma once

#include "codegen/library/HostCode.h"
#include "codegen/library/InterfaceFunctions.h"

namespace ninc {

// A function of the interface behind which the runtime's stands, as that is called: with what is added in
// front, and two arrays for tensors.
llvm::Function *declareDoer(HostCode &code, const InterfaceFunction &function);

// The function under `symbol`. It calls `doer` with what it is given, tensors gathered in two arrays, with
// what callers of this library don't give filled in, and with `added` (null for nothing) in front, and
// returns what that does.
llvm::Function *buildForwarder(HostCode &code, const InterfaceFunction &function, const std::string &symbol,
                               llvm::GlobalValue::LinkageTypes linkage, const LibraryShape &library,
                               llvm::Function *doer, llvm::Constant *added);

// The runtime's function behind M_run and M_run_batch.
constexpr std::string_view runDoer = "ninc_run";
llvm::Function *declareRun(HostCode &code);

// The same of internal linkage with a place of so many bytes in the library, which stands in for scratch that
// is NULL.
llvm::Function *buildRunInOwnScratch(HostCode &code, const std::string &symbol, llvm::Function *run,
                                     std::int64_t bytes);

// `ninc_model.run` and `ninc_model.run_batch`, of internal linkage: `run` behind arrays of pointers.
// `model` is the descriptor.
llvm::Function *buildDescriptorRun(HostCode &code, const std::string &symbol, std::int64_t batch,
                                   llvm::Constant *model, llvm::Function *doer);
llvm::Function *buildDescriptorRunBatch(HostCode &code, const std::string &symbol, llvm::Constant *model,
                                        llvm::Function *doer);

} // namespace ninc
