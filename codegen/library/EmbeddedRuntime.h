// What ninc carries inside itself and puts into what it makes: the runtime as a relocatable object for each
// architecture, and the text of the C interface. The build embeds them (runtime/CMakeLists.txt).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "codegen/target/Target.h"
#include "support/Result.h"

namespace ninc {

// ELF relocatable object of what every library needs of runtime/*.c, every symbol hidden. An error if ninc
// was built on a machine without a C compiler for that architecture.
Result<std::span<const std::byte>> runtimeObject(Arch arch);

// The same of what a library whose weights are in a file needs besides (runtime/cpu/weights.h).
Result<std::span<const std::byte>> weightsRuntimeObject(Arch arch);

// The same of what a library with a half for a device needs besides (runtime/device/device.h).
Result<std::span<const std::byte>> deviceRuntimeObject(Arch arch);

// The whole runtime of a library that counts on no system (runtime/cpu/freestanding.c), as LLVM's bitcode. An
// error if ninc was built on a machine without clang.
Result<std::span<const std::byte>> runtimeCode(const Target &target);

// runtime/ninc_model.h as it is.
std::string_view modelHeaderText();

// runtime/ninc_devices.h without the line that includes ninc_model.h.
std::string devicesHeaderText();

} // namespace ninc
