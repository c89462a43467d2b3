// What a model and its values may be called. Names end up in three places: in `.nin` text, in the names of
// tensors in a weight file, and, for the model, its inputs and its outputs, in a C and C++ header. So a name
// is an identifier of C that is none of the language's reserved words; one rule for all names, since any
// value can become an output. Reserved are the words of statements, attributes and types, which may stand
// where a name may. The spelling of an op is a name like any other, `exp = exp x`: where an op stands no name
// does, and where a function is an attribute, all operands stand before it. So are keywords of C: the header
// has names inside longer ones and in comments alone. For a model there is more to mind (ir/ModelName.h).
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

// All of them but the spellings of ops.
bool isReservedWord(std::string_view word);

// Whether a value may be called so; the error says why not.
Result<void> checkName(std::string_view name);

} // namespace ninc
