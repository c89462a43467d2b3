// A finished tuning as one page for people: what it gained, how each search went, how good the predictions
// were.
#pragma once

#include <string>

#include "tuner/session/Summary.h"

namespace ninc {

// A whole HTML page that is also well-formed XML. It loads nothing and runs nothing: styles and plots are
// within it, so it can be mailed and kept. Numbers that aren't positive (or aren't numbers) count as not
// measured.
std::string htmlReport(const TuningSummary &summary);

} // namespace ninc
