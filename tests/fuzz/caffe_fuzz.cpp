// libFuzzer target: any bytes as a net's text and, behind the line %%, as its trained net give a sound graph
// that prints and reads back, or errors. Without that line the net is read without numbers, as `show` does.
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include "frontend/caffe/CaffeModel.h"
#include "tests/fuzz/Imported.h"

namespace {

using namespace ninc;

// A file that is in memory alone, under a path; what it held before is replaced.
std::string fileOf(std::string_view bytes) {
  static const int file = memfd_create("trained", MFD_CLOEXEC);
  require(file >= 0 && ftruncate(file, 0) == 0);
  require(pwrite(file, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return "/proc/self/fd/" + std::to_string(file);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  constexpr std::string_view border = "\n%%\n";
  const std::string_view input(reinterpret_cast<const char *>(data), size);
  const std::string_view text = input.substr(0, input.find(border));
  ImportOptions options;
  if (text.size() == input.size())
    options.weights = WeightLoading::skip;
  else
    options.weightFile = fileOf(input.substr(text.size() + border.size()));
  Diagnostics diagnostics;
  const std::optional<ImportedModel> model =
      importCaffe({"fuzz.prototxt", std::string(text)}, options, diagnostics);
  requireSound(model, diagnostics, "fuzz.prototxt", text);
  return 0;
}
