// Networks that tests of this floor optimize, built without a text so that a test of the passes doesn't
// depend on the parser.
#pragma once

#include "ir/Graph.h"

namespace ninc::networks {

// Network In Network for CIFAR-10 (Lin, Chen, Yan 2013) as an importer delivers it: nine conv2d, nine relu,
// two max_pool (3x3 stride 2, ceil), two dropout, an average pool over the whole 8x8 map, flatten, softmax.
// Parameters are unbound. The output is `prob`.
Graph ninCifar10();

} // namespace ninc::networks
