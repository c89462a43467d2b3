// libFuzzer target: any bytes as weights or as an array are read, or an error. The first byte says as which.
#include <cstdint>
#include <string>

#include "support/Npy.h"
#include "support/Safetensors.h"
#include "tests/fuzz/Require.h"

namespace {

using namespace ninc;

std::uint64_t elementsOf(const std::vector<std::int64_t> &shape) {
  std::uint64_t count = 1;
  for (std::int64_t extent : shape)
    count *= static_cast<std::uint64_t>(extent);
  return count;
}

void readSafetensors(std::string bytes) {
  const Result<SafetensorsFile> file = SafetensorsFile::parse(std::move(bytes));
  require(file || !file.error().message.empty());
  if (!file) return;
  for (const auto &[name, tensor] : file->tensors()) {
    const Result<Array> array = file->load(name);
    require(array.has_value() == canLoad(tensor.dtype));
    if (array) require(array->shape == tensor.shape && array->data.size() == elementsOf(tensor.shape));
  }
}

void readNpy(const std::string &bytes) {
  const Result<Array> array = parseNpy(bytes);
  require(array || !array.error().message.empty());
  if (array) require(array->data.size() == elementsOf(array->shape));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (size == 0) return 0;
  std::string bytes(data + 1, data + size);
  if (data[0] % 2 == 0)
    readSafetensors(std::move(bytes));
  else
    readNpy(bytes);
  return 0;
}
