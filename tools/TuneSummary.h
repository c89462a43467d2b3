// What `ninc tune` says at its end.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tuner/session/Summary.h"

namespace ninc {

// A table of default against tuned for each kernel, and a line for each model, to stdout.
void printSummary(const TuningSummary &summary);

// The same for programs.
nlohmann::json toJson(const TuningSummary &summary);

} // namespace ninc
