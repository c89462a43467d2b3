// A library compared with its model on several inputs: one set of them can miss a fault.
#pragma once

#include <cstdint>
#include <vector>

#include "driver/Signature.h"
#include "execution/verify/Verification.h"
#include "support/Diagnostics.h"
#include "support/Result.h"

namespace ninc {

// Random inputs number `sample`, [batch, shape...] each: normal numbers, as a normalised image has them, and
// in every second sample numbers from 0 to 1, as a scaled one has. Equal seeds, equal numbers, on every
// machine.
std::vector<Tensor> randomInputs(const Signature &signature, std::uint64_t seed, int sample);

// Of each layer what is worst on any of the sets, of which there is at least one. Warns of numbers that
// kernels can't promise anything for.
Result<Verification> verifySamples(const Graph &model, LoadedModel &library,
                                   const std::vector<std::vector<Tensor>> &sets, Diagnostics &diagnostics);

} // namespace ninc
