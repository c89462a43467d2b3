// libFuzzer target: any text as a schedule or as a line of a tuning database is read and written back to
// itself, or an error. The first byte says as which.
#include <cstdint>
#include <string_view>

#include "codegen/schedule/ScheduleText.h"
#include "tests/fuzz/Require.h"
#include "tuner/records/Record.h"

namespace {

using namespace ninc;

void readSchedule(std::string_view text) {
  const Result<Schedule> schedule = parseSchedule(text);
  require(schedule || !schedule.error().message.empty());
  if (!schedule) return;
  const std::string written = toString(*schedule);
  const Result<Schedule> again = parseSchedule(written);
  require(again && *again == *schedule && toString(*again) == written);
}

void readRecord(std::string_view text) {
  const Result<Record> record = parseRecord(text);
  require(record || !record.error().message.empty());
  if (!record) return;
  const Result<Record> again = parseRecord(toLine(*record));
  require(again && *again == *record);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char *>(data) + 1, size - 1);
  if (data[0] % 2 == 0)
    readSchedule(text);
  else
    readRecord(text);
  return 0;
}
