// How commands speak: diagnostics and errors to stderr, answers to stdout.
#pragma once

#include "frontend/LoadModel.h"
#include "support/Diagnostics.h"
#include "support/Result.h"

namespace ninc {

enum class RemarkPrinting { no, yes };

// Prints what was collected, remarks only if asked for.
void printDiagnostics(const Diagnostics &diagnostics, const ModelSource &source,
                      RemarkPrinting remarks = RemarkPrinting::no);

// Prints "ninc: error: ..." and returns the exit code of the error's kind.
int reportError(const Error &error);

} // namespace ninc
