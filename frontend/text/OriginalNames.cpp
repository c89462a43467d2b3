#include "frontend/text/OriginalNames.h"

#include <fmt/format.h>

#include "support/Utf8.h"

namespace ninc::text {

namespace {

// They end up in messages and headers.
constexpr std::size_t longest = 200;

std::string whatIsWrong(std::string_view original) {
  if (original.empty()) return "the name is empty";
  if (!isUtf8(original) || holdsControl(original))
    return "the name isn't readable: it holds bytes that are no characters, or that steer terminals";
  if (original.size() > longest) return fmt::format("the name has more than {} bytes", longest);
  return {};
}

} // namespace

void OriginalNames::take(Cursor &cursor, std::string_view name, bool isInput) {
  if (!cursor.nextIs(TokenKind::string)) return;
  const SourceRange where = cursor.peek().where;
  std::string original = cursor.quoted("a name in quotes");
  if (std::string wrong = whatIsWrong(original); !wrong.empty())
    cursor.error(where, std::move(wrong));
  else if (cursor.ok())
    all_.push_back({std::string(name), std::move(original), where, isInput});
}

void OriginalNames::giveTo(Graph &graph) {
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const Named &each = all_[i];
    if (each.name != each.original) graph.originalNames.insert_or_assign(each.name, each.original);
    for (std::size_t k = 0; k < i; ++k)
      if (all_[k].original == each.original && all_[k].isInput == each.isInput && all_[k].name != each.name)
        diagnostics_.warning(
            each.where,
            fmt::format("'{}' has the same other name, which means that one alone", all_[k].name));
  }
}

} // namespace ninc::text
