// A Winograd kernel in f32, simulated: what the error bound of Winograd convolutions is held against.
#pragma once

#include <random>

#include "ir/Winograd.h"

namespace ninc::testing {

// The two transforms of a tile; a test may damage them.
struct TileTransforms {
  WinogradTransform rows, columns;
};

TileTransforms transformsOf(const ConvLayer &layer, WinogradTile tile);

// The layer (no activation or relu) for x [C, H, W]: everything in f32 with fused multiply-adds but the
// filters' transform, which is rounded once; rows before columns; the channels of each sum in one shuffled
// order. Tiles begin at output (0, 0) and read zeros beyond the map.
Tensor convolveByWinograd(const ConvLayer &layer, const TileTransforms &transforms, const Tensor &x,
                          std::mt19937 &random);

} // namespace ninc::testing
