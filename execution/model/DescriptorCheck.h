// Whether the numbers of a model's descriptor can be what a compiler wrote: sizes that are positive and fit
// one another, offsets inside the scratch. What follows from them (how much is allocated, what is read where)
// can then be computed without surprise. Pointers can't be checked; following them is what a trial is for
// (execution/model/Trial.h).
#pragma once

#include "runtime/ninc_model.h"
#include "support/Result.h"

namespace ninc {

// The error names the part that is wrong. Reads all that the descriptor points at, names to their ends.
Result<void> checkDescriptor(const ninc_model &model);

} // namespace ninc
