// The one guard before everything that a command writes. It is asked before the work, and refuses what would
// cost the user a file:
//  - an output is never one of the inputs, and no two outputs are one file, whatever their names (links,
//    ./x);
//  - a file is replaced only by what it looks like: a library by a library, a header of ninc's by a header, a
//    database by a database. What people write themselves, a model's text or trained weights, is replaced
//    only where ninc wrote it (support/Producer.h). An empty file is nobody's;
//  - a path that can't be written is refused before minutes of work: a folder, one in a folder that isn't
//    there or can't be written, a read-only file.
// Streams (support/OutputPlace.h) hold nothing that could be lost. A companion (header, weights, rule for
// make) gets its name from the output's, so it can meet another file without the user having typed its name.
//
// Whoever adds something that is written adds it here: its kind in the table in OutputFiles.cpp, and the
// check where the command knows its paths.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "support/Result.h"

namespace ninc {

enum class OutputKind : std::uint8_t {
  library,       // .so
  archive,       // .a
  object,        // .o
  header,        // .h
  llvmIr,        // .ll
  assembly,      // .s
  model,         // .nin
  weights,       // .safetensors
  packedWeights, // .weights
  drawing,       // .dot
  makeRule,      // .d
  array,         // .npy
  database,      // of tuned schedules
  report,        // of a tuning, .html
  // Among what --save-temps keeps:
  hostModule, // as LLVM IR that says nothing of ninc, .ll
  deviceCode  // .cl, .ptx
};

struct InputFile {
  std::string role; // "the model": for messages
  std::filesystem::path path;
};

struct OutputFile {
  std::string role; // "the header"
  std::filesystem::path path;
  OutputKind kind;
};

// All of the above. Usage errors where the command line contradicts itself.
Result<void> checkOutputs(std::span<const OutputFile> outputs, std::span<const InputFile> inputs);

// Whether a file with this beginning may be replaced by an output of that kind. Nothing may.
bool looksLike(OutputKind kind, std::string_view beginning);

} // namespace ninc
