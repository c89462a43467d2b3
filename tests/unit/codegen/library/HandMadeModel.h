// A small model whose kernels are written in C and compiled by the system's compiler: what the back half of
// codegen makes of it can be computed by hand, without Halide.
//
//   image [2, 3], shift [1]   ->   stage = 2 * image + 10 (in scratch)
//                                  prob = stage + shift   maps = -stage   (two results of one kernel)
//
// A kernel fails, as if its executor had, when it meets 13 in its input.
#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "codegen/library/MakeProduct.h"
#include "codegen/program/Program.h"

namespace ninc::testing {

struct CommandResult {
  int status = 0;
  std::string output; // stdout and stderr
};
CommandResult runCommand(const std::string &command);

// One folder a test, empty at its start.
std::filesystem::path testFolder();

// C source to an ELF object, with HalideRuntime.h in reach. `compiler` makes code for another machine.
std::vector<std::byte> compileC(const std::string &source, const std::string &compiler = "cc");

// The model above, with interface M_*. Targets other than the host's architecture need a cross compiler.
Program handMadeProgram(const std::string &name, std::int64_t batch = 1,
                        const std::string &target = "x86-64-v2");

std::string makeOrFail(const Program &program, Product product);
void writeFile(const std::filesystem::path &path, std::string_view bytes);

} // namespace ninc::testing
