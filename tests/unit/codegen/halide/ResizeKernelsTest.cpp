// Resizes against the reference interpreter: every rule, both layouts, dimensions of any number.
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

constexpr Layout chw = Layout::chw, hwc = Layout::hwc;

Resize to(Shape shape, Interpolation interpolation, ResizeGrid grid = ResizeGrid::halfPixel) {
  Resize op;
  op.shape = std::move(shape);
  op.interpolation = interpolation;
  op.grid = grid;
  return op;
}

TEST(ResizeKernels, OfMapsInEitherLayout) {
  for (const Interpolation interpolation :
       {Interpolation::nearest, Interpolation::linear, Interpolation::cubic})
    for (const Layout from : {chw, hwc})
      for (const Layout layout : {chw, hwc})
        expectAgreement({.op = to({5, 13, 6}, interpolation),
                         .inputs = {maps(5, 7, 9, from)},
                         .outputLayout = layout,
                         .tolerance = interpolation == Interpolation::nearest ? 0 : 2e-6});
}

TEST(ResizeKernels, OnEveryTarget) {
  expectAgreementOnEveryTarget({.op = to({19, 14, 14}, Interpolation::linear, ResizeGrid::alignCorners),
                                .inputs = {maps(19, 7, 7)},
                                .outputLayout = hwc});
  expectAgreementOnEveryTarget(
      {.op = to({3, 5, 21}, Interpolation::cubic), .inputs = {maps(3, 7, 7, chw)}, .outputLayout = chw});
}

TEST(ResizeKernels, OfDimensionsInAnyNumber) {
  for (const Interpolation interpolation : {Interpolation::nearest, Interpolation::linear}) {
    expectAgreement({.op = to({21}, interpolation), .inputs = {vectorOf(8)}});
    expectAgreement({.op = to({5, 4}, interpolation), .inputs = {{ElementType::f32, {3, 7}, chw}}});
    expectAgreement(
        {.op = to({3, 4, 3, 9}, interpolation), .inputs = {{ElementType::f32, {2, 3, 5, 7}, chw}}});
    expectAgreement({.op = to({4, 5, 6}, interpolation), .inputs = {maps(4, 5, 6)}}); // of none
  }
}

TEST(ResizeKernels, OfParts) {
  for (const Interpolation interpolation :
       {Interpolation::nearest, Interpolation::linear, Interpolation::cubic}) {
    Resize op = to({5, 13, 6}, interpolation, ResizeGrid::cropAndResize);
    op.roi = {0, -0.25f, 0.75f, 1, 1.5f, 0.125f};
    expectAgreement({.op = op, .inputs = {maps(5, 7, 9)}, .outputLayout = hwc});
  }
}

// More terms than are written out.
TEST(ResizeKernels, AntialiasedInLoops) {
  for (const Interpolation interpolation : {Interpolation::linear, Interpolation::cubic}) {
    Resize op = to({5, 5, 3}, interpolation);
    op.antialiases = true;
    expectAgreement({.op = op, .inputs = {maps(5, 17, 20)}, .outputLayout = hwc});
    op.shape = {5, 17, 3};
    expectAgreement({.op = op, .inputs = {maps(5, 17, 20, chw)}, .outputLayout = chw});
  }
}

TEST(ResizeKernels, WithoutWhatIsOutside) {
  Resize op = to({3, 9, 9}, Interpolation::cubic);
  op.excludesOutside = true;
  op.scales = {1, 1.85f, 1.85f};
  expectAgreement({.op = op, .inputs = {maps(3, 5, 5)}, .outputLayout = hwc});
}

} // namespace
} // namespace ninc
