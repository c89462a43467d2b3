// Diagnostics are data: where, how bad, what, and what to do about it. Whoever finds a problem adds one;
// only render() knows how a terminal wants to see them:
//
//   nin.nin:7:29: error: unknown word 'strid' in max_pool
//     pool1 = max_pool stage1 3x3 strid 2
//                                 ^~~~~
//   help: did you mean 'stride'?
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ninc {

// A stretch of one source line. Lines and columns count from 1, columns in bytes; line 0 means "no place".
struct SourceRange {
  int line = 0;
  int column = 0;
  int length = 1;

  bool valid() const { return line > 0; }
  friend bool operator==(const SourceRange &, const SourceRange &) = default;
};

enum class Severity { error, warning, remark, note };

struct Diagnostic {
  Severity severity = Severity::error;
  SourceRange where;   // invalid when there is no source text (a binary model, a weight file)
  std::string message; // lower-case sentence without a full stop
  std::string help;    // what to do, shown as "help: ..."; empty when there is nothing to add
  std::string pass;    // for remarks: the pass that speaks; empty otherwise
  std::string node;    // the place in a model that isn't text: "node 'conv1' (Conv)"; empty otherwise
};

// Collects diagnostics of one compilation. Not thread-safe.
class Diagnostics {
public:
  void error(SourceRange where, std::string message, std::string help = {});
  void warning(SourceRange where, std::string message, std::string help = {});
  // The same about a node of a model that isn't text.
  void errorAt(std::string node, std::string message, std::string help = {});
  void warningAt(std::string node, std::string message, std::string help = {});
  void add(Diagnostic diagnostic);
  void remark(std::string pass, SourceRange where, std::string message);

  bool hasErrors() const { return errors_ > 0; }
  std::size_t errorCount() const { return errors_; }
  const std::vector<Diagnostic> &all() const { return all_; }

private:
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

// One diagnostic as text, ending in a newline. `source` is the whole text of the file the range points
// into; empty leaves line and caret out. `file` may be empty too. Tabs are kept, so that the caret stands
// right whatever their width; control characters, which could drive a terminal, show as '?'.
std::string render(const Diagnostic &diagnostic, std::string_view file, std::string_view source);

// All diagnostics in source order, those without a place last; stops after `limit` errors and says how many
// were left out.
std::string render(const Diagnostics &diagnostics, std::string_view file, std::string_view source,
                   std::size_t limit = 20);

} // namespace ninc
