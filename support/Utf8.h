// UTF-8 (RFC 3629), as far as a reader of texts needs it: is the next character a legal one, and how long?
#pragma once

#include <cstddef>
#include <string_view>

namespace ninc {

// Bytes of the character `text` begins with; 0 if it begins with none: a stray continuation byte, a
// truncated, overlong or surrogate sequence, or nothing at all.
std::size_t utf8Length(std::string_view text);

bool isUtf8(std::string_view text);

} // namespace ninc
