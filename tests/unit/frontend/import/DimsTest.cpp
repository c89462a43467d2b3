// How many elements extents make, and which are no tensor's.
#include <gtest/gtest.h>
#include <optional>

#include "frontend/import/Dims.h"

namespace ninc {
namespace {

std::optional<std::int64_t> elementsOf(const Dims &dims) {
  std::int64_t count = -1;
  return countElements(dims, count) ? std::optional(count) : std::nullopt;
}

TEST(Dims, Multiply) {
  EXPECT_EQ(elementsOf({}), 1);
  EXPECT_EQ(elementsOf({2, 3, 4}), 24);
  EXPECT_EQ(elementsOf({3, 0, 4}), 0);
  EXPECT_EQ(elementsOf({mostElements}), mostElements);
  EXPECT_EQ(elementsOf({mostElements, 1, 0}), 0);
}

TEST(Dims, BeyondWhatCanBeAddressedAreNone) {
  EXPECT_EQ(elementsOf({-1}), std::nullopt);
  EXPECT_EQ(elementsOf({mostElements + 1}), std::nullopt);
  EXPECT_EQ(elementsOf({1 << 15, 1 << 15}), std::nullopt);
}

// Steps between elements are products of extents too, and are taken of what has no elements.
TEST(Dims, BeyondThatAreNoneWhereverTheZeroIs) {
  for (std::size_t place = 0; place < 4; ++place) {
    Dims dims(4, 1 << 28);
    dims[place] = 0;
    EXPECT_EQ(elementsOf(dims), std::nullopt) << place;
  }
}

} // namespace
} // namespace ninc
