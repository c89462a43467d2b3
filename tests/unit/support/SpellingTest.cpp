#include "support/Spelling.h"

#include <array>
#include <gtest/gtest.h>
#include <vector>

namespace ninc {
namespace {

const std::vector<std::string> words{"stride", "pad", "dilation", "groups", "ceil", "floor"};

TEST(Spelling, CountsEachKindOfSlipAsOne) {
  EXPECT_EQ(editDistance("stride", "stride", 9), 0u);
  EXPECT_EQ(editDistance("strid", "stride", 9), 1u);
  EXPECT_EQ(editDistance("sstride", "stride", 9), 1u);
  EXPECT_EQ(editDistance("strike", "stride", 9), 1u);
  EXPECT_EQ(editDistance("srtide", "stride", 9), 1u);
  EXPECT_EQ(editDistance("kitten", "sitting", 9), 3u);
  EXPECT_EQ(editDistance("", "abc", 9), 3u);
}

TEST(Spelling, DoesNotCountUpperCase) {
  EXPECT_EQ(editDistance("ReLU", "relu", 9), 0u);
}

TEST(Spelling, GivesUpBeyondTheLimit) {
  EXPECT_EQ(editDistance("abcdef", "uvwxyz", 2), 3u);
  EXPECT_EQ(editDistance("a", "abcdefgh", 2), 3u);
  EXPECT_EQ(editDistance("ba", "ab", 1), 1u); // the row in the middle of a swap is above the limit
}

TEST(Spelling, ProposesTheClosestWord) {
  EXPECT_EQ(closestSpelling("strid", words), "stride");
  EXPECT_EQ(closestSpelling("dialtion", words), "dilation");
  EXPECT_EQ(closestSpelling("pda", words), "pad");
}

TEST(Spelling, ProposesNothingForAnotherWord) {
  EXPECT_EQ(closestSpelling("softmax", words), std::nullopt);
  EXPECT_EQ(closestSpelling("x", words), std::nullopt);
}

TEST(Spelling, PrefersTheFirstOfEquallyCloseWords) {
  EXPECT_EQ(closestSpelling("pool3", std::array<std::string_view, 2>{"pool1", "pool2"}), "pool1");
}

TEST(Spelling, MakesAHelpLine) {
  EXPECT_EQ(didYouMean("grops", words), "did you mean 'groups'?");
  EXPECT_EQ(didYouMean("softmax", words), "");
}

} // namespace
} // namespace ninc
