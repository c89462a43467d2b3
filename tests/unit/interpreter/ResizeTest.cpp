// Resizes: the weights along one dimension, computed by hand, and ONNX's rules.
#include "tests/unit/interpreter/EvaluateOp.h"

namespace ninc {
namespace {

using Numbers = std::vector<float>;

// A row resized to so many elements.
Numbers resized(Resize op, const Numbers &row, std::int64_t size) {
  op.shape = {size};
  return evaluateOne(op, {{{static_cast<std::int64_t>(row.size())}, row}}).data;
}

Resize by(Interpolation interpolation, ResizeGrid grid) {
  Resize op;
  op.interpolation = interpolation;
  op.grid = grid;
  return op;
}

TEST(Resize, LinearBetweenTwoNeighbours) {
  const Resize halfPixel = by(Interpolation::linear, ResizeGrid::halfPixel);
  // At -0.25, 0.25, 0.75, 1.25: the ends go on.
  EXPECT_EQ(resized(halfPixel, {10, 20}, 4), (Numbers{10, 12.5f, 17.5f, 20}));
  // At 0.5, 2.5.
  EXPECT_EQ(resized(halfPixel, {1, 2, 3, 5}, 2), (Numbers{1.5f, 4}));
  // At 0, 0.5, 1, 1.5.
  EXPECT_EQ(resized(by(Interpolation::linear, ResizeGrid::asymmetric), {10, 20}, 4),
            (Numbers{10, 15, 20, 20}));
  // At 0, 1/2, 1, 3/2, 2.
  EXPECT_EQ(resized(by(Interpolation::linear, ResizeGrid::alignCorners), {10, 20, 40}, 5),
            (Numbers{10, 15, 20, 30, 40}));
}

TEST(Resize, ToOneElement) {
  EXPECT_EQ(resized(by(Interpolation::linear, ResizeGrid::halfPixel), {1, 2, 6}, 1), (Numbers{2}));
  EXPECT_EQ(resized(by(Interpolation::linear, ResizeGrid::pytorchHalfPixel), {1, 2, 6}, 1), (Numbers{1}));
  EXPECT_EQ(resized(by(Interpolation::linear, ResizeGrid::alignCorners), {1, 2, 6}, 1), (Numbers{1}));
  EXPECT_EQ(resized(by(Interpolation::linear, ResizeGrid::asymmetric), {1, 2, 6}, 1), (Numbers{1}));
}

TEST(Resize, ByAScaleThatIsNotTheRatio) {
  Resize op = by(Interpolation::linear, ResizeGrid::halfPixel);
  op.scales = {0.75f}; // 3 of 5: at 1/6, 1.5, 17/6
  EXPECT_EQ(resized(op, {0, 6, 12, 18, 24}, 3), (Numbers{1, 9, 17}));
  op.grid = ResizeGrid::halfPixelSymmetric; // all of them later by 5/2 (1 - 3/3.75) = 0.5
  EXPECT_EQ(resized(op, {0, 6, 12, 18, 24}, 3), (Numbers{4, 12, 20}));
}

TEST(Resize, OfAPart) {
  Resize op = by(Interpolation::linear, ResizeGrid::cropAndResize);
  op.roi = {0.25f, 0.75f}; // at 1, 1.5, 2, 2.5, 3
  EXPECT_EQ(resized(op, {0, 10, 20, 40, 80}, 5), (Numbers{10, 15, 20, 30, 40}));
  EXPECT_EQ(resized(op, {0, 10, 20, 40, 80}, 1), (Numbers{20}));
  op.roi = {-1, 1}; // at -1, 0, 1: the ends go on
  EXPECT_EQ(resized(op, {5, 6}, 3), (Numbers{5, 5, 6}));
  op.interpolation = Interpolation::nearest;
  op.roi = {1, 0};
  EXPECT_EQ(resized(op, {1, 2, 3, 4}, 4), (Numbers{4, 3, 2, 1}));
}

TEST(Resize, ToTheNearestElement) {
  Resize op = by(Interpolation::nearest, ResizeGrid::asymmetric); // at 0, 0.5, 1, 1.5
  EXPECT_EQ(resized(op, {1, 2}, 4), (Numbers{1, 1, 2, 2}));
  op.nearest = NearestRule::preferCeil;
  EXPECT_EQ(resized(op, {1, 2}, 4), (Numbers{1, 2, 2, 2}));
  op.grid = ResizeGrid::alignCorners; // at 0, 2/3, 4/3, 2
  EXPECT_EQ(resized(op, {1, 2, 3}, 4), (Numbers{1, 2, 2, 3}));
  op.nearest = NearestRule::floor;
  EXPECT_EQ(resized(op, {1, 2, 3}, 4), (Numbers{1, 1, 2, 3}));
  op.nearest = NearestRule::ceil;
  EXPECT_EQ(resized(op, {1, 2, 3}, 4), (Numbers{1, 2, 3, 3}));
}

TEST(Resize, ByCubicConvolution) {
  // At 1.5 of 1 2 4 8, a = -0.75: -3/32, 19/32, 19/32, -3/32.
  Resize op = by(Interpolation::cubic, ResizeGrid::alignCorners);
  EXPECT_EQ(resized(op, {1, 2, 4, 8}, 7)[3], (-3 * 1 + 19 * 2 + 19 * 4 - 3 * 8) / 32.0f);
  EXPECT_EQ(resized(op, {1, 2, 4, 8}, 7)[2], 2) << "a place is its own element";
  op.coefficient = -0.5f; // -1/16, 9/16
  EXPECT_EQ(resized(op, {1, 2, 4, 8}, 7)[3], (-1 + 9 * 2 + 9 * 4 - 8) / 16.0f);
  // At 0.5: the element before the first is the first, or has no weight.
  EXPECT_EQ(resized(op, {1, 2, 4, 8}, 7)[1], (-1 + 9 + 9 * 2 - 4) / 16.0f);
  op.excludesOutside = true;
  EXPECT_FLOAT_EQ(resized(op, {1, 2, 4, 8}, 7)[1], (9 + 9 * 2 - 4) / 17.0f);
}

TEST(Resize, AntialiasedIsATriangleAsWideAsTheScale) {
  Resize op = by(Interpolation::linear, ResizeGrid::halfPixel);
  op.antialiases = true;
  // To half: at 0.5 and 2.5 the weights 1/4, 3/4, 3/4, 1/4 of 2.
  const Numbers halves = resized(op, {1, 2, 4, 8}, 2);
  EXPECT_FLOAT_EQ(halves[0], (1 + 3 * 1 + 3 * 2 + 4) / 8.0f);
  EXPECT_FLOAT_EQ(halves[1], (2 + 3 * 4 + 3 * 8 + 8) / 8.0f);
  EXPECT_EQ(resized(op, {10, 20}, 4), (Numbers{10, 12.5f, 17.5f, 20})) << "nothing to do where it grows";
}

TEST(Resize, OfSeveralDimensions) {
  Resize op;
  op.shape = {1, 3, 3};
  op.grid = ResizeGrid::alignCorners;
  expectTensor(evaluateOne(op, {{{1, 2, 2}, {0, 2, 4, 10}}}), {1, 3, 3}, {0, 1, 2, 2, 4, 6, 4, 7, 10});
  op.shape = {3, 2, 1, 2};
  expectTensor(evaluateOne(op, {{{2, 2, 1, 2}, counting(8)}}), {3, 2, 1, 2},
               {1, 2, 3, 4, 3, 4, 5, 6, 5, 6, 7, 8});
}

// Where nothing that counts is left of a place, the edge's element is taken, and no 0 / 0.
TEST(Resize, ACropFarOutsideIsTheEdgeEvenWithoutWhatLiesOutside) {
  for (const Interpolation interpolation : {Interpolation::linear, Interpolation::cubic}) {
    Resize op = by(interpolation, ResizeGrid::cropAndResize);
    op.excludesOutside = true;
    op.roi = {-4, -3};
    EXPECT_EQ(resized(op, {7, 8, 9}, 2), (Numbers{7, 7}));
  }
}

TEST(Resize, OfNoDimensionIsTheOperand) {
  Resize op;
  op.shape = {2, 2};
  op.scales = {1, 1};
  expectTensor(evaluateOne(op, {{{2, 2}, counting(4)}}), {2, 2}, counting(4));
}

} // namespace
} // namespace ninc
