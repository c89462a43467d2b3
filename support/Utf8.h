// UTF-8 (RFC 3629), as far as readers and writers of texts need it: is the next character a legal one, how
// long is it, does it steer a terminal; and texts of whatever origin made safe to write and to show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ninc {

// Bytes of the character `text` begins with; 0 if it begins with none: a stray continuation byte, a
// truncated, overlong or surrogate sequence, or nothing at all.
std::size_t utf8Length(std::string_view text);

bool isUtf8(std::string_view text);

// Whether a text in UTF-8 holds a character that steers terminals instead of being seen: C0, delete, C1.
bool holdsControl(std::string_view utf8);

// Every byte that belongs to no character becomes U+FFFD, the replacement character.
std::string asUtf8(std::string_view text);

// The same in one line: control characters become spaces. What stands behind `limit` bytes is cut off,
// between characters.
std::string asLine(std::string_view text, std::size_t limit = std::string_view::npos);

} // namespace ninc
