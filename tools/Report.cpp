#include "tools/Report.h"

#include "support/StandardStreams.h"

namespace ninc {

void printDiagnostics(const Diagnostics &diagnostics, const ModelSource &source, RemarkPrinting remarks) {
  if (remarks == RemarkPrinting::yes) {
    say("{}", render(diagnostics, source.file, source.text));
    return;
  }
  Diagnostics shown;
  for (const Diagnostic &diagnostic : diagnostics.all())
    if (diagnostic.severity == Severity::error || diagnostic.severity == Severity::warning)
      shown.add(diagnostic);
  say("{}", render(shown, source.file, source.text));
}

void printDiagnostics(const Diagnostics &diagnostics, RemarkPrinting remarks) {
  for (const Diagnostic &diagnostic : diagnostics.all()) {
    if (diagnostic.severity == Severity::warning) warn(diagnostic.message);
    if (diagnostic.severity == Severity::remark && remarks == RemarkPrinting::yes)
      say("ninc: remark: [{}] {}\n", diagnostic.pass, diagnostic.message);
  }
}

void warn(const std::string &text) {
  say("ninc: warning: {}\n", text);
}

Listener printingListener(bool remarks) {
  const RemarkPrinting printing = remarks ? RemarkPrinting::yes : RemarkPrinting::no;
  Listener listener;
  listener.ofModel = [printing](const Diagnostics &diagnostics, const ModelSource &source) {
    printDiagnostics(diagnostics, source, printing);
  };
  listener.ofRest = [printing](const Diagnostics &diagnostics) { printDiagnostics(diagnostics, printing); };
  listener.note = [](const std::string &line) { say("ninc: {}\n", line); };
  return listener;
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
