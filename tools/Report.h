// How commands speak: diagnostics and errors to stderr, answers to stdout.
#pragma once

#include <string>

#include "driver/Listener.h"
#include "support/Diagnostics.h"
#include "support/Result.h"

namespace ninc {

enum class RemarkPrinting { no, yes };

// Prints what is said about a model's text, remarks only if asked for.
void printDiagnostics(const Diagnostics &diagnostics, const ModelSource &source,
                      RemarkPrinting remarks = RemarkPrinting::no);

// The same for what is said of anything else: "ninc: warning: ...", in the order in which it was said.
void printDiagnostics(const Diagnostics &diagnostics, RemarkPrinting remarks = RemarkPrinting::no);

// "ninc: warning: ..."
void warn(const std::string &text);

// Prints what it hears.
Listener printingListener(bool remarks);

// Prints "ninc: error: ..." and returns the exit code of the error's kind. An error without a message has
// been printed before, as diagnostics.
int reportError(const Error &error);

// The exit code of a command that has nothing to say but its error.
int exitCode(const Result<void> &done);

} // namespace ninc
