// What is an mlpconv stage among convolutions, and what isn't.
#include "passes/Tidy.h"

#include <gtest/gtest.h>

#include "frontend/text/Parser.h"
#include "ir/Printer.h"

namespace ninc {
namespace {

// The ops of y = f (g x) after joinStages, as printOp has them, a line each.
std::string joined(const std::string &ops) {
  const std::string text = "model m\nx = input f32[3, 9, 9]\n" + ops;
  Diagnostics diagnostics;
  std::optional<Graph> graph = parseModel(text, diagnostics);
  EXPECT_TRUE(graph) << render(diagnostics, "", text);
  PassContext context{diagnostics};
  const std::string before = print(*graph);
  const bool changed = joinStages(*graph, context);
  EXPECT_EQ(changed, print(*graph) != before);
  std::string lines;
  for (Node node : graph->topologicalOrder())
    if (!graph->as<Input>(node)) lines += printOp(graph->op(node)) + "\n";
  return lines;
}

TEST(JoinStages, AConvolutionAndThe1x1ConvolutionsBehindIt) {
  EXPECT_EQ(joined("a = conv2d x 5x5 pad 2 -> 8 relu\nb = conv2d a 1x1 -> 6 relu\ny = conv2d b 1x1 -> 4 "
                   "relu\noutput y\n"),
            "mlpconv [conv 5x5 pad 2 -> 8, 6, 4]\n");
}
TEST(JoinStages, TheLastMayHaveNoActivation) {
  EXPECT_EQ(
      joined("a = conv2d x 3x3 -> 8 relu\nb = conv2d a 1x1 -> 6 relu\ny = conv2d b 1x1 -> 4\noutput y\n"),
      "mlpconv [conv 3x3 -> 8, 6, 4 none]\n");
}
TEST(JoinStages, WhatFollowsOneWithoutActivationIsAnother) {
  EXPECT_EQ(joined("a = conv2d x 3x3 -> 8 relu\nb = conv2d a 1x1 -> 6 relu\nc = conv2d b 1x1 -> 4\n"
                   "y = conv2d c 1x1 -> 8 relu\noutput y\n"),
            "mlpconv [conv 3x3 -> 8, 6, 4 none]\nconv2d 1x1 -> 8 relu\n");
}
TEST(JoinStages, TwoInARow) {
  EXPECT_EQ(joined("a = conv2d x 3x3 -> 8 relu\nb = conv2d a 1x1 -> 6 relu\nc = conv2d b 3x3 -> 4 relu\n"
                   "y = conv2d c 1x1 -> 8 relu\noutput y\n"),
            "mlpconv [conv 3x3 -> 8, 6]\nmlpconv [conv 3x3 -> 4, 8]\n");
}
TEST(JoinStages, EndWhereAKernelDoes) {
  std::string ops = "a0 = conv2d x 3x3 -> 2 relu\n";
  for (int i = 1; i < 10; ++i)
    ops += "a" + std::to_string(i) + " = conv2d a" + std::to_string(i - 1) + " 1x1 -> 2 relu\n";
  EXPECT_EQ(joined(ops + "output a9\n"),
            "mlpconv [conv 3x3 -> 2, 2, 2, 2, 2, 2, 2, 2]\nconv2d 1x1 -> 2 relu\nconv2d 1x1 -> 2 relu\n");
}

TEST(JoinStages, NotABottleneck) {
  EXPECT_EQ(joined("a = conv2d x 3x3 -> 8 relu\ny = conv2d a 1x1 -> 6\noutput y\n"),
            "conv2d 3x3 -> 8 relu\nconv2d 1x1 -> 6\n");
}
TEST(JoinStages, NotSqueezeAndExcite) {
  EXPECT_EQ(joined("a = conv2d x 1x1 -> 2 relu\ny = conv2d a 1x1 -> 3 relu\noutput y\n"),
            "conv2d 1x1 -> 2 relu\nconv2d 1x1 -> 3 relu\n");
}
TEST(JoinStages, NotWithTwoActivations) {
  EXPECT_EQ(joined("a = conv2d x 3x3 -> 8 hard_swish\ny = conv2d a 1x1 -> 6 relu\noutput y\n"),
            "conv2d 3x3 -> 8 hard_swish\nconv2d 1x1 -> 6 relu\n");
}
TEST(JoinStages, NotWhatIsReadElsewhere) {
  EXPECT_EQ(joined("a = conv2d x 3x3 -> 8 relu\nb = conv2d a 1x1 -> 8 relu\ny = add a b\noutput y\n"),
            "conv2d 3x3 -> 8 relu\nconv2d 1x1 -> 8 relu\nadd\n");
}
TEST(JoinStages, NotInGroups) {
  EXPECT_EQ(joined("a = conv2d x 3x3 groups 3 -> 6 relu\ny = conv2d a 1x1 -> 8 relu\noutput y\n"),
            "conv2d 3x3 groups 3 -> 6 relu\nconv2d 1x1 -> 8 relu\n");
}

TEST(Tidy, KeepsToThePassesBeforeKernels) {
  EXPECT_EQ(tidyingPasses().front().name, "canonicalize");
  EXPECT_EQ(allPasses()[tidyingPasses().size()].name, "fuse-mlpconv");
}

} // namespace
} // namespace ninc
