// Which CPU this is, as tuning records name it.
#pragma once

#include <string>

namespace ninc {

// "GenuineIntel 6.143" (vendor, family, model), "0x41 0xd0c" (implementer, part), or "unknown". The runner
// reports the same text for the machine it runs on.
std::string cpuModel();

} // namespace ninc
