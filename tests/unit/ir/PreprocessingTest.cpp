// What is done to an input's numbers, in numbers that people have in their papers.
#include "ir/Preprocessing.h"

#include <gtest/gtest.h>

#include "ir/Types.h"

namespace ninc {
namespace {

TEST(Preprocessing, IsNoneUnlessItSaysSomething) {
  EXPECT_TRUE(isNone({}));
  EXPECT_EQ(toString(Preprocessing{}), "");
  EXPECT_EQ(lineOf({}, 2), (ChannelLine{0, 1}));
  EXPECT_FALSE(isNone({.unit = true, .mean = {}, .scale = {}}));
  EXPECT_FALSE(isNone({.mean = {}, .scale = {}, .reversed = true}));
}

TEST(Preprocessing, SubtractsTheMeanAndScalesAsCaffeDoes) {
  const Preprocessing caffe{.mean = {104, 117, 123}, .scale = {0.5f}, .reversed = true};
  EXPECT_EQ(lineOf(caffe, 0), (ChannelLine{104, 0.5}));
  EXPECT_EQ(lineOf(caffe, 2), (ChannelLine{123, 0.5}));
  EXPECT_EQ(toString(caffe), "mean 104, 117, 123 scale 0.5 bgr");
}

// (x / 255 - 0.485) / 0.229 is (x - 123.675) / 58.395.
TEST(Preprocessing, OfTheUnitIntervalDividesByDeviationsAsPyTorchDoes) {
  const Preprocessing torch{
      .unit = true, .mean = {0.485f, 0.456f, 0.406f}, .scale = {0.229f, 0.224f, 0.225f}, .divides = true};
  EXPECT_NEAR(lineOf(torch, 0).mean, 123.675, 1e-5);
  EXPECT_NEAR(lineOf(torch, 0).factor, 1 / 58.395, 1e-8);
  EXPECT_NEAR(lineOf(torch, 1).factor, 1 / 57.12, 1e-8);
  EXPECT_EQ(toString(torch), "unit mean 0.485, 0.456, 0.406 std 0.229, 0.224, 0.225");
}

TEST(Preprocessing, KnowsWhetherChannelsAreAlike) {
  EXPECT_TRUE(isAlike({.mean = {128}, .scale = {}}));
  EXPECT_TRUE(isAlike({.mean = {7, 7, 7}, .scale = {2}}));
  EXPECT_FALSE(isAlike({.mean = {7, 7, 8}, .scale = {}}));
}

TEST(Types, AnInputsShapeInMemoryIsTheApplications) {
  const TensorType pixels{ElementType::u8, {3, 224, 160}, Layout::hwc, {.mean = {128}, .scale = {}}};
  EXPECT_EQ(shapeInMemory(pixels), (Shape{224, 160, 3}));
  EXPECT_EQ(byteCount(pixels), 3 * 224 * 160);
  EXPECT_EQ(toString(pixels), "u8[3, 224, 160] hwc mean 128");
  EXPECT_TRUE(isAsApplicationsHave(pixels));
  EXPECT_TRUE(isAsApplicationsHave({ElementType::u8, {4}}));
  EXPECT_FALSE(isAsApplicationsHave({ElementType::f32, {3, 4, 5}, Layout::hwc}));
}

} // namespace
} // namespace ninc
