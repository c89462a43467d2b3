// libFuzzer target: any text as a tuning database is read, line by line: a line is a record that is written
// back to itself, or bad. What the verdicts say is looked up for a kernel, and used only where it is legal.
#include <cstdint>
#include <string_view>

#include "codegen/schedule/ScheduleText.h"
#include "tests/fuzz/Kernels.h"
#include "tests/fuzz/Require.h"
#include "tuner/records/TunedSchedules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  using namespace ninc;
  const DatabaseContents contents = parseDatabase({reinterpret_cast<const char *>(data), size}, "fuzz.jsonl");
  require((contents.badLines == 0) == contents.firstBadLine.empty());
  for (const Record &record : contents.records) {
    const Result<Record> again = parseRecord(toLine(record));
    require(again && *again == record);
  }
  require(newestVerdicts(contents.records).size() <= contents.records.size());
  TunedSchedules tuned("fuzz", 1); // whose records the corpus has
  tuned.setDevice(NINC_DEVICE_OPENCL, "fuzz");
  tuned.add(contents, "fuzz.jsonl");
  for (const FuzzedKernel &kernel : fuzzedKernels())
    if (const auto found = tuned.find(kernel.spec, Exactness::fast))
      require(checkLegal(kernel.spec, found->schedule).has_value());
  require(!tuned.fingerprint().empty());
  return 0;
}
