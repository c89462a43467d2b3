// What consumers ask of ops, op by op.
#include "ir/ops/OpTraits.h"

#include <gmock/gmock.h>
#include <set>

#include "ir/ops/Ops.h"

namespace ninc {
namespace {

using testing::UnorderedElementsAre;

// One op of each struct. Their attributes make no difference to traits.
std::vector<Op> everyOp() {
  return {
#define NINC_OP(Struct, spelling) Op(Struct{}),
#include "ir/ops/Ops.def"
  };
}

// The spellings of those that have a trait; functions of elements appear as the first of their table.
std::set<std::string_view> with(bool OpTraits::*trait) {
  std::set<std::string_view> spellings;
  for (const Op &op : everyOp())
    if (traitsOf(op).*trait) spellings.insert(spellingOf(op));
  return spellings;
}

TEST(OpTraits, ElementwiseOpsMayOverwriteAnOperand) {
  EXPECT_THAT(with(&OpTraits::elementwise),
              UnorderedElementsAre("relu", "add", "pointwise", "dropout", "batch_norm", "prelu"));
}

TEST(OpTraits, WhatHasANumberAChannelIsNotTheSameAtEveryPlace) {
  EXPECT_THAT(with(&OpTraits::uniform), UnorderedElementsAre("relu", "add", "dropout"));
}

TEST(OpTraits, WhatIsUniformIsElementwise) {
  for (const Op &op : everyOp())
    EXPECT_TRUE(!traitsOf(op).uniform || traitsOf(op).elementwise) << spellingOf(op);
}

TEST(OpTraits, ReshapingOpsKeepEveryElement) {
  EXPECT_THAT(with(&OpTraits::reshaping), UnorderedElementsAre("flatten", "reshape"));
}

TEST(OpTraits, WindowsAndWhatStretchesOperandsSeeRows) {
  EXPECT_THAT(with(&OpTraits::seesRows),
              UnorderedElementsAre("max_pool", "average_pool", "concat", "transpose", "slice", "pad", "add",
                                   "pointwise", "matmul", "resize", "arg_max", "top_k"));
}

TEST(OpTraits, ProductsOfMatricesAndChoicesWalkRows) {
  EXPECT_THAT(with(&OpTraits::rowMajor), UnorderedElementsAre("matmul", "arg_max", "top_k"));
}

TEST(OpTraits, AGraphStartsFromSources) {
  EXPECT_THAT(with(&OpTraits::source), UnorderedElementsAre("input", "constant"));
}

TEST(OpTraits, EveryFunctionOfElementsHasThem) {
  for (std::string_view spelling : {"relu", "leaky_relu", "sigmoid", "tanh", "add", "mul"})
    EXPECT_TRUE(traitsOf(opNamed(spelling).value()).elementwise) << spelling;
}

} // namespace
} // namespace ninc
