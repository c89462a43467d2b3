// What a child process makes for a kernel that is being tuned.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codegen/schedule/Schedule.h"
#include "support/ForkedTask.h"

namespace ninc {

enum class TaskKind : std::uint8_t {
  reference,       // the reference's results, which candidates are checked against
  defaultSchedule, // the candidate that all others are timed beside
  challenger
};

struct CompileTask {
  TaskKind kind = TaskKind::challenger;
  Schedule schedule = {}; // of a candidate
};

// A task that has come to its end, for good or ill.
struct CompiledTask {
  std::size_t kernel = 0; // whose it was
  CompileTask task;
  ForkedTask::End end;
  double seconds = 0; // that it took
};

} // namespace ninc
