#include "frontend/text/Lexer.h"

#include <algorithm>
#include <fmt/format.h>

#include "support/Utf8.h"

namespace ninc::text {

namespace {

constexpr std::size_t mostErrors = 100;
constexpr std::string_view byteOrderMark = "\xef\xbb\xbf";

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool isWordStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool isWordPart(char c) {
  return isWordStart(c) || isDigit(c);
}
bool isControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Characters that a word processor or a paper puts where `.nin` wants another one.
std::string_view plainFormOf(std::string_view character) {
  if (character == "\u00d7") return "write the extents as 5x5, with the letter x";
  if (character == "\u2192") return "write the arrow as ->";
  if (character == "\u201c" || character == "\u201d") return "write the quotes as \"";
  if (character == "\u2212" || character == "\u2013") return "write the minus sign as -";
  if (character == "\u00a0") return "this is a no-break space; write a plain one";
  return "";
}

class Lexer {
public:
  Lexer(std::string_view source, Diagnostics &diagnostics) : source_(source), diagnostics_(diagnostics) {}

  std::vector<Token> run() {
    if (source_.starts_with(byteOrderMark)) position_ = lineStart_ = byteOrderMark.size();
    while (position_ < source_.size() && errors_ < mostErrors)
      next();
    return std::move(tokens_);
  }

private:
  char at(std::size_t offset) const {
    return position_ + offset < source_.size() ? source_[position_ + offset] : '\0';
  }

  void next() {
    char c = at(0);
    if (c == '\n')
      newLine();
    else if (c == ' ' || c == '\t' || c == '\r')
      ++position_;
    else if (c == '#')
      comment();
    else if (isWordStart(c))
      add(TokenKind::word, lengthWhile(0, isWordPart));
    else if (isDigit(c) || ((c == '-' || c == '+') && isDigit(at(1))))
      number();
    else if (source_.substr(position_).starts_with("-inf") && !isWordPart(at(4)))
      add(TokenKind::number, 4);
    else if (c == '"')
      string();
    else if ((c == '$' || c == '%') && isDigit(at(1)))
      add(TokenKind::source, lengthWhile(1, isDigit));
    else
      punctuation(c);
  }

  void newLine() {
    lineStart_ = ++position_;
    ++line_;
    firstOnLine_ = true;
  }

  void comment() {
    while (position_ < source_.size() && at(0) != '\n' && errors_ < mostErrors) {
      std::size_t length = utf8Length(source_.substr(position_));
      if (length == 0 || at(0) == '\0')
        stray(""); // in a comment it breaks no statement
      else
        position_ += length;
    }
  }

  // digits, or digits x digits, or a decimal number; whatever is glued to it makes it malformed.
  void number() {
    std::size_t length = at(0) == '-' || at(0) == '+' ? 1 : 0;
    length = lengthWhile(length, isDigit);
    TokenKind kind = TokenKind::number;
    if (at(length) == 'x' && isDigit(at(length + 1)) && isDigit(at(0))) {
      kind = TokenKind::extents;
      length = lengthWhile(length + 1, isDigit);
    } else {
      if (at(length) == '.' && isDigit(at(length + 1))) length = lengthWhile(length + 1, isDigit);
      if (at(length) == 'e' || at(length) == 'E') {
        std::size_t digits = at(length + 1) == '-' || at(length + 1) == '+' ? length + 2 : length + 1;
        if (isDigit(at(digits))) length = lengthWhile(digits, isDigit);
      }
    }
    std::size_t glued = lengthWhile(length, [](char c) { return isWordPart(c) || c == '.'; });
    if (glued == length) return add(kind, length);
    std::string_view text = source_.substr(position_, glued);
    error(glued, fmt::format("malformed number '{}'", text.substr(0, 40)),
          std::ranges::find(text, 'X') != text.end() || text.ends_with('x') ? "extents look like 5x5" : "");
    add(TokenKind::invalid, glued);
  }

