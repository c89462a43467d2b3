#include "tests/support/RandomMove.h"

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

} // namespace

Op randomMove(Random &random, const Shape &shape) {
  return random.uniform() < 0.5 ? randomTranspose(random, shape) : randomSlice(random, shape);
}

} // namespace ninc::testing
