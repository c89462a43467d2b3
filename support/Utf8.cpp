#include "support/Utf8.h"

#include <algorithm>

namespace ninc {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD

bool isControl(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7f;
  return character.size() == 2 && byte(0) == 0xc2 && byte(1) < 0xa0;
}

// Takes a character off a text; the replacement for a byte that is none.
std::string_view takeCharacter(std::string_view &text) {
  const std::size_t length = utf8Length(text);
  const std::string_view character = length == 0 ? replacement : text.substr(0, length);
  text.remove_prefix(std::max<std::size_t>(length, 1));
  return character;
}

} // namespace

std::size_t utf8Length(std::string_view text) {
  if (text.empty()) return 0;
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return 1;
  std::size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  // The second byte is narrower after four lead bytes: overlong forms, surrogates, beyond U+10FFFF.
  if (byte(0) == 0xe0 && byte(1) < 0xa0) return 0;
  if (byte(0) == 0xed && byte(1) > 0x9f) return 0;
  if (byte(0) == 0xf0 && byte(1) < 0x90) return 0;
  if (byte(0) == 0xf4 && byte(1) > 0x8f) return 0;
  return length;
}

bool isUtf8(std::string_view text) {
  while (!text.empty()) {
    std::size_t length = utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool holdsControl(std::string_view utf8) {
  while (!utf8.empty())
    if (isControl(takeCharacter(utf8))) return true;
  return false;
}

std::string asUtf8(std::string_view text) {
  std::string clean;
  while (!text.empty())
    clean += takeCharacter(text);
  return clean;
}

std::string asLine(std::string_view text, std::size_t limit) {
  std::string line;
  while (!text.empty()) {
    const std::string_view character = takeCharacter(text);
    const std::string_view shown = isControl(character) ? " " : character;
    if (line.size() + shown.size() > limit) break;
    line += shown;
  }
  return line;
}

} // namespace ninc
