#include "tuner/session/StoredFiles.h"

#include <utility>

namespace ninc {

namespace {

Result<std::vector<MemoryFile>> storeTensors(const std::vector<std::vector<float>> &tensors) {
  std::vector<MemoryFile> files;
  for (const std::vector<float> &tensor : tensors) {
    Result<MemoryFile> file = storeTensor(tensor);
    if (!file) return tl::unexpected(file.error());
    files.push_back(std::move(*file));
  }
  return files;
}

} // namespace

Result<MemoryFile> storeTensor(std::span<const float> numbers) {
  return MemoryFile::holding("ninc-tensor",
                             {reinterpret_cast<const char *>(numbers.data()), numbers.size_bytes()});
}

Result<MemoryFile> storeBytes(std::span<const float> numbers) {
  std::string bytes;
  for (const float number : numbers)
    bytes += static_cast<char>(static_cast<unsigned char>(number));
  return MemoryFile::holding("ninc-tensor", bytes);
}

std::vector<std::string> pathsOf(const std::vector<MemoryFile> &files) {
  std::vector<std::string> paths;
  for (const MemoryFile &file : files)
    paths.push_back(file.pathForOthers());
  return paths;
}

Result<StoredCandidate> StoredCandidate::store(const Schedule &schedule, const Candidate &candidate) {
  Result<MemoryFile> library = MemoryFile::holding("ninc-candidate", candidate.library);
  if (!library) return tl::unexpected(library.error());
  StoredCandidate result{schedule, std::move(*library), {}, candidate.bounds};
  for (const std::string &bytes : candidate.weights) {
    Result<MemoryFile> weights = MemoryFile::holding("ninc-weights", bytes);
    if (!weights) return tl::unexpected(weights.error());
    result.weights.push_back(std::move(*weights));
  }
  return result;
}

RunnerCandidate StoredCandidate::forRunner() const {
  return {library.pathForOthers(), bounds, pathsOf(weights)};
}

Result<StoredWorkload> StoredWorkload::store(const Workload &workload,
                                             const std::vector<std::vector<float>> &results) {
  Result<std::vector<MemoryFile>> operands = storeTensors(workload.operands);
  if (!operands) return tl::unexpected(operands.error());
  Result<std::vector<MemoryFile>> expected = storeTensors(results);
  if (!expected) return tl::unexpected(expected.error());
  return StoredWorkload{std::move(*operands), std::move(*expected)};
}

} // namespace ninc
