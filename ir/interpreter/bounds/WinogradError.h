// What rounding costs a convolution that is computed by Winograd's transforms instead of plain sums. The
// derivation is in docs/numerics.md.
#pragma once

#include "ir/Winograd.h"

namespace ninc {

// For each output a standard deviation's worth of rounding, in the same measure as a plain sum's (half of
// what is tolerated), before the activation. `sums` is what the layer gives without its activation, bias
// included, for x [C, H, W]; the layer must have a transform for the tile (hasWinograd). Costs about as much
// as a few evaluations of the layer.
Tensor winogradRounding(const ConvLayer &layer, WinogradTile tile, const Tensor &x, const Tensor &sums);

} // namespace ninc
