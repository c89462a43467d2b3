// How a device's kernels see values: as on the CPU, with the batch as one more dimension, since one launch
// computes all images.
#pragma once

#include "codegen/halide/Views.h"

namespace ninc {

// `view` of one image's value, and images behind it.
std::vector<Dimension> withImages(std::vector<Dimension> view, const TensorType &type, std::int64_t images);

// All elements of all images, in memory order.
std::vector<Dimension> batchLineView(const TensorType &type, std::int64_t images);

// (channel, pixel, image), (channel, row, column, image) or (element, image): the first and second for maps.
std::vector<Dimension> batchChannelView(const TensorType &type, std::int64_t images);
std::vector<Dimension> batchLogicalView(const TensorType &type, std::int64_t images);

// Arguments whose scratch lies as devices want it.
Arguments deviceArguments();

} // namespace ninc
