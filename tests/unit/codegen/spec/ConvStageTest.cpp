#include "codegen/spec/ConvStage.h"

#include <gtest/gtest.h>

#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

ConvLayer layer(std::int64_t outputs, std::int64_t kernel, std::int64_t groups = 1) {
  return {outputs, {{kernel, kernel}, {1, 1}, {1, 1}, {}}, groups, true, {}, nullptr, nullptr};
}

TEST(ConvStage, OfAnMlpconvIsItsLayersAndItsEpilogue) {
  const Mlpconv mlpconv{{layer(16, 3), layer(8, 1)}, GapEpilogue{true, false}};
  const std::optional<ConvStage> stage = stageOf(mlpconv, {maps(4, 9, 9)});
  ASSERT_TRUE(stage);
  EXPECT_EQ(stage->firstWindow, FirstWindow::dense);
  EXPECT_EQ(stage->layers, mlpconv.layers);
  EXPECT_EQ(stage->epilogue, mlpconv.epilogue);
  EXPECT_EQ(stage->pointwiseLayers(), 1U);
}

TEST(ConvStage, OfALoneConvolutionHasNoPointwiseLayersAndNoEpilogue) {
  const std::optional<ConvStage> stage = stageOf(Conv2d{layer(16, 3)}, {maps(4, 9, 9)});
  ASSERT_TRUE(stage);
  EXPECT_EQ(stage->firstWindow, FirstWindow::dense);
  EXPECT_EQ(stage->first(), layer(16, 3));
  EXPECT_EQ(stage->pointwiseLayers(), 0U);
  EXPECT_EQ(stage->epilogue, Epilogue(NoEpilogue{}));
}

TEST(ConvStage, BeginsWithADepthwiseWindowWhereEachChannelIsAGroup) {
  const std::optional<ConvStage> stage = stageOf(Conv2d{layer(8, 3, 4)}, {maps(4, 9, 9)});
  ASSERT_TRUE(stage);
  EXPECT_EQ(stage->firstWindow, FirstWindow::depthwise);
  // One channel in one group is a dense window over it.
  EXPECT_EQ(stageOf(Conv2d{layer(8, 3)}, {maps(1, 9, 9)})->firstWindow, FirstWindow::dense);
}

TEST(ConvStage, IsNeitherAConvolutionInGroupsOfSeveralChannelsNorAnotherOp) {
  EXPECT_FALSE(stageOf(Conv2d{layer(8, 3, 2)}, {maps(4, 9, 9)}));
  EXPECT_FALSE(stageOf(Dense{8, true, {}, nullptr, nullptr}, {vectorOf(4)}));
  EXPECT_FALSE(stageOf(Unary{UnaryKind::relu}, {maps(4, 9, 9)}));
}

} // namespace
} // namespace ninc
