// `.nin` text -> tokens. Line breaks are no tokens; a token knows whether it is the first on its line, and
// the parser makes statements out of that.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "support/Diagnostics.h"

namespace ninc::text {

enum class TokenKind : std::uint8_t {
  word,    // conv2d, image, f32
  number,  // 7, -1, 0.5, 1e-5
  extents, // 5x5, 3x1
  source,  // $0, %12
  string,  // "nin.safetensors", quotes included
  equals,
  comma,
  colon,
  arrow,
  leftParenthesis,
  rightParenthesis,
  leftBracket,
  rightBracket,
  invalid // reported by the lexer; its statement is not worth parsing
};

// `text` points into the source, which must outlive the token.
struct Token {
  TokenKind kind = TokenKind::invalid;
  bool firstOnLine = false;
  SourceRange where;
  std::string_view text;
};

// Every byte of the source is accounted for: what belongs to no token is blank, comment or an error. Stops
// after 100 errors, since a binary file would give one a byte.
std::vector<Token> tokenize(std::string_view source, Diagnostics &diagnostics);

} // namespace ninc::text
