// What people wrote into a text beside the model, by the statement that it stands at, so that a text made of
// the text still has it.
#pragma once

#include <string_view>
#include <vector>

#include "frontend/Origin.h"
#include "frontend/text/Lexer.h"

namespace ninc::text {

// Fills Origin::comments and Origin::atEnd. Comments on lines of their own belong to the statement below
// them, those between the lines of a statement too.
void keepComments(std::string_view source, const std::vector<Token> &tokens, Origin &origin);

} // namespace ninc::text
