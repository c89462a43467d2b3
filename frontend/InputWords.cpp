#include "frontend/InputWords.h"

#include <fmt/format.h>

#include "frontend/text/InputSyntax.h"

namespace ninc {

Result<TensorType> typeByWords(std::string_view words, const TensorType &given) {
  Diagnostics diagnostics;
  const std::vector<text::Token> tokens = text::tokenize(words, diagnostics);
  if (tokens.empty() && !diagnostics.hasErrors()) return fail("there are no words");
  TensorType type = given;
  if (!diagnostics.hasErrors()) {
    text::Cursor cursor(tokens, diagnostics);
    text::OpPlaces places;
    type = text::parseInputWords(given, cursor, places);
  }
  for (const Diagnostic &each : diagnostics.all())
    if (each.severity == Severity::error)
      return fail(each.help.empty() ? each.message : fmt::format("{}; {}", each.message, each.help));
  return type;
}

} // namespace ninc
