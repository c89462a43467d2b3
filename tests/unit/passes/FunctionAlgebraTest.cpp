// What the algebra calls equal computes the same numbers.
#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "passes/FunctionAlgebra.h"

namespace ninc {
namespace {

constexpr float largest = std::numeric_limits<float>::max();
const std::vector<double> numbers{-largest, -1e10, -3, -1, -0.25, 0, 0.25, 0.5, 1, 2.5, 6, 7, 1e10, largest};

Unary clip(float min, float max) {
  return {UnaryKind::clip, {min, max}};
}

double valueOf(const Activation &function, double x) {
  return function ? ninc::valueOf(*function, x) : x;
}

std::vector<Unary> manyFunctions() {
  std::vector<Unary> functions{clip(0, 6),  clip(-1, 1),          clip(2, largest),
                               clip(3, 3),  clip(-largest, 0.5f), clip(0, largest),
                               clip(-5, 5), {UnaryKind::elu, {0}}};
  for (const UnaryFunction &row : unaryFunctions())
    functions.push_back(usual(row.kind));
  for (float slope : {0.0f, 1.0f, -1.0f})
    functions.push_back({UnaryKind::leakyRelu, {slope}});
  return functions;
}

TEST(FunctionAlgebra, PlainestFormsComputeTheSame) {
  for (const Unary &function : manyFunctions())
    for (double x : numbers)
      if (x >= functionOf(function.kind).least) {
        EXPECT_EQ(valueOf(plainest(function), x), ninc::valueOf(function, x)) << spellingOf(function.kind);
      }
}

TEST(FunctionAlgebra, CompositionsComputeTheSame) {
  for (const Unary &first : manyFunctions())
    for (const Unary &second : manyFunctions()) {
      const std::optional<Activation> both = composed(first, second);
      if (!both) continue;
      for (double x : numbers)
        EXPECT_EQ(valueOf(*both, x), ninc::valueOf(second, ninc::valueOf(first, x)))
            << spellingOf(second.kind) << " of " << spellingOf(first.kind) << " at " << x;
    }
}

TEST(FunctionAlgebra, AClipOfPositiveNumbersIsARelu) {
  EXPECT_EQ(plainest(clip(0, largest)), Unary{UnaryKind::relu});
  EXPECT_EQ(plainest(clip(-largest, largest)), Activation{});
  EXPECT_EQ(plainest(clip(0, 6)), clip(0, 6));
}

TEST(FunctionAlgebra, ClipsMeetInOne) {
  EXPECT_EQ(composed(clip(0, 9), clip(2, 6)), Activation{clip(2, 6)});
  EXPECT_EQ(composed(Unary{UnaryKind::relu}, clip(-1, 6)), Activation{clip(0, 6)});
  EXPECT_EQ(composed(clip(-1, 6), Unary{UnaryKind::relu}), Activation{clip(0, 6)});
  EXPECT_EQ(composed(clip(0, 1), clip(2, 3)), Activation{clip(2, 2)});
  EXPECT_EQ(composed(Unary{UnaryKind::relu}, Unary{UnaryKind::relu}), Activation{Unary{UnaryKind::relu}});
}

TEST(FunctionAlgebra, SignsCancel) {
  EXPECT_EQ(composed(usual(UnaryKind::neg), usual(UnaryKind::neg)), std::optional<Activation>(std::in_place));
  EXPECT_EQ(composed(usual(UnaryKind::neg), usual(UnaryKind::abs)), Activation{usual(UnaryKind::abs)});
  EXPECT_EQ(composed(usual(UnaryKind::abs), usual(UnaryKind::neg)), std::nullopt);
}

} // namespace
} // namespace ninc
