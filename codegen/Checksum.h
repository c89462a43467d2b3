// XXH3, 128 bits (https://xxhash.com): fast enough to go over all weights of a model at every start, and wide
// enough that two models never have one checksum by chance. No protection from somebody who wants that.
#pragma once

#include <string>
#include <string_view>

namespace ninc {

// 32 hexadecimal digits, the same on every machine.
std::string checksum(std::string_view bytes);

} // namespace ninc
