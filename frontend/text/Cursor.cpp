#include "frontend/text/Cursor.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "ir/Names.h"
#include "support/Spelling.h"

namespace ninc::text {

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t longestQuotation = 60;

std::string inQuotes(const Token &token) {
  if (token.text.empty()) return "the end of the line";
  if (token.text.size() > longestQuotation)
    return fmt::format("'{}...'", token.text.substr(0, longestQuotation));
  return fmt::format("'{}'", token.text);
}

bool isWhole(std::string_view digits) {
  if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
  return digits.find_first_not_of("0123456789") == digits.npos;
}

// from_chars knows no plus sign.
std::string_view withoutPlus(std::string_view digits) {
  return digits.substr(digits.starts_with('+') ? 1 : 0);
}

} // namespace

SourceRange Cursor::behindLastToken() const {
  SourceRange last = tokens_.back().where;
  return {last.line, last.column + last.length, 1};
}

Token Cursor::peek(std::size_t ahead) const {
  if (failed_ || position_ + ahead >= tokens_.size())
    return {TokenKind::invalid, false, behindLastToken(), {}};
  return tokens_[position_ + ahead];
}

Token Cursor::take() {
  Token token = peek();
  if (!atEnd()) ++position_;
  return token;
}

bool Cursor::accept(TokenKind kind) {
  if (!nextIs(kind)) return false;
  take();
  return true;
}

bool Cursor::accept(std::string_view word) {
  fitting_.push_back(word);
  if (!nextIs(word)) return false;
  take();
  return true;
}

Token Cursor::expect(TokenKind kind, std::string_view what) {
  if (!nextIs(kind)) error(peek().where, fmt::format("expected {}, not {}", what, inQuotes(peek())));
  return take();
}

void Cursor::unexpected(std::string_view where) {
  Token token = peek();
  if (token.kind != TokenKind::word)
    error(token.where, fmt::format("unexpected {} in {}", inQuotes(token), where));
  else if (isLanguageWord(token.text))
    error(token.where, fmt::format("'{}' doesn't belong here in {}", token.text, where));
  else
    error(token.where, fmt::format("unknown word {} in {}", inQuotes(token), where),
          didYouMean(token.text, fitting_));
}

void Cursor::error(SourceRange where, std::string message, std::string help) {
  if (failed_) return;
  diagnostics_.error(where, std::move(message), std::move(help));
  failed_ = true;
}

Token Cursor::expectNumber(std::string_view what) {
  if (nextIs(TokenKind::extents))
    error(peek().where, fmt::format("{} is one number, not {}", what, inQuotes(peek())));
  return expect(TokenKind::number, fmt::format("a number: {}", what));
}

std::int64_t Cursor::integerIn(std::string_view digits, SourceRange where, std::string_view what,
                               std::int64_t low) {
  if (!ok()) return low;
  if (!isWhole(digits)) {
    error(where, fmt::format("{} must be a whole number, not {}", what, digits));
    return low;
  }
  std::int64_t value = 0;
  digits = withoutPlus(digits);
  auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc() || value < low || value > largest) {
    error(where, fmt::format("{} {} is not between {} and {}", what, digits, low, largest));
    return low;
  }
  return value;
}

std::int64_t Cursor::integer(std::string_view what, std::int64_t low) {
  Token token = expectNumber(what);
  return integerIn(token.text, token.where, what, low);
}

std::array<std::int64_t, 2> Cursor::extents(std::string_view what, std::int64_t low) {
  if (!nextIs(TokenKind::extents)) {
    std::int64_t both = integer(what, low);
    return {both, both};
  }
  Token token = take();
  std::size_t cross = token.text.find('x');
  std::int64_t rows = integerIn(token.text.substr(0, cross), token.where, what, low);
  return {rows, integerIn(token.text.substr(cross + 1), token.where, what, low)};
}

float Cursor::real(std::string_view what) {
  Token token = expectNumber(what);
  if (!ok()) return 0;
  std::string_view digits = withoutPlus(token.text);
  float value = 0;
  auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem == std::errc() && std::isfinite(value)) return value;
  error(token.where, fmt::format("{} {} is too large or too small for an f32", what, token.text));
  return 0;
}

bool Cursor::nextIsBound() const {
  return nextIs(TokenKind::number) || nextIs("inf");
}

float Cursor::bound(std::string_view what) {
  constexpr float most = std::numeric_limits<float>::max();
  if (accept("inf")) return most;
  if (!nextIs(TokenKind::number) || peek().text != "-inf") return real(what);
  take();
  return -most;
}

std::uint64_t Cursor::seed() {
  Token token = expectNumber("seed");
  std::uint64_t value = 0;
  std::string_view digits = withoutPlus(token.text);
  auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc() || end != digits.data() + digits.size())
    error(token.where, fmt::format("seed {} is not a whole number between 0 and {}", token.text,
                                   std::numeric_limits<std::uint64_t>::max()));
  return value;
}

// \" \\ and \xHH, any byte but zero, which no path can hold.
std::string Cursor::quoted(std::string_view what) {
  Token token = expect(TokenKind::string, what);
  if (!ok()) return {};
  std::string_view text = token.text.substr(1, token.text.size() - 2);
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      result += text[i];
      continue;
    }
    char next = i + 1 < text.size() ? text[i + 1] : '\0';
    unsigned byte = 0;
    if (next == '"' || next == '\\') {
      result += next;
      i += 1;
    } else if (next == 'x' && i + 3 < text.size() &&
               std::from_chars(&text[i + 2], &text[i + 2] + 2, byte, 16).ptr == &text[i + 2] + 2 &&
               byte != 0) {
      result += static_cast<char>(byte);
      i += 3;
    } else {
      error({token.where.line, token.where.column + 1 + static_cast<int>(i), 2}, "unknown escape in a string",
            "there are \\\", \\\\ and \\x with two hexadecimal digits");
      return {};
    }
  }
  return result;
}

SourceRange Cursor::since(SourceRange first) const {
  if (position_ == 0) return first;
  SourceRange last = tokens_[position_ - 1].where;
  if (last.line == first.line && last.column + last.length > first.column + first.length)
    first.length = last.column + last.length - first.column;
  return first;
}

} // namespace ninc::text
