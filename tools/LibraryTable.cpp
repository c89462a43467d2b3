#include "tools/LibraryTable.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "support/StandardStreams.h"

namespace ninc {

namespace {

std::string typed(const NamedShape &tensor) {
  return fmt::format("{} {}{}{}{}", tensor.name, spellingOf(tensor.element), toString(tensor.shape),
                     tensor.layout == Layout::hwc ? " hwc" : "",
                     tensor.original.empty() ? "" : fmt::format(" ('{}')", tensor.original));
}

std::string listOf(const std::vector<NamedShape> &tensors) {
  std::vector<std::string> all;
  for (const NamedShape &tensor : tensors)
    all.push_back(typed(tensor));
  return fmt::format("{}", fmt::join(all, ", "));
}

void part(const char *name, std::int64_t bytes, const char *what) {
  answer("  {:12} {:>12}  {}\n", name, bytes, what);
}

// Bytes of weights that are in the library.
std::int64_t embedded(const LibraryListing &library) {
  return library.weightsAreExternal ? 0 : library.weightBytes;
}

} // namespace

void printLibrary(const LibraryListing &library) {
  answer("{}, made by {}; here it runs {}\n", library.model, library.compiler, library.chosen);
  answer("images a run: {}{}; {} multiply-accumulates an image\n",
         library.leastBatch < library.batch ? fmt::format("{} to ", library.leastBatch) : "", library.batch,
         library.macs);
  for (std::size_t i = 0; i < library.sizes.size(); ++i)
    answer("{}{} -> {}\n", library.sizes.size() > 1 ? fmt::format("size {}: ", i) : "",
           listOf(library.sizes[i].inputs), listOf(library.sizes[i].outputs));
  answer("\n{:20} {:>5} {:>7} {:>8}\n", "versions", "size", "group", "kernels");
  for (const VersionRow &version : library.versions)
    answer("  {:18} {:>5} {:>7} {:>8}\n", version.target, version.size, version.group, version.kernels);
  answer("\nscratch: {} bytes, and {} a thread\n", library.scratchBytes, library.scratchBytesPerThread);
  answer("\n{:14} {:>12}\n", "bytes", library.elf.file);
  part("weights", library.weightBytes, library.weightsAreExternal ? "in a file beside it" : "");
  part("code", library.elf.code, "kernels of all versions, the interface, the runtime");
  part("constants", library.elf.readOnly - embedded(library),
       "texts, tables of buffers, what the loader reads");
  part("addresses", library.elf.relocated, "the description of the model, written once by the loader");
  part("state", library.elf.writable, "in memory alone");
  answer("\nexports  {}\n", fmt::join(library.elf.exported, " "));
  answer("imports  {}\n", fmt::join(library.elf.imported, " "));
}

nlohmann::json toJson(const LibraryListing &library) {
  nlohmann::json sizes = nlohmann::json::array(), versions = nlohmann::json::array();
  const auto tensors = [](const std::vector<NamedShape> &list) {
    nlohmann::json all = nlohmann::json::array();
    for (const NamedShape &tensor : list)
      all.push_back({{"name", tensor.name},
                     {"original", tensor.original},
                     {"shape", tensor.shape},
                     {"element", spellingOf(tensor.element)},
                     {"layout", tensor.layout == Layout::hwc ? "hwc" : "row-major"}});
    return all;
  };
  for (const Signature &size : library.sizes)
    sizes.push_back({{"inputs", tensors(size.inputs)}, {"outputs", tensors(size.outputs)}});
  for (const VersionRow &version : library.versions)
    versions.push_back({{"target", version.target},
                        {"size", version.size},
                        {"group", version.group},
                        {"kernels", version.kernels}});
  return {{"model", library.model},
          {"compiler", library.compiler},
          {"chosen_target", library.chosen},
          {"least_batch", library.leastBatch},
          {"batch", library.batch},
          {"macs", library.macs},
          {"sizes", sizes},
          {"versions", versions},
          {"scratch_bytes", library.scratchBytes},
          {"scratch_bytes_per_thread", library.scratchBytesPerThread},
          {"bytes",
           {{"file", library.elf.file},
            {"weights", library.weightBytes},
            {"weights_in_file", library.weightsAreExternal},
            {"code", library.elf.code},
            {"constants", library.elf.readOnly - embedded(library)},
            {"addresses", library.elf.relocated},
            {"state", library.elf.writable}}},
          {"exports", library.elf.exported},
          {"imports", library.elf.imported}};
}

} // namespace ninc
