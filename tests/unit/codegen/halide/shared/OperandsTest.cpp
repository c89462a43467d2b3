// Elements as memory keeps them, and the f32 that kernels compute with. The halves of OpenCL, which are bits
// there, run on this CPU.
#include "codegen/halide/shared/Operands.h"

#include <bit>
#include <gmock/gmock.h>

#include "codegen/target/Targets.h"

namespace ninc {
namespace {

using Halide::Buffer;
using Halide::Func;
using Halide::Var;
using testing::ElementsAre;

KernelSpec specFor(const char *targets) {
  KernelSpec spec{Unary{UnaryKind::relu},
                  {{ElementType::f16, {8}, Layout::chw}},
                  {{ElementType::f16, {8}, Layout::chw}},
                  Target{}};
  if (auto parsed = parseTargets(targets); parsed && !parsed->devices.empty())
    spec.target = parsed->devices.front();
  return spec;
}

std::vector<std::uint16_t> asHalves(const std::vector<float> &numbers) {
  Buffer<float> from(static_cast<int>(numbers.size()));
  std::copy(numbers.begin(), numbers.end(), from.begin());
  Func kept("kept");
  const Var i("i");
  kept(i) = toKept(from(i), ElementType::f16, specFor("x86-64-v2+opencl"));
  const Buffer<std::uint16_t> made = kept.realize({from.width()});
  return {made.begin(), made.end()};
}

TEST(ElementTypes, AreKeptAsTheMachineCan) {
  EXPECT_EQ(keptAs(ElementType::f32, specFor("x86-64-v3")), Halide::Float(32));
  EXPECT_EQ(keptAs(ElementType::f32, specFor("x86-64-v2+opencl")), Halide::Float(32));
  EXPECT_EQ(keptAs(ElementType::f16, specFor("x86-64-v2+opencl")), Halide::UInt(16));
  EXPECT_EQ(keptAs(ElementType::f16, specFor("x86-64-v2+sm_80")), Halide::Float(16));
}

// IEEE 754: 1 is 0x3c00, its last place 2^-10; 65504 is the largest, 0x7bff.
TEST(ElementTypes, HalvesAreTheNearestTiesToEven) {
  EXPECT_THAT(asHalves({1, -1, 1 + 0x1p-10f, 1 + 0x1p-11f, 1 + 0x3p-11f, 0.0f}),
              ElementsAre(0x3c00, 0xbc00, 0x3c01, 0x3c00, 0x3c02, 0));
}

TEST(ElementTypes, HalvesBeyondTheLargestAreTheLargest) {
  EXPECT_THAT(asHalves({65504, 65520, 3e38f, -3e38f}), ElementsAre(0x7bff, 0x7bff, 0x7bff, 0xfbff));
}

TEST(ElementTypes, EveryNormalHalfComesBack) {
  constexpr int smallestNormal = 0x0400, infinity = 0x7c00;
  Func again("again");
  const Var i("i"), sign("sign");
  const Halide::Expr bits = Halide::cast<std::uint16_t>(i + sign * 0x8000);
  again(i, sign) = toKept(fromKept(bits), ElementType::f16, specFor("x86-64-v2+opencl"));
  Buffer<std::uint16_t> made(infinity - smallestNormal, 2);
  made.set_min(smallestNormal, 0);
  again.realize(made);
  for (int negative = 0; negative < 2; ++negative)
    for (int half = smallestNormal; half < infinity; ++half)
      ASSERT_EQ(made(half, negative), half + negative * 0x8000);
}

TEST(OperandViews, OfConstantsAreTheSameForAllImages) {
  KernelSpec spec = specFor("x86-64-v2+opencl");
  spec.images = 3;
  spec.constants = {0};
  const std::vector<Dimension> view = operandView(spec, 0, lineOfEach(spec.inputs[0], spec));
  ASSERT_EQ(view.size(), 2u);
  EXPECT_EQ(view[1].extent, 3);
  EXPECT_EQ(view[1].stride, 0);
}

// [2, 3, 4] channels innermost.
TEST(OperandViews, HaveImagesOnDevicesAlone) {
  const TensorType maps{ElementType::f32, {2, 3, 4}, Layout::hwc};
  KernelSpec cpu = specFor("x86-64-v3"), device = specFor("x86-64-v2+opencl");
  device.images = 5;
  const auto extents = [](const std::vector<Dimension> &view) {
    std::vector<std::int64_t> all;
    for (const Dimension &dimension : view)
      all.insert(all.end(), {dimension.extent, dimension.stride});
    return all;
  };
  EXPECT_THAT(extents(lineView(maps, cpu)), ElementsAre(24, 1));
  EXPECT_THAT(extents(lineView(maps, device)), ElementsAre(120, 1));
  EXPECT_THAT(extents(channelView(maps, cpu)), ElementsAre(2, 1, 12, 2));
  EXPECT_THAT(extents(channelView(maps, device)), ElementsAre(2, 1, 12, 2, 5, 24));
  EXPECT_THAT(extents(logicalView(maps, device)), ElementsAre(2, 1, 3, 8, 4, 2, 5, 24));
}

} // namespace
} // namespace ninc
