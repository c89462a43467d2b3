// What tuning has learnt, as lines of text: measurements and verdicts (docs/tuning.md, "The database").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "support/Result.h"

namespace ninc {

// Whom a record is for. Equal keys mean: measured times are comparable, a verdict holds.
struct RecordKey {
  std::string spec;        // hashOf(KernelSpec): 16 hexadecimal digits
  std::string machine;     // Machine::name: "GenuineIntel 6.143", or a device's; in files it is called "cpu"
  int threads = 1;         // of the team that ran it
  int scheduleVersion = 0; // codegen/schedule/Schedule.h: of what a schedule's text means

  friend auto operator<=>(const RecordKey &, const RecordKey &) = default;
};

// What became of a candidate.
enum class Outcome : std::uint8_t {
  ok,           // right numbers, and timed
  uncompilable, // no code came out
  wrong,        // further from the reference than its error bound
  crashed,
  hung,  // took longer than its limit
  memory // asked for more than its limit
};

std::string_view toString(Outcome outcome); // "ok", "uncompilable", ...

// One schedule measured once.
struct Measurement {
  RecordKey key;
  std::string kernel;          // the spec's text, for people
  std::string schedule;        // toString(Schedule)
  std::string defaultSchedule; // beside which it was measured: another version of ninc may have another one
  Outcome outcome = Outcome::ok;
  std::string detail;         // of a failure: "signal 11", a compiler's message; else empty
  double seconds = 0;         // least of one call; 0 unless ok
  double defaultSeconds = 0;  // least of the default schedule's calls, interleaved with these
  double spread = 0;          // (median - least) / least
  std::int64_t rounds = 0;    // calls of each
  double predictedCycles = 0; // by the cost model; 0: it has no opinion
  std::string date;           // UTC, "2026-11-24T22:40:01Z"

  friend bool operator==(const Measurement &, const Measurement &) = default;
};

enum class CheckedBy : std::uint8_t { kernel, model };

// What a verdict says where nothing was faster than the default schedule, whatever that is.
constexpr std::string_view keepsDefault = "default";

// What compiles shall use.
struct Verdict {
  RecordKey key;
  std::string kernel;
  std::string schedule; // as text, or keepsDefault
  double speedup = 1;   // over the default schedule, in the comparison that led to the verdict
  CheckedBy checked = CheckedBy::kernel;
  std::string model; // the model's name, if it was checked within one
  std::string date;

  friend bool operator==(const Verdict &, const Verdict &) = default;
};

using Record = std::variant<Measurement, Verdict>;

const RecordKey &keyOf(const Record &record);

// One line of JSON without its newline. Bytes that aren't UTF-8 are replaced by U+FFFD, control characters by
// spaces; texts for people (kernel, detail, model) end after 4096 bytes. Never refuses: a record that no
// reader would take (a time that isn't finite, no date) becomes a line that parseRecord explains.
std::string toLine(const Record &record);

// Reads such a line; an error says what is wrong with it, in words that are safe to show. Unknown fields are
// ignored, so later versions may add some; lines of more than 64 KiB, strings longer than 4096 bytes or with
// control characters, times that are negative or not finite, an unknown outcome, kind or version and anything
// else that toLine doesn't write are errors. Any bytes may be given.
Result<Record> parseRecord(std::string_view line);

// Now, as records have it.
std::string dateNow();

} // namespace ninc
