#include "support/Diagnostics.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <tuple>

#include "support/Counted.h"
#include "support/Utf8.h"

namespace ninc {

namespace {

// A line longer than this is shown in part: a model pasted into one line shouldn't fill the terminal.
constexpr std::size_t longestExcerpt = 160;
constexpr std::size_t contextBeforeCaret = 60;

std::string_view spellingOf(Severity severity) {
  switch (severity) {
  case Severity::error:
    return "error";
  case Severity::warning:
    return "warning";
  case Severity::remark:
    return "remark";
  case Severity::note:
    return "note";
  }
  return "";
}

bool isContinuationByte(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Text comes from files that may hold anything; control characters could drive the reader's terminal, and
// bytes that aren't UTF-8 would break whatever reads our output. Each becomes a question mark.
std::string printable(std::string_view text, std::string_view keep) {
  std::string shown;
  while (!text.empty()) {
    std::size_t length = utf8Length(text);
    char first = text.front();
    bool control = static_cast<unsigned char>(first) < 0x20 || first == 0x7f;
    if (length == 0 || (control && keep.find(first) == keep.npos))
      shown += '?';
    else
      shown += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return shown;
}

// The byte at which the character that byte `at` belongs to begins. A character has at most three bytes
// behind its first; in a longer run of such bytes there is no character, and any byte is as good.
std::size_t beginOfCharacter(std::string_view text, std::size_t at) {
  for (std::size_t back = 0; back <= 3 && back <= at; ++back)
    if (!isContinuationByte(text[at - back])) return at - back;
  return at;
}

// A text cut into lines once, since thousands of remarks may ask for one each.
class Lines {
public:
  explicit Lines(std::string_view source) {
    while (!source.empty()) {
      std::string_view line = source.substr(0, source.find('\n'));
      source.remove_prefix(std::min(source.size(), line.size() + 1));
      if (line.ends_with('\r')) line.remove_suffix(1);
      lines_.push_back(line);
    }
  }

  // Number `line`, counted from 1, without its line break; empty when the source is shorter.
  std::string_view operator[](int line) const {
    auto index = static_cast<std::size_t>(line) - 1;
    return index < lines_.size() ? lines_[index] : std::string_view();
  }

private:
  std::vector<std::string_view> lines_;
};

// What stands in front of the caret: as wide as `text`, tabs kept, one column for a UTF-8 sequence.
std::string blanksLike(std::string_view text) {
  std::string blanks;
  for (char c : printable(text, "\t"))
    if (!isContinuationByte(c)) blanks += c == '\t' ? '\t' : ' ';
  return blanks;
}

std::string excerpt(SourceRange where, const Lines &lines) {
  std::string_view line = lines[where.line];
  if (line.empty()) return {};
  if (where.column < 1) return fmt::format("  {}\n", printable(line.substr(0, longestExcerpt), "\t"));

  // A column behind the line's end points just behind it: "something is missing here".
  std::size_t begin = std::min<std::size_t>(static_cast<std::size_t>(where.column) - 1, line.size());
  std::size_t length =
      std::min<std::size_t>(static_cast<std::size_t>(std::max(where.length, 1)), line.size() - begin);

  std::string_view ahead, behind;
  if (line.size() > longestExcerpt) {
    std::size_t first = begin > contextBeforeCaret ? begin - contextBeforeCaret : 0;
    first = beginOfCharacter(line, first);
    std::size_t last = std::min(line.size(), first + longestExcerpt);
    if (last < line.size()) last = beginOfCharacter(line, last);
    ahead = first > 0 ? "..." : "";
    behind = last < line.size() ? "..." : "";
    line = line.substr(first, last - first);
    begin -= first;
    length = std::min(length, line.size() - begin);
  }
  std::string marked = blanksLike(line.substr(begin, length));
  std::string tildes(marked.empty() ? 0 : marked.size() - 1, '~');
  return fmt::format("  {}{}{}\n  {}{}^{}\n", ahead, printable(line, "\t"), behind, blanksLike(ahead),
                     blanksLike(line.substr(0, begin)), tildes);
}

std::string renderWith(const Diagnostic &diagnostic, std::string_view file, const Lines &lines) {
  std::string place = printable(file, "");
  if (diagnostic.where.valid()) {
    place += fmt::format("{}{}", place.empty() ? "" : ":", diagnostic.where.line);
    if (diagnostic.where.column > 0) place += fmt::format(":{}", diagnostic.where.column);
  }
  if (!diagnostic.node.empty())
    place += fmt::format("{}{}", place.empty() ? "" : ": ", printable(diagnostic.node, ""));
  std::string text = fmt::format("{}{}{}: {}", place, place.empty() ? "" : ": ",
                                 spellingOf(diagnostic.severity), printable(diagnostic.message, "\n\t"));
  if (!diagnostic.pass.empty()) text += fmt::format(" [{}]", diagnostic.pass);
  text += '\n';
  if (diagnostic.where.valid()) text += excerpt(diagnostic.where, lines);
  if (!diagnostic.help.empty()) text += fmt::format("help: {}\n", printable(diagnostic.help, "\n\t"));
  return text;
}

} // namespace

void Diagnostics::error(SourceRange where, std::string message, std::string help) {
  all_.push_back({Severity::error, where, std::move(message), std::move(help), {}, {}});
  ++errors_;
}

void Diagnostics::warning(SourceRange where, std::string message, std::string help) {
  all_.push_back({Severity::warning, where, std::move(message), std::move(help), {}, {}});
}

void Diagnostics::remark(std::string pass, SourceRange where, std::string message) {
  all_.push_back({Severity::remark, where, std::move(message), {}, std::move(pass), {}});
}

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::error) ++errors_;
  all_.push_back(std::move(diagnostic));
}

void Diagnostics::errorAt(std::string node, std::string message, std::string help) {
  error({}, std::move(message), std::move(help));
  all_.back().node = std::move(node);
}

void Diagnostics::warningAt(std::string node, std::string message, std::string help) {
  warning({}, std::move(message), std::move(help));
  all_.back().node = std::move(node);
}

std::string render(const Diagnostic &diagnostic, std::string_view file, std::string_view source) {
  return renderWith(diagnostic, file, Lines(source));
}

std::string render(const Diagnostics &diagnostics, std::string_view file, std::string_view source,
                   std::size_t limit) {
  std::vector<const Diagnostic *> ordered;
  for (const Diagnostic &diagnostic : diagnostics.all())
    ordered.push_back(&diagnostic);
  std::ranges::stable_sort(ordered, {}, [](const Diagnostic *diagnostic) {
    int line = diagnostic->where.valid() ? diagnostic->where.line : std::numeric_limits<int>::max();
    return std::tuple(line, diagnostic->where.column);
  });

  Lines lines(source);
  std::string text;
  std::size_t shown = 0;
  for (const Diagnostic *diagnostic : ordered) {
    if (diagnostic->severity == Severity::error && ++shown > limit) {
      std::size_t left = diagnostics.errorCount() - limit;
      return text + fmt::format("{} not shown\n", counted(left, "more error"));
    }
    text += renderWith(*diagnostic, file, lines);
  }
  return text;
}

} // namespace ninc
