// Who made a library: goes into its descriptor and into `ninc --version`.
#pragma once

namespace ninc {

inline constexpr const char *versionText = "ninc " NINC_VERSION;

} // namespace ninc
