// How `ninc show` prints what becomes of a model's ops on each target.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "driver/ProgramListing.h"

namespace ninc {

// To stdout.
void printTargets(const std::vector<TargetListing> &targets);

// The same for programs: an array, one object a target.
nlohmann::json toJson(const std::vector<TargetListing> &targets);

} // namespace ninc
