#include "tests/support/RandomMove.h"

#include <algorithm>

namespace ninc::testing {

namespace {

std::int64_t below(Random &random, std::int64_t bound) {
  return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(bound)));
}

Op randomTranspose(Random &random, const Shape &shape) {
  Transpose transpose;
  for (std::size_t i = 0; i < shape.size(); ++i) // anywhere among those before
    transpose.order.insert(transpose.order.begin() + below(random, static_cast<std::int64_t>(i) + 1),
                           static_cast<std::int64_t>(i));
  return transpose;
}

Op randomSlice(Random &random, const Shape &shape) {
  Slice slice;
  slice.axis = below(random, static_cast<std::int64_t>(shape.size()));
  const std::int64_t extent = shape[static_cast<std::size_t>(slice.axis)];
  slice.from = random.uniform() < 0.3 ? 0 : below(random, extent);
  slice.stride = 1 + below(random, 3);
  slice.size = 1 + below(random, (extent - 1 - slice.from) / slice.stride + 1);
  return slice;
}

Op randomPad(Random &random, const Shape &shape) {
  Pad pad;
  pad.mode = random.uniform() < 0.5 ? PadMode::fill : static_cast<PadMode>(random.below(4));
  if (pad.mode == PadMode::fill && random.uniform() < 0.3)
    pad.fill = static_cast<float>(random.uniform(-1, 1));
  for (Shape *borders : {&pad.before, &pad.behind})
    for (std::int64_t extent : shape)
      borders->push_back(random.uniform() < 0.5 ? 0 : below(random, std::min<std::int64_t>(extent, 3)));
  if (random.uniform() < 0.5) pad.before.front() = pad.behind.front() = 0; // as windows have it
  return pad;
}

} // namespace

Op randomMove(Random &random, const Shape &shape) {
  switch (random.below(3)) {
  case 0:
    return randomTranspose(random, shape);
  case 1:
    return randomSlice(random, shape);
  default:
    return randomPad(random, shape);
  }
}

} // namespace ninc::testing
