// Functions that an LLVM module has, called in this process: emitted, linked by the system's compiler with C
// source that has what they refer to, and loaded.
#pragma once

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <memory>
#include <string>

namespace ninc::testing {

// A module for this machine, not yet anything in it.
struct NewModule {
  NewModule();
  llvm::LLVMContext context;
  llvm::Module module;
};

class LoadedModule {
public:
  // Optimises the module. Its functions with external linkage can be called. `source` is in C.
  LoadedModule(llvm::Module &module, const std::string &source);

  // The function or variable of this name, of the module or the source; null if there is none.
  template <class T>
  T *symbol(const char *name) const {
    return reinterpret_cast<T *>(address(name));
  }

private:
  struct Close {
    void operator()(void *library) const;
  };
  void load(llvm::Module &module, const std::string &source);
  void *address(const char *name) const;
  std::unique_ptr<void, Close> library_;
};

} // namespace ninc::testing
