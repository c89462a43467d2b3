// libFuzzer target: any bytes as a file of weights give tensors, each of which can be loaded or says why not,
// and which are written and read back to themselves; or an error.
#include <cstdint>
#include <map>
#include <string>

#include "support/Safetensors.h"
#include "tests/fuzz/Require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  using namespace ninc;
  const Result<SafetensorsFile> file = SafetensorsFile::parse(std::string(data, data + size));
  require(file || !file.error().message.empty());
  if (!file) return 0;
  std::map<std::string, Array> loaded;
  for (const auto &[name, tensor] : file->tensors()) {
    Result<Array> array = file->load(name);
    require(array.has_value() == canLoad(tensor.dtype));
    if (!array) continue;
    require(array->shape == tensor.shape && array->data.size() == elementsOf(tensor.shape));
    loaded.emplace(name, std::move(*array));
  }
  std::map<std::string, ArrayView> views;
  for (const auto &[name, array] : loaded)
    views.emplace(name, ArrayView{array.shape, array.data});
  const Result<std::string> written = formatSafetensors(views);
  require(written.has_value());
  const Result<std::map<std::string, Array>> again = parseSafetensors(*written);
  require(again && again->size() == loaded.size());
  for (const auto &[name, array] : *again)
    require(isSameArray(array, loaded.at(name)));
  return 0;
}
