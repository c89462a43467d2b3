// Which versions of its two code generators ninc was built with, for `ninc --version` and for reports of
// defects. Each function stands where its package is known.
#pragma once

#include <string>

namespace ninc {

std::string llvmVersion();   // "19.1.7"
std::string halideVersion(); // "21.0.0"

} // namespace ninc
