// What there is to say while something longer is done, for whoever wants to hear it as it comes: a compile
// takes seconds and a tuning hours. Nothing in driver/ prints; a command prints what it hears, a program may
// collect it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "frontend/LoadModel.h"
#include "passes/Passes.h"
#include "support/Diagnostics.h"

namespace ninc {

// All are called from the thread that works, in the order in which things happen.
struct Listener {
  // About the model's text: of the parser, the passes, and who chooses schedules. Remarks are among them.
  std::function<void(const Diagnostics &, const ModelSource &)> ofModel = [](const auto &, const auto &) {};
  // About what is beside the model, databases or the cache: without a place in a text.
  std::function<void(const Diagnostics &)> ofRest = [](const auto &) {};
  // A line about what is being done.
  std::function<void(const std::string &)> note = [](const auto &) {};
  // After each pass, and after all of them.
  std::function<void(const Pass &, const Graph &, bool changed)> afterPass;
  std::function<void(const std::vector<PassTiming> &)> afterPasses = [](const auto &) {};
};

} // namespace ninc
