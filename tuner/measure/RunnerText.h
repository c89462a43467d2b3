// Jobs and results as the runner reads and writes them (tuner/runner/README.md).
#pragma once

#include <string>
#include <string_view>

#include "tuner/measure/JobRunner.h"

namespace ninc {

// As the runner reads it.
std::string toText(const RunnerJob &job);

// Reads the runner's line. A job that the runner calls faulty is an error with its words.
Result<RunnerResult> parseRunnerResult(std::string_view line);

} // namespace ninc
