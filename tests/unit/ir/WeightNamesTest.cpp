#include "ir/WeightNames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ninc {
namespace {

using testing::HasSubstr;

TEST(WeightNames, OnlyThatNameIsBookkeeping) {
  EXPECT_TRUE(isBookkeeping("layer1.0.norm.num_batches_tracked"));
  EXPECT_TRUE(isBookkeeping("num_batches_tracked"));
  EXPECT_FALSE(isBookkeeping("my_num_batches_tracked"));
  EXPECT_FALSE(isBookkeeping("norm.num_batches_tracked.weight"));
  EXPECT_FALSE(isBookkeeping("norm.running_mean"));
}

TEST(WeightNames, APrefixServesHalfOfWhatIsMissing) {
  EXPECT_EQ(commonPrefix({"a.weight", "a.bias"}, {"module.a.weight", "module.a.bias"}), "module.");
  EXPECT_EQ(commonPrefix({"a.weight", "a.bias", "b.bias"}, {"state.model.a.weight", "state.model.a.bias"}),
            "state.model.");
  EXPECT_EQ(commonPrefix({"a.weight", "b.weight", "c.weight"}, {"module.a.weight"}), "");
  EXPECT_EQ(commonPrefix({"scale"}, {"norm.scale"}), "");
  EXPECT_EQ(commonPrefix({}, {"x.y.z"}), "");
  EXPECT_EQ(commonPrefix({"a.weight"}, {}), "");
}

TEST(WeightNames, OtherToolsNamesAreKnown) {
  EXPECT_EQ(foreignName("norm.mean", {"norm.running_mean", "norm.weight"}), "norm.running_mean");
  EXPECT_EQ(foreignName("norm.scale", {"norm.gamma"}), "norm.gamma");
  EXPECT_EQ(foreignName("dense.weight", {"dense.kernel"}), "dense.kernel");
  EXPECT_EQ(foreignName("norm.mean", {"other.running_mean"}), std::nullopt);
  EXPECT_EQ(foreignName("mean", {"running_mean"}), std::nullopt);
}

TEST(WeightNames, NumbersInAnotherOrderAreRecognisedByTheirShape) {
  EXPECT_THAT(shapeHelp({10, 64}, {64, 10}), HasSubstr(".t()"));
  EXPECT_THAT(shapeHelp({8, 3, 5, 7}, {5, 7, 3, 8}), HasSubstr("TensorFlow's order"));
  EXPECT_THAT(shapeHelp({8, 3, 5, 7}, {8, 5, 7, 3}), HasSubstr(".permute(0, 3, 1, 2)"));
  EXPECT_THAT(shapeHelp({8, 3, 5, 7}, {3, 8, 5, 7}), HasSubstr(".transpose(0, 1)"));
  EXPECT_THAT(shapeHelp({16}, {16, 1, 1}), HasSubstr(".reshape(16)"));
  EXPECT_THAT(shapeHelp({16}, {1, 16}), HasSubstr(".reshape(16)"));
  EXPECT_THAT(shapeHelp({10, 48}, {10, 3, 4, 4}), HasSubstr(".reshape(10, 48)"));
  EXPECT_THAT(shapeHelp({10, 48, 1, 1}, {10, 48}), HasSubstr(".reshape(10, 48, 1, 1)"));
  EXPECT_EQ(shapeHelp({10, 48}, {10, 47}), "");
  EXPECT_EQ(shapeHelp({4}, {}), "");
  EXPECT_EQ(shapeHelp({4}, {0}), "");
}

} // namespace
} // namespace ninc
