// Tokens -> statements, one a line; inside ( ) and [ ] lines may be broken. A bracket that is never closed
// must not swallow the rest of the file, so a line that can only begin a statement ("NAME =", "output")
// begins one whatever is still open.
#pragma once

#include <span>
#include <vector>

#include "frontend/text/Lexer.h"

namespace ninc::text {

// Each has at least one token.
using Statement = std::span<const Token>;

// The statements point into `tokens`.
std::vector<Statement> splitStatements(std::span<const Token> tokens);

// "NAME =" or "NAME, NAME =": how many tokens there are up to and with the equals sign; 0 if the statement
// defines nothing.
std::size_t definitionLength(Statement statement);

} // namespace ninc::text
