// Bounds of resizes: an f32 evaluation, dimension by dimension, of an operand that is off, lies within them.
#include <cmath>
#include <gtest/gtest.h>
#include <random>

#include "ir/interpreter/bounds/OpErrors.h"
#include "ir/ops/ResizeTaps.h"

namespace ninc {
namespace {

Resize to(Shape shape, Interpolation interpolation) {
  Resize op;
  op.shape = std::move(shape);
  op.interpolation = interpolation;
  return op;
}

// A map [1, H, W], its rows first and then its columns, all in f32.
Tensor inSingle(const Resize &op, const Tensor &x) {
  Tensor from = x;
  for (const ResizeTaps &taps : resizeTaps(op, x.shape)) {
    Tensor next{from.shape, {}};
    next.shape[taps.dimension] = taps.size;
    for (std::int64_t i = 0; i < next.shape[1]; ++i)
      for (std::int64_t j = 0; j < next.shape[2]; ++j) {
        float sum = 0;
        for (std::int64_t t = 0; t < taps.count; ++t) {
          const auto at = static_cast<std::size_t>(t * taps.size + (taps.dimension == 1 ? i : j));
          const std::int64_t row = taps.dimension == 1 ? taps.positions[at] : i,
                             column = taps.dimension == 2 ? taps.positions[at] : j;
          sum += static_cast<float>(taps.weights[at]) *
                 from.data[static_cast<std::size_t>(row * from.shape[2] + column)];
        }
        next.data.push_back(sum);
      }
    from = std::move(next);
  }
  return from;
}

double furthest(const Resize &op, const Tensor &kernel, const Tensor &x, float error) {
  const Tensor errors{x.shape, std::vector<float>(x.data.size(), error)};
  const Tensor *const operands[] = {&x};
  const bounds::Operand operand[] = {{x, errors}};
  const Tensor exact = reference::evaluate(op, operands)[0], bound = bounds::resultErrors(op, operand, {})[0];
  double ratio = 0;
  for (std::size_t i = 0; i < exact.data.size(); ++i)
    ratio = std::max(ratio, std::abs(double{kernel.data[i]} - exact.data[i]) / bound.data[i]);
  return ratio;
}

Tensor randomMap() {
  std::mt19937 random(3);
  std::normal_distribution<float> numbers;
  Tensor x{{1, 9, 11}, {}};
  for (int i = 0; i < 99; ++i)
    x.data.push_back(numbers(random));
  return x;
}

TEST(ResizeErrors, HoldForAnyWayToSum) {
  const Tensor x = randomMap();
  for (const Interpolation interpolation : {Interpolation::linear, Interpolation::cubic})
    for (const bool antialiases : {false, true}) {
      Resize op = to({1, 4, 23}, interpolation);
      op.antialiases = antialiases;
      const double ratio = furthest(op, inSingle(op, x), x, 0);
      EXPECT_LE(ratio, 1);
      EXPECT_GT(ratio, 0.02) << "of some use";
    }
}

TEST(ResizeErrors, CoverAnOperandThatIsOff) {
  const Tensor x = randomMap();
  Tensor off = x;
  for (float &number : off.data)
    number += 1e-3f;
  const Resize linear = to({1, 4, 23}, Interpolation::linear);
  EXPECT_LE(furthest(linear, inSingle(linear, off), x, 1e-3f), 1.001);
  EXPECT_GT(furthest(linear, inSingle(linear, off), x, 1e-4f), 5);
}

TEST(ResizeErrors, OfTheNearestAreThoseOfTheOperand) {
  const Tensor x = randomMap();
  const Resize nearest = to({1, 4, 23}, Interpolation::nearest);
  EXPECT_FLOAT_EQ(static_cast<float>(furthest(nearest, inSingle(nearest, x), x, 0.5f)), 0);
  const Tensor errors{x.shape, std::vector<float>(x.data.size(), 0.5f)};
  const bounds::Operand operand[] = {{x, errors}};
  const Tensor bounds = bounds::resultErrors(nearest, operand, {})[0];
  EXPECT_EQ(bounds.data, std::vector<float>(bounds.data.size(), 0.5f));
}

} // namespace
} // namespace ninc
