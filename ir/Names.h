// What a model and its values may be called. Names end up in three places: in `.nin` text, in the names of
// tensors in a weight file, and, for the model, its inputs and its outputs, in a C and C++ header. So a name
// is an identifier of C that is neither a word of the language nor a keyword of C or C++; one rule for all
// names, since any value can become an output.
#pragma once

#include <span>
#include <string_view>

#include "support/Result.h"

namespace ninc {

// A letter or underscore, then letters, digits and underscores (ASCII).
bool isIdentifier(std::string_view name);

// Words with a meaning in `.nin`: statements, ops, attributes, types.
bool isLanguageWord(std::string_view word);
std::span<const std::string_view> languageWords();

// Keywords of C99 to C23 and C++98 to C++23.
bool isCKeyword(std::string_view word);

// Whether a model or a value may be called so; the error says why not.
Result<void> checkName(std::string_view name);

} // namespace ninc
