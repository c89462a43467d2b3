// All that there is to run in a library: each of its versions once.
#pragma once

#include <string>
#include <vector>

#include "execution/model/LoadedModel.h"
#include "ir/Graph.h"
#include "support/Result.h"

namespace ninc {

struct LibraryRun {
  std::string target; // of a version for a CPU; empty on a device
  RunShape shape;     // whose images are the version's group, or all of a batch that is fixed
};

// Those that this machine can run, or of the target alone that the environment's NINC_TARGET names. On a
// device, of each size one.
std::vector<LibraryRun> runsOf(const LoadedModel &library);

// Makes it what the library's next runs are.
Result<void> use(LoadedModel &library, const LibraryRun &run);

// "x86-64-v3, size 1, 4 images": what tells it from the other runs of the library; empty if it is the only
// one.
std::string distinction(const LoadedModel &library, const LibraryRun &run);

// The graph, out of those of a model at several sizes, that has the inputs of the library at the run's size;
// null if there is none.
const Graph *graphFor(const LoadedModel &library, const LibraryRun &run,
                      const std::vector<const Graph *> &sizes);

} // namespace ninc
