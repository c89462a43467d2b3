// Who made a library: goes into what is written, into the cache's keys and into `ninc --version`.
#pragma once

namespace ninc {

inline constexpr const char *versionText = "ninc " NINC_VERSION;

} // namespace ninc
