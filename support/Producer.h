// What tells a file that ninc has written from one that somebody wrote by hand, so that only the former is
// ever replaced unasked: these words stand in the first line of its texts and in the metadata of its weight
// files.
#pragma once

#include <string_view>

namespace ninc {

constexpr std::string_view madeByNinc = "made by ninc";

} // namespace ninc
