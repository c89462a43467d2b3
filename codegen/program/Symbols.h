// What the symbols inside a library are called. Each has a dot, which no identifier has, so it is never a
// model's function, one of the runtime's or one of C; and it begins with "ninc.", so it is none that LLVM
// knows by its beginning (of a model `llvm` it would be an intrinsic). A kernel's has its number too, since
// Halide makes more functions whose names begin with it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "codegen/program/Program.h"

namespace ninc {

// "M_run" for "run"
std::string interfaceSymbol(const std::string &model, std::string_view function);

// "ninc.M.kernel3.stage1": the code of kernel number 3, which the value stage1 was the first to need.
std::string kernelSymbol(const std::string &model, std::size_t number, std::string_view value);

// "ninc.M.version0.step3.stage1": the function around it that the host module has for a step of a version.
std::string stepSymbol(const std::string &model, std::size_t version, std::size_t number,
                       std::string_view value);

// "ninc.M.weights"
std::string weightSymbol(const std::string &model);

// "ninc.M.opencl.weights", "ninc.M.sm_80.weights": the weights of one of a program's devices.
std::string deviceWeightSymbol(const std::string &model, const GpuTarget &device);

// "ninc.M.descriptor" and the like: what the host module has one of.
std::string privateSymbol(const std::string &model, std::string_view what);

} // namespace ninc
