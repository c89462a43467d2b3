#include "frontend/text/Comments.h"

#include <string>

#include "frontend/text/Statements.h"

namespace ninc::text {

namespace {

// What stands behind the `#` on a line whose last token ends at `from`; empty if there is none.
std::string commentIn(std::string_view line, std::size_t from) {
  const std::size_t hash = line.find('#', std::min(from, line.size()));
  if (hash == line.npos) return {};
  std::string_view text = line.substr(hash + 1);
  if (text.starts_with(' ')) text.remove_prefix(1);
  const std::size_t last = text.find_last_not_of(" \t\r");
  return std::string(text.substr(0, last == text.npos ? 0 : last + 1));
}

bool holdsComment(std::string_view line, std::size_t from) {
  return line.find('#', std::min(from, line.size())) != line.npos;
}

// The lines of a text, with where the last token ends on each.
struct Line {
  std::string_view text;
  std::size_t codeEnds = 0;
};

std::vector<Line> linesOf(std::string_view source, const std::vector<Token> &tokens) {
  std::vector<Line> lines;
  while (!source.empty()) {
    const std::size_t length = std::min(source.find('\n'), source.size());
    lines.push_back({source.substr(0, length)});
    source.remove_prefix(std::min(length + 1, source.size()));
  }
  for (const Token &token : tokens) {
    const auto line = static_cast<std::size_t>(token.where.line) - 1;
    const auto end = static_cast<std::size_t>(token.where.column) - 1 + token.text.size();
    if (line < lines.size()) lines[line].codeEnds = std::max(lines[line].codeEnds, end);
  }
  return lines;
}

} // namespace

void keepComments(std::string_view source, const std::vector<Token> &tokens, Origin &origin) {
  const std::vector<Line> lines = linesOf(source, tokens);
  std::size_t next = 0; // the first line that isn't looked at yet
  for (Statement statement : splitStatements(tokens)) {
    Comment comment;
    const auto last = static_cast<std::size_t>(statement.back().where.line);
    for (; next < last && next < lines.size(); ++next) {
      if (!holdsComment(lines[next].text, lines[next].codeEnds)) continue;
      std::string text = commentIn(lines[next].text, lines[next].codeEnds);
      if (next + 1 == last)
        comment.behind = std::move(text);
      else
        comment.above.push_back(std::move(text));
    }
    if (comment.above.empty() && comment.behind.empty()) continue;
    origin.comments.insert_or_assign(std::string(statement[0].text), std::move(comment));
  }
  for (; next < lines.size(); ++next)
    if (holdsComment(lines[next].text, lines[next].codeEnds))
      origin.atEnd.push_back(commentIn(lines[next].text, lines[next].codeEnds));
}

} // namespace ninc::text
