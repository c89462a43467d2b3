// Durations as people write them on a command line, and as they read them on a clock.
#pragma once

#include <string>
#include <string_view>

#include "support/Result.h"

namespace ninc {

// Seconds of "90", "90s", "2m", "1h30m" or "1.5h": from 1 second to 7 days. The error says what is expected.
Result<double> parseDuration(std::string_view text);

// "0:05", "1:12", "1:02:03": whole seconds, the nearest. Of anything less than 0, and of no number, "0:00".
std::string clockText(double seconds);

} // namespace ninc
