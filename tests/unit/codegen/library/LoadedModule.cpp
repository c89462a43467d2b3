#include "tests/unit/codegen/library/LoadedModule.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "codegen/target/NativeEmission.h"
#include "codegen/target/Target.h"
#include "tests/unit/codegen/library/HandMadeModel.h"

namespace ninc::testing {

NewModule::NewModule() : module("m", context) {
  EXPECT_TRUE(setTarget(module, parseTarget("host").value()));
}

LoadedModule::LoadedModule(llvm::Module &module, const std::string &source) {
  load(module, source);
}

void LoadedModule::load(llvm::Module &module, const std::string &source) {
  const auto sound = optimise(module, parseTarget("host").value());
  EXPECT_TRUE(sound) << sound.error().message;
  const auto object = emitNative(module, parseTarget("host").value(), EmissionForm::object);
  ASSERT_TRUE(object) << object.error().message;
  const std::filesystem::path folder = testFolder(), library = folder / "module.so";
  writeFile(folder / "module.o", *object);
  writeFile(folder / "beside.c", source);
  const CommandResult linked =
      runCommand(fmt::format("cc -std=c11 -O1 -fPIC -shared -Wall -Werror {0}/beside.c {0}/module.o -o {1}",
                             folder.string(), library.string()));
  ASSERT_EQ(linked.status, 0) << linked.output;
  library_.reset(dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL));
  ASSERT_TRUE(library_) << dlerror();
}

void LoadedModule::Close::operator()(void *library) const {
  dlclose(library);
}

void *LoadedModule::address(const char *name) const {
  return library_ ? dlsym(library_.get(), name) : nullptr;
}

} // namespace ninc::testing
