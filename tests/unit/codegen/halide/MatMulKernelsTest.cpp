// Products of matrices, against the reference interpreter: extents that fill no tile, one matrix with many,
// every layout and schedule.
#include "codegen/schedule/Schedule.h"
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

TensorType matrices(Shape shape) {
  return {ElementType::f32, std::move(shape), Layout::chw};
}

KernelCase product(Shape a, Shape b) {
  return {.op = MatMul{}, .inputs = {matrices(std::move(a)), matrices(std::move(b))}, .tolerance = 1e-5};
}

TEST(MatMulKernels, OfTwoMatrices) {
  expectAgreementOnEveryTarget(product({13, 21}, {21, 37}));
  expectAgreement(product({64, 32}, {32, 64}));
}

TEST(MatMulKernels, OfFewRowsAndColumns) {
  expectAgreement(product({1, 17}, {17, 1}));
  expectAgreement(product({1, 17}, {17, 40}));
  expectAgreement(product({19, 17}, {17, 1}));
  expectAgreement(product({19, 1}, {1, 3}));
}

TEST(MatMulKernels, OfManyPairs) {
  expectAgreementOnEveryTarget(product({3, 9, 5}, {3, 5, 18}));
  expectAgreement(product({2, 3, 7, 5}, {2, 3, 5, 33}));
}

TEST(MatMulKernels, OfOneMatrixWithMany) {
  expectAgreement(product({1, 9, 5}, {3, 5, 18}));
  expectAgreement(product({3, 9, 5}, {1, 5, 18}));
  expectAgreement(product({2, 1, 7, 5}, {1, 3, 5, 17}));
}

TEST(MatMulKernels, InTasks) {
  expectAgreement(product({2, 131, 64}, {2, 64, 133}));
  expectAgreement(product({300, 70}, {70, 70}));
}

// No pass makes such factors; a kernel is right for every type all the same.
TEST(MatMulKernels, OfMapsWithTheirChannelsInnermost) {
  KernelCase test = product({3, 9, 5}, {3, 5, 18});
  test.inputs[0].layout = test.inputs[1].layout = test.outputLayout = Layout::hwc;
  expectAgreement(test);
}

TEST(MatMulKernels, WithEveryTile) {
  const KernelCase test = product({2, 11, 6}, {2, 6, 19});
  const KernelSpec spec = specOf(test, runnableTargets().back());
  for (const int vector : {1, 4})
    for (const int vectors : {1, 3})
      for (const int rows : {1, 2, 5, 11})
        for (const bool parallel : {false, true}) {
          const Schedule schedule{TileSchedule{vector, vectors, rows, parallel}};
          ASSERT_TRUE(checkLegal(spec, schedule));
          expectAgreement(test, spec, schedule);
        }
  EXPECT_FALSE(checkLegal(spec, {TileSchedule{4, 1, 12, false}})) << "more rows than there are";
  EXPECT_FALSE(checkLegal(spec, {TileSchedule{4, 5, 1, false}})) << "more columns";
}

} // namespace
} // namespace ninc
