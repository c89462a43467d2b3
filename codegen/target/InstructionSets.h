// The table of all sets of instructions that ninc makes code for: what LLVM and Halide call them, and the
// registers and caches that schedules count on.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "codegen/target/Target.h"

namespace ninc {

// One row for each Isa. Of an architecture a later row has all that an earlier one has, but for
// microcontrollers, which are alone.
struct InstructionSet {
  Isa isa;
  Arch arch;
  std::string_view name;
  std::string_view features; // LLVM's names of what the set needs beyond the architecture's base
  // What Halide is asked for: an architecture that its code is like, and features. Code for machines that
  // Halide knows nothing of is made of the intermediate code for one that looks the same to it, in the width
  // of pointers and in having vectors or none.
  std::string_view halideArch, halideFeatures;
  int vectorLanes, vectorRegisters;
  std::int64_t l1Bytes, l2Bytes; // the smallest of the cores one meets with that set
  bool underSystems;           // it exists under an operating system, or WebAssembly, too; else on bare metal
  std::string_view bareTriple; // LLVM's of bare metal; empty where there is none
  std::string_view bareCpu = {}; // LLVM's name of the one CPU that the row is for
};

std::span<const InstructionSet> instructionSets();

const InstructionSet &instructionSet(Isa isa);

} // namespace ninc
