// What is in a compiled library, for people who ship it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "driver/Signature.h"
#include "execution/model/ElfSizes.h"
#include "support/Result.h"

namespace ninc {

struct VersionRow {
  std::string target; // "x86-64-v3"; of a device "opencl"
  std::int32_t size = 0;
  std::int64_t group = 1; // images that pass the kernels together
  std::size_t kernels = 0;
};

struct LibraryListing {
  std::string model, compiler;
  std::string chosen; // the target that runs here
  std::int64_t leastBatch = 1, batch = 1;
  std::vector<Signature> sizes;
  std::vector<VersionRow> versions;
  std::int64_t weightBytes = 0;
  bool weightsAreExternal = false;
  std::int64_t scratchBytes = 0, scratchBytesPerThread = 0;
  std::int64_t macs = 0; // of one image of the first size
  ElfSizes elf;
};

// The library is opened, so it must be one for this machine.
Result<LibraryListing> listLibrary(const std::filesystem::path &library);

} // namespace ninc
