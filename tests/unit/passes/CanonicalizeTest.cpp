// What canonicalize makes of constants' numbers, which its file tests can't say.
#include <gtest/gtest.h>

#include "ir/Verifier.h"
#include "passes/Passes.h"

namespace ninc {
namespace {

class Neutral : public ::testing::Test {
protected:
  Value append(Op op, std::vector<Value> operands) {
    return graph.result(graph.append(std::move(op), operands).value());
  }
  Value constant(Shape shape, float number) {
    Tensor tensor{shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)), number)};
    return append(Constant{shape, std::make_shared<const Tensor>(std::move(tensor))}, {});
  }

  // How many ops are left of the input, a sine, the constant, the op and an exponential function.
  std::size_t leftOf(BinaryKind kind, Value a, Value b) {
    const Value y = append(Binary{kind}, {a, b});
    EXPECT_TRUE(graph.addOutput(append(usual(UnaryKind::exp), {y})));
    Diagnostics diagnostics;
    PassContext context{diagnostics};
    canonicalize(graph, context);
    EXPECT_TRUE(verify(graph).empty());
    return graph.nodeCount();
  }

  Graph graph{"net"};
  Value image = append(Input{{ElementType::f32, {2, 1, 3}, Layout::chw}}, {});
  Value x = append(usual(UnaryKind::sin), {image});
};

TEST_F(Neutral, ZerosAddedGo) {
  EXPECT_EQ(leftOf(BinaryKind::add, constant({2, 1, 1}, 0), x), 3u);
}
TEST_F(Neutral, ZerosSubtractedGo) {
  EXPECT_EQ(leftOf(BinaryKind::sub, x, constant({1, 1, 1}, 0)), 3u);
}
TEST_F(Neutral, OnesAsFactorsGo) {
  EXPECT_EQ(leftOf(BinaryKind::mul, x, constant({2, 1, 3}, 1)), 3u);
}
TEST_F(Neutral, OnesAsDivisorsGo) {
  EXPECT_EQ(leftOf(BinaryKind::div, x, constant({1, 1, 1}, 1)), 3u);
}
TEST_F(Neutral, WhatComesFirstInADifferenceStays) {
  EXPECT_EQ(leftOf(BinaryKind::sub, constant({1, 1, 1}, 0), x), 5u);
}
TEST_F(Neutral, OtherNumbersStay) {
  EXPECT_EQ(leftOf(BinaryKind::mul, x, constant({1, 1, 1}, 2)), 5u);
}
TEST_F(Neutral, WhatStretchesStays) {
  EXPECT_EQ(leftOf(BinaryKind::mul, x, constant({2, 4, 3}, 1)), 5u);
}

} // namespace
} // namespace ninc
