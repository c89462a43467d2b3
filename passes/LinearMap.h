// The algebra behind folding: a convolution or dense layer without activation is an affine map, and affine
// maps compose into one. Sums are doubles, rounded to f32 once at the end, so that a folded network differs
// from the written one by rounding only.
#pragma once

#include <optional>
#include <vector>

#include "ir/Graph.h"

namespace ninc {

// y = weight x + bias at one position. weight is [O, I] or [O, I, kH, kW], bias [O] or null for zero.
struct LinearMap {
  Parameter weight;
  Parameter bias;
};

// y[c] = scale[c] * x[c] + shift[c].
struct ChannelAffine {
  std::vector<double> scale, shift;
};

// What a batch_norm, a neg, or an add, sub, mul or div whose second operand is a constant with one number a
// channel (or one for all), does to operand 0. None for other nodes, when a parameter is unbound, when the
// operand's shape is stretched, and when a factor isn't a finite number (a variance of -epsilon).
std::optional<ChannelAffine> channelAffineOf(const Graph &graph, Node node);

// The affine map with which an op ends: a conv2d's or dense's, or that of an mlpconv's last layer. None when
// an activation or an epilogue comes after it or a parameter is unbound.
std::optional<LinearMap> trailingMap(const Op &op);
Op withTrailingMap(Op op, LinearMap map);

// The affine map with which an op begins, for any kernel extent and one group.
std::optional<LinearMap> leadingMap(const Op &op);
Op withLeadingMap(Op op, LinearMap map);

// `layer`'s weights and bias; none if they are unbound.
std::optional<LinearMap> linearMapOf(const ConvLayer &layer);

// Below: none when a result isn't a finite f32, or when all that an output has of its input would become
// denormal: the steps taken one by one keep it in range.

// affine after map, channel by channel.
std::optional<LinearMap> followedBy(const LinearMap &map, const ChannelAffine &affine);

// map after affine. For a convolution this is true only where its window reads no padding: there the affine
// map's shift would be missing.
std::optional<LinearMap> precededBy(const LinearMap &map, const ChannelAffine &affine);

// second after first. One of the two must have a 1x1 kernel (or none, being dense); the result has the
// kernel of the other. If first has a bias, second's window must read no padding.
std::optional<LinearMap> compose(const LinearMap &first, const LinearMap &second);

} // namespace ninc
