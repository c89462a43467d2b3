// Who made a library: goes into what is written, into the cache's keys and into `ninc --version`.
#pragma once

#include <string>

namespace ninc {

inline constexpr const char *versionText = "ninc " NINC_VERSION;

// The commit that this ninc was built from, "7adb3df0c1ab", with "+changes" where files differed from it;
// "unknown" where the sources came without their history.
std::string commit();

// What a report of a defect should say: version, commit, and the packages that made the code; lines, the last
// one without an end.
std::string versionReport();

} // namespace ninc
