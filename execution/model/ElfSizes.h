// What a shared library consists of, by its section headers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "support/Result.h"

namespace ninc {

struct ElfSizes {
  std::int64_t file = 0;
  std::int64_t code = 0;                       // what runs
  std::int64_t readOnly = 0;                   // constants: weights, texts, what the loader reads
  std::int64_t relocated = 0;                  // constants with addresses, which the loader writes once
  std::int64_t writable = 0;                   // in memory; what begins as zeros is not in the file
  std::vector<std::string> exported, imported; // symbols, by name
};

// Of a file that checkSharedLibrary (execution/model/ElfCheck.h) has let pass; an error where it can't be
// read.
Result<ElfSizes> elfSizes(const std::filesystem::path &library);

} // namespace ninc
