// What travels with a bundle's job and comes back with its result.
#pragma once

#include <string>

#include "support/Result.h"
#include "tuner/records/Record.h"

namespace ninc {

// What a result must say of its candidate, in the job's label behind its name.
struct BundleLabel {
  RecordKey key; // without the machine
  std::string kernel, schedule, defaultSchedule;
  double predicted = 0;
};

std::string toText(const BundleLabel &label);

// Reads the label of a result; an error for one that no bundle has.
Result<BundleLabel> parseBundleLabel(const std::string &text);

} // namespace ninc
