// Each test breaks one invariant of lowered graphs and sees that number come back.
#include "passes/LoweredGraph.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "passes/Passes.h"

namespace ninc {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Layout chw = Layout::chw, hwc = Layout::hwc;

// x -> a -> y, each f32[2, 4, 4]; y is the output.
class LoweredGraphTest : public ::testing::Test {
protected:
  Graph graph{"small"};
  Value x, a, y;

  LoweredGraphTest() {
    x = add(Input{{ElementType::f32, {2, 4, 4}, chw}}, {}, "x");
    a = add(stage(1), {x}, "a");
    y = add(Unary{UnaryKind::relu}, {a}, "y");
    EXPECT_TRUE(graph.addOutput(y));
    graph.setLayout(a, hwc);
  }

  Value add(Op op, std::vector<Value> operands, std::string name) {
    return graph.result(graph.append(std::move(op), operands, {std::move(name)}).value());
  }

  static Parameter tensor(Shape shape) {
    Tensor result{std::move(shape), {}};
    result.data.assign(static_cast<std::size_t>(elementCount(result.shape)), 0.5f);
    return std::make_shared<const Tensor>(std::move(result));
  }

  static ConvLayer pointwise() { return {2, {}, 1, true, {}, tensor({2, 2, 1, 1}), tensor({2})}; }

  static Mlpconv stage(std::size_t layers) { return {std::vector<ConvLayer>(layers, pointwise()), {}}; }

  // Puts another op in a's place.
  void replace(Op op) { ASSERT_TRUE(graph.replaceOp(a.node, std::move(op))); }
};

auto broken(int invariant, const std::string &message) {
  return ElementsAre(AllOf(Field("invariant", &Violation::invariant, invariant),
                           Field("message", &Violation::message, HasSubstr(message))));
}

TEST_F(LoweredGraphTest, AReadyGraphHasNoViolations) {
  EXPECT_THAT(verifyLowered(graph), IsEmpty());
  EXPECT_TRUE(checkPromises(graph));
  EXPECT_TRUE(checkReadyToLower(graph));
}

TEST_F(LoweredGraphTest, Invariant1ParametersAreBound) {
  Mlpconv unbound = stage(1);
  unbound.layers[0].bias = nullptr;
  replace(unbound);
  EXPECT_THAT(verifyLowered(graph), broken(1, "'a' has no numbers for its 0.bias"));
  EXPECT_TRUE(checkPromises(graph)) << "passes may run before numbers are there";
}

TEST_F(LoweredGraphTest, Invariant2WhatIsSeenFromOutsideIsRowMajor) {
  graph.setLayout(y, hwc);
  EXPECT_THAT(verifyLowered(graph), broken(2, "'y' is seen from outside"));
}

TEST_F(LoweredGraphTest, Invariant3WhatLiesBetweenKernelsHasItsChannelsInnermost) {
  graph.setLayout(a, chw);
  EXPECT_THAT(verifyLowered(graph), broken(3, "'a' lies between kernels"));
}

TEST_F(LoweredGraphTest, Invariant3WhatIsWalkedByRowsIsRowMajor) {
  Graph product("product");
  const auto add = [&](Op op, std::vector<Value> operands, std::string name) {
    return product.result(product.append(std::move(op), operands, {std::move(name)}).value());
  };
  const Value input = add(Input{{ElementType::f32, {2, 4, 4}, chw}}, {}, "x");
  const Value factor = add(Unary{UnaryKind::relu}, {input}, "a");
  const Value multiplied = add(MatMul{}, {factor, factor}, "b");
  const Value reader = add(Unary{UnaryKind::relu}, {multiplied}, "c");
  EXPECT_TRUE(product.addOutput(add(Unary{UnaryKind::relu}, {reader}, "y")));
  EXPECT_THAT(verifyLowered(product), IsEmpty());
  for (const Value value : {factor, multiplied, reader}) {
    product.setLayout(value, hwc);
    EXPECT_THAT(verifyLowered(product), broken(3, "is walked by rows and isn't row-major"));
    product.setLayout(value, chw);
  }
}

TEST_F(LoweredGraphTest, Invariant4NoDropout) {
  replace(Dropout{});
  EXPECT_THAT(verifyLowered(graph), broken(4, "'a' is a dropout"));
}

TEST_F(LoweredGraphTest, Invariant5NoConvolutionOfOneGroup) {
  replace(Conv2d{pointwise()});
  EXPECT_THAT(verifyLowered(graph), broken(5, "'a' is a conv2d of one group"));
  ConvLayer depthwise = pointwise();
  depthwise.groups = 2;
  depthwise.weight = tensor({2, 1, 1, 1});
  replace(Conv2d{depthwise});
  EXPECT_THAT(verifyLowered(graph), IsEmpty());
}

TEST_F(LoweredGraphTest, Invariant6StagesHaveNoMoreLayersThanAKernelMay) {
  replace(stage(mostStageLayers));
  EXPECT_THAT(verifyLowered(graph), IsEmpty());
  replace(stage(mostStageLayers + 1));
  EXPECT_THAT(verifyLowered(graph), broken(6, "'a' has 9 layers"));
}

TEST_F(LoweredGraphTest, Invariant7ConcatsHaveNoMoreOperandsThanAKernelMay) {
  for (const std::size_t operands : {mostConcatOperands, mostConcatOperands + 1}) {
    const Value all = add(Concat{0}, std::vector<Value>(operands, a), fmt::format("all{}", operands));
    ASSERT_TRUE(graph.addOutput(all));
  }
  EXPECT_THAT(verifyLowered(graph), broken(7, "'all33' has 33 operands"));
}

TEST_F(LoweredGraphTest, Invariant8EveryNodeReachesAnOutput) {
  const Value idle = add(Unary{UnaryKind::relu}, {a}, "idle");
  graph.setLayout(idle, hwc);
  add(Input{{ElementType::f32, {3}, chw}}, {}, "unread");
  EXPECT_THAT(verifyLowered(graph), broken(8, "'idle' reaches no output"));
}

TEST_F(LoweredGraphTest, ADefectIsToldWithItsNumber) {
  graph.setLayout(y, hwc);
  const Result<void> ready = checkReadyToLower(graph);
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().kind, ErrorKind::internal);
  EXPECT_THAT(ready.error().message, HasSubstr("invariant 2 of lowered graphs: 'y'"));
}

// What tests lower as it stands: kernels exist for it.
TEST_F(LoweredGraphTest, PromisesOfThePipelineAreNotNeededByLowering) {
  replace(Dropout{});
  EXPECT_TRUE(checkReadyToLower(graph));
  EXPECT_FALSE(checkPromises(graph));
}

TEST_F(LoweredGraphTest, ThePipelineKeepsItsPromises) {
  replace(Conv2d{pointwise()});
  add(Dropout{}, {y}, "idle");
  graph.setLayout(a, chw);
  Diagnostics diagnostics;
  PassContext context{diagnostics};
  const Result<void> ran = runPipeline(graph, context);
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_THAT(verifyLowered(graph), IsEmpty());
}

} // namespace
} // namespace ninc
