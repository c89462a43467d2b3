// Types, windows and layers that tests of ops are made of.
#pragma once

#include <cstdint>
#include <utility>

#include "ir/Types.h"
#include "ir/ops/Ops.h"

namespace ninc {

inline TensorType f32(Shape shape) {
  return {ElementType::f32, std::move(shape), Layout::chw};
}

inline Window window(std::int64_t kernel, std::int64_t stride = 1, std::int64_t pad = 0,
                     std::int64_t dilation = 1) {
  return {{kernel, kernel}, {stride, stride}, {dilation, dilation}, {pad, pad, pad, pad}};
}

inline ConvLayer conv(std::int64_t outChannels, Window at = {}, std::int64_t groups = 1) {
  ConvLayer layer;
  layer.outChannels = outChannels;
  layer.window = at;
  layer.groups = groups;
  return layer;
}

inline Conv2d conv2d(std::int64_t outChannels, Window at, std::int64_t groups = 1) {
  return {conv(outChannels, at, groups)};
}

} // namespace ninc