  void string() {
    std::size_t length = 1;
    bool readable = true;
    while (position_ + length < source_.size() && at(length) != '"' && at(length) != '\n') {
      if (at(length) == '\\' && (at(length + 1) == '"' || at(length + 1) == '\\')) {
        length += 2;
        continue;
      }
      std::size_t character = utf8Length(source_.substr(position_ + length));
      if (character == 0 || (isControl(at(length)) && at(length) != '\r')) readable = false;
      length += std::max<std::size_t>(character, 1);
    }
    if (at(length) != '"') {
      if (source_[position_ + length - 1] == '\r') --length;
      error(length, "this string has no closing quote on its line");
      return add(TokenKind::invalid, length);
    }
    ++length;
    if (readable) return add(TokenKind::string, length);
    error(length, "this string holds control characters or bytes that are no UTF-8",
          "write such a byte as \\x and two hexadecimal digits");
    add(TokenKind::invalid, length);
  }

  void punctuation(char c) {
    switch (c) {
    case '=':
      return add(TokenKind::equals, 1);
    case ',':
      return add(TokenKind::comma, 1);
    case ':':
      return add(TokenKind::colon, 1);
    case '(':
      return add(TokenKind::leftParenthesis, 1);
    case ')':
      return add(TokenKind::rightParenthesis, 1);
    case '[':
      return add(TokenKind::leftBracket, 1);
    case ']':
      return add(TokenKind::rightBracket, 1);
    case '-':
      if (at(1) == '>') return add(TokenKind::arrow, 2);
      break;
    default:
      break;
    }
    std::size_t length = std::max<std::size_t>(utf8Length(source_.substr(position_)), 1);
    std::string help(plainFormOf(source_.substr(position_, length)));
    Token token{TokenKind::invalid, firstOnLine_, {}, {}};
    stray(help);
    tokens_.push_back(token);
    firstOnLine_ = false;
  }

  // Reports the character here and everything of the same kind that follows it, and passes over them.
  void stray(const std::string &help) {
    std::size_t length = utf8Length(source_.substr(position_));
    if (length > 1 || (length == 1 && !isControl(at(0)))) {
      error(length, fmt::format("stray character '{}'", source_.substr(position_, length)), help);
      position_ += length;
      return;
    }
    std::size_t bytes = 1;
    while (position_ + bytes < source_.size() && isUnreadable(position_ + bytes))
      ++bytes;
    error(bytes,
          fmt::format("stray byte 0x{:02x}{}", static_cast<unsigned char>(at(0)),
                      bytes == 1 ? std::string() : fmt::format(" and {} more", bytes - 1)),
          "a model is UTF-8 text");
    position_ += bytes;
  }

  bool isUnreadable(std::size_t position) const {
    char c = source_[position];
    return utf8Length(source_.substr(position)) == 0 || (isControl(c) && c != '\n' && c != '\t' && c != '\r');
  }

  template <class Predicate>
  std::size_t lengthWhile(std::size_t length, Predicate belongs) const {
    while (position_ + length < source_.size() && belongs(source_[position_ + length]))
      ++length;
    return length;
  }

  SourceRange range(std::size_t length) const {
    return {line_, static_cast<int>(position_ - lineStart_) + 1, static_cast<int>(length)};
  }

  void add(TokenKind kind, std::size_t length) {
    tokens_.push_back({kind, firstOnLine_, range(length), source_.substr(position_, length)});
    firstOnLine_ = false;
    position_ += length;
  }

  void error(std::size_t length, std::string message, std::string help = {}) {
    diagnostics_.error(range(length), std::move(message), std::move(help));
    ++errors_;
  }

  std::string_view source_;
  Diagnostics &diagnostics_;
  std::vector<Token> tokens_;
  std::size_t position_ = 0;
  std::size_t lineStart_ = 0;
  int line_ = 1;
  bool firstOnLine_ = true;
  std::size_t errors_ = 0;
};

} // namespace

std::vector<Token> tokenize(std::string_view source, Diagnostics &diagnostics) {
  return Lexer(source, diagnostics).run();
}

} // namespace ninc::text
