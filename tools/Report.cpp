#include "tools/Report.h"

#include "support/StandardStreams.h"

namespace ninc {

void printDiagnostics(const Diagnostics &diagnostics, const ModelSource &source, RemarkPrinting remarks) {
  if (remarks == RemarkPrinting::yes) {
    say("{}", render(diagnostics, source.file, source.text));
    return;
  }
  Diagnostics shown;
  for (const Diagnostic &diagnostic : diagnostics.all()) {
    if (diagnostic.severity == Severity::error)
      shown.error(diagnostic.where, diagnostic.message, diagnostic.help);
    if (diagnostic.severity == Severity::warning)
      shown.warning(diagnostic.where, diagnostic.message, diagnostic.help);
  }
  say("{}", render(shown, source.file, source.text));
}

int reportError(const Error &error) {
  bool internal = error.kind == ErrorKind::internal;
  if (!error.message.empty()) say("ninc: {}: {}\n", internal ? "internal error" : "error", error.message);
  return static_cast<int>(error.kind);
}

int exitCode(const Result<void> &done) {
  return done ? 0 : reportError(done.error());
}

} // namespace ninc
