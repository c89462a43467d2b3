// A walk over the tokens of one statement that fails softly: the first error sticks, and from then on the
// statement looks as if it were at its end. So a parsing function reads straight down, without a branch
// after every step, and its caller asks ok() once. One mistake gives one message.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/text/Lexer.h"

namespace ninc::text {

class Cursor {
public:
  // `statement` isn't empty; both outlive the cursor.
  Cursor(std::span<const Token> statement, Diagnostics &diagnostics)
      : tokens_(statement), diagnostics_(diagnostics) {}

  bool ok() const { return !failed_; }
  bool atEnd() const { return failed_ || position_ == tokens_.size(); }

  // The next token, or one without text behind the last one.
  Token peek(std::size_t ahead = 0) const;
  Token take();
  bool nextIs(TokenKind kind) const { return !atEnd() && peek().kind == kind; }
  bool nextIs(std::string_view word) const { return nextIs(TokenKind::word) && peek().text == word; }

  bool accept(TokenKind kind);
  // Remembers `word` as one that would have fitted here, for unexpected()'s advice.
  bool accept(std::string_view word);
  void forgetWords() { fitting_.clear(); }

  // Takes a token of this kind; else an error: "expected WHAT, not 'found'".
  Token expect(TokenKind kind, std::string_view what);

  // An error about the next token, which fits nowhere: "unknown word 'strid' in max_pool".
  void unexpected(std::string_view where);

  void error(SourceRange where, std::string message, std::string help = {});
  // Fails without a message: what is wrong has been said already.
  void abandon() { failed_ = true; }

  // Numbers within [low, 2^31 - 1], since no extent of anything is larger. `what` names them in messages.
  std::int64_t integer(std::string_view what, std::int64_t low);
  // "5x3" or "5", which is "5x5".
  std::array<std::int64_t, 2> extents(std::string_view what, std::int64_t low);
  float real(std::string_view what);
  // Whether a number is next, or what stands for one beyond all.
  bool nextIsBound() const;
  // A number, or "inf" or "-inf" for the largest there are.
  float bound(std::string_view what);
  std::uint64_t seed();
  // What a string in quotes says; `what` is what was expected, if there is none.
  std::string quoted(std::string_view what);

  // The place of everything from `first` up to what was taken last, if that is on one line.
  SourceRange since(SourceRange first) const;

private:
  SourceRange behindLastToken() const;
  std::int64_t integerIn(std::string_view digits, SourceRange where, std::string_view what, std::int64_t low);
  Token expectNumber(std::string_view what);

  std::span<const Token> tokens_;
  std::size_t position_ = 0;
  bool failed_ = false;
  std::vector<std::string_view> fitting_;
  Diagnostics &diagnostics_;
};

} // namespace ninc::text
