// What kernels take for granted of a graph's numbers, whatever format they come from.
#pragma once

#include "ir/Graph.h"
#include "support/Diagnostics.h"

namespace ninc {

// Reports parameters that hold a NaN or an infinity, and variances that leave no root to divide by. False if there
// were any.
bool checkNumbers(const Graph &graph, Diagnostics &diagnostics);

} // namespace ninc
