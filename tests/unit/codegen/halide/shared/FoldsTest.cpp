// Many numbers folded into one: in one loop, and in the slices that a device's threads share.
#include "codegen/halide/shared/Folds.h"

#include <gmock/gmock.h>

#include "codegen/halide/gpu/GpuReductions.h"
#include "codegen/halide/shared/Softmax.h"

namespace ninc {
namespace {

using Halide::Buffer;
using Halide::Expr;
using Halide::Func;
using Halide::Var;
using testing::ElementsAre;
using testing::FloatNear;

const Var i("i");

// For i = 0 and 1: `count` terms (i + 1) * number + offset.
Fold ramp(FoldKind kind, int count, float first, int offset = 0) {
  return {"folded", kind,
          {i},      count,
          first,    [=](const Expr &number) {
            return Halide::cast<float>((i + 1) * number + offset); }};
}

std::vector<float> valuesOf(Func f, int count) {
  const Buffer<float> made = f.realize({count});
  return {made.begin(), made.end()};
}

// The sums of 0 ... 4 and of 0, 2 ... 8, and the largest of both.
TEST(Folds, BeginWithWhatIsFirst) {
  EXPECT_THAT(valuesOf(foldInOneLoop(ramp(FoldKind::sum, 5, 100)).func, 2), ElementsAre(110, 120));
  EXPECT_THAT(valuesOf(foldInOneLoop(ramp(FoldKind::maximum, 5, 0)).func, 2), ElementsAre(4, 8));
}

TEST(Folds, InSlicesAreTheSameWhetherTermsFillThemOrNot) {
  for (const int slices : {1, 2, 3, 4, 5, 7}) {
    EXPECT_THAT(valuesOf(foldInSlices(ramp(FoldKind::sum, 5, 100), slices).total, 2), ElementsAre(110, 120));
    EXPECT_THAT(valuesOf(foldInSlices(ramp(FoldKind::maximum, 5, 0), slices).total, 2), ElementsAre(4, 8));
  }
}

TEST(Folds, OfNegativeNumbersHaveNegativeMaxima) {
  EXPECT_THAT(valuesOf(foldInOneLoop(ramp(FoldKind::maximum, 5, -20, -20)).func, 2), ElementsAre(-16, -12));
  EXPECT_THAT(valuesOf(foldInSlices(ramp(FoldKind::maximum, 5, -20, -20), 3).total, 2),
              ElementsAre(-16, -12));
}

// Slice s has the terms s, s + 2, s + 4: neighbouring threads read neighbours.
TEST(Folds, SlicesTakeTermsInTurn) {
  Func partial = foldInSlices(ramp(FoldKind::sum, 5, 100), 2).partial;
  const Buffer<float> made = partial.realize({1, 2});
  EXPECT_EQ(made(0, 0), 0 + 2 + 4);
  EXPECT_EQ(made(0, 1), 1 + 3);
}

std::vector<int> factorsOfUnrolling(std::int64_t length, int most) {
  Reduction sum = foldInOneLoop(ramp(FoldKind::sum, static_cast<int>(length), 0));
  unrollByDivisor(sum.func.update(), sum.over[0], length, most);
  std::vector<int> factors;
  for (const Halide::Internal::Split &split : sum.func.update().get_schedule().splits())
    factors.push_back(static_cast<int>(*Halide::Internal::as_const_int(split.factor)));
  return factors;
}

TEST(Unrolling, TakesTheLargestDivisorOfTheLoop) {
  EXPECT_THAT(factorsOfUnrolling(12, 5), ElementsAre(4));
  EXPECT_THAT(factorsOfUnrolling(12, 12), ElementsAre(12));
  EXPECT_THAT(factorsOfUnrolling(7, 6), ElementsAre()); // a prime: nothing is
  EXPECT_THAT(factorsOfUnrolling(8, 1), ElementsAre());
}

std::vector<float> softmaxOf(const std::vector<float> &numbers, const Folder &fold) {
  const int count = static_cast<int>(numbers.size());
  Buffer<float> x(count, 1);
  std::copy(numbers.begin(), numbers.end(), x.begin());
  const Var c("c"), pixel("pixel");
  Func input("input"), result("result");
  input(c, pixel) = x(c, pixel);
  result(c, pixel) = defineSoftmax(input, c, {pixel}, count, fold).share;
  const Buffer<float> made = result.realize({count, 1});
  return {made.begin(), made.end()};
}

std::vector<Folder> folders() {
  return {[](const Fold &fold) { return foldInOneLoop(fold).func; },
          [](const Fold &fold) { return foldInSlices(fold, 2).total; },
          [](const Fold &fold) { return foldInSlices(fold, 8).total; }};
}

// e^0, e^(log 2) and e^(log 3) are shares of 6.
TEST(SoftmaxAlgorithm, GivesEachItsShareWhoeverFolds) {
  for (const Folder &fold : folders())
    EXPECT_THAT(softmaxOf({0, std::log(2.0f), std::log(3.0f)}, fold),
                ElementsAre(FloatNear(1 / 6.0f, 1e-7f), FloatNear(1 / 3.0f, 1e-7f), FloatNear(0.5f, 1e-7f)));
}

TEST(SoftmaxAlgorithm, OverflowsForNoFiniteNumbers) {
  for (const Folder &fold : folders()) {
    EXPECT_THAT(softmaxOf({3e38f, 3e38f}, fold), ElementsAre(0.5f, 0.5f));
    EXPECT_THAT(softmaxOf({-3e38f, 3e38f, -1}, fold), ElementsAre(0, 1, 0));
    EXPECT_THAT(softmaxOf({-3e38f}, fold), ElementsAre(1));
  }
}

} // namespace
} // namespace ninc
