#include "frontend/text/Statements.h"

namespace ninc::text {

namespace {

bool beginsStatement(std::span<const Token> tokens) {
  const Token &first = tokens.front();
  if (first.kind != TokenKind::word) return false;
  if (first.text == "model" || first.text == "weights" || first.text == "output") return true;
  return definitionLength(tokens) > 0;
}

} // namespace

std::size_t definitionLength(Statement statement) {
  for (std::size_t i = 0; i + 1 < statement.size(); i += 2) {
    if (statement[i].kind != TokenKind::word) return 0;
    if (statement[i + 1].kind == TokenKind::equals) return i + 2;
    if (statement[i + 1].kind != TokenKind::comma || statement[i + 1].firstOnLine) return 0;
  }
  return 0;
}

std::vector<Statement> splitStatements(std::span<const Token> tokens) {
  std::vector<Statement> statements;
  std::size_t begin = 0;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i > begin && tokens[i].firstOnLine && (depth == 0 || beginsStatement(tokens.subspan(i)))) {
      statements.push_back(tokens.subspan(begin, i - begin));
      begin = i;
      depth = 0;
    }
    TokenKind kind = tokens[i].kind;
    if (kind == TokenKind::leftBracket || kind == TokenKind::leftParenthesis) ++depth;
    if ((kind == TokenKind::rightBracket || kind == TokenKind::rightParenthesis) && depth > 0) --depth;
  }
  if (begin < tokens.size()) statements.push_back(tokens.subspan(begin));
  return statements;
}

} // namespace ninc::text
