// libFuzzer target: any bytes as a .npy file give an array, which is written and read back to itself, or an
// error.
#include <cstdint>

#include "support/Npy.h"
#include "tests/fuzz/Require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  using namespace ninc;
  const Result<Array> array = parseNpy({reinterpret_cast<const char *>(data), size});
  require(array || !array.error().message.empty());
  if (!array) return 0;
  require(array->data.size() == elementsOf(array->shape));
  const Result<Array> again = parseNpy(formatNpy({array->shape, array->data}));
  require(again && isSameArray(*again, *array));
  return 0;
}
