// libFuzzer target: any text as a file of schedules for a model with a kernel of each family is read, or an
// error; a schedule is written and read back to itself, and is legal for its kernel or says why not.
#include <cstdint>
#include <string>

#include "codegen/schedule/ScheduleText.h"
#include "driver/ScheduleFile.h"
#include "tests/fuzz/Kernels.h"
#include "tests/fuzz/Require.h"

namespace {

using namespace ninc;

void requireReadBack(const Schedule &schedule) {
  const std::string written = toString(schedule);
  const Result<Schedule> again = parseSchedule(written);
  require(again && *again == schedule && toString(*again) == written);
}

// For whatever kernel, as records may say it of any.
void check(const Schedule &schedule) {
  for (const FuzzedKernel &kernel : fuzzedKernels()) {
    const Result<void> legal = checkLegal(kernel.spec, schedule);
    require(legal || !legal.error().message.empty());
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string text(data, data + size);
  const Result<ScheduleFile> file = parseScheduleFile(text, "fuzz.txt", fuzzedModel(), fuzzedTargets());
  require(file || file.error().message.starts_with("fuzz.txt:"));
  if (!file) return 0;
  for (const auto &[name, line] : *file) {
    requireReadBack(line.schedule);
    check(line.schedule);
  }
  return 0;
}
