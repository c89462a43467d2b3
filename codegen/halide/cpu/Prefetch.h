// Prefetching of weights that are read once from beyond the caches.
//
// A whole layer's panel is one stream of memory. While a register tile consumes it, the core's own prefetcher
// keeps up on a quiet machine, but not where neighbours use the memory too, and it stops at the end of a
// page. So the reduction loop asks for what it will read some `bytes` later, one request a cache line.
// Halide's prefetch directive writes a loop of its own for them, which costs more than it gains; hence this
// pass over the lowered code.
#pragma once

#include <Halide.h>
#include <set>
#include <string>

namespace ninc {

// Adds requests to every innermost loop of the pipeline that reads vectors from one of the buffers.
void prefetchStreams(Halide::Pipeline &pipeline, std::set<std::string> buffers, int bytes);

} // namespace ninc
