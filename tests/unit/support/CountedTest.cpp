#include "support/Counted.h"

#include <cstddef>
#include <gtest/gtest.h>

namespace ninc {
namespace {

TEST(Counted, OneIsInTheSingularAndAllElseInThePlural) {
  EXPECT_EQ(counted(1, "thread"), "1 thread");
  EXPECT_EQ(counted(0, "thread"), "0 threads");
  EXPECT_EQ(counted(std::size_t{12}, "thread"), "12 threads");
}

TEST(Counted, AnIrregularPluralIsSaid) {
  EXPECT_EQ(counted(1, "launch", "launches"), "1 launch");
  EXPECT_EQ(counted(3, "launch", "launches"), "3 launches");
}

} // namespace
} // namespace ninc
