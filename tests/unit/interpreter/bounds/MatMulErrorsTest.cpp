// Bounds of products of two values: whatever the factors are in truth, within their errors, and in whichever
// order a kernel adds, the result lies within the bound; a kernel that leaves a term out doesn't.
#include <cmath>
#include <gtest/gtest.h>
#include <random>

#include "ir/interpreter/bounds/OpErrors.h"

namespace ninc {
namespace {

Tensor normal(Shape shape, std::mt19937 &random, float deviation = 1) {
  std::normal_distribution<float> numbers(0, deviation);
  Tensor tensor{std::move(shape), {}};
  for (std::int64_t i = elementCount(tensor.shape); i > 0; --i)
    tensor.data.push_back(numbers(random));
  return tensor;
}

Tensor filled(const Shape &shape, float number) {
  return {shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)), number)};
}

Tensor product(const Tensor &a, const Tensor &b) {
  const Tensor *const operands[] = {&a, &b};
  return reference::evaluate(MatMul{}, operands).at(0);
}

Tensor boundsOf(const Tensor &a, const Tensor &b, float aError, float bError) {
  const Tensor aErrors = filled(a.shape, aError), bErrors = filled(b.shape, bError);
  const bounds::Operand operands[] = {{a, aErrors}, {b, bErrors}};
  return bounds::resultErrors(MatMul{}, operands, {}).at(0);
}

// [M, K] by [K, N] in f32, each sum in one order of its terms, without the first `left` of them.
Tensor inSingle(const Tensor &a, const Tensor &b, const std::vector<std::size_t> &order,
                std::size_t left = 0) {
  Tensor y = product(a, b);
  const auto count = static_cast<std::size_t>(a.shape[1]), columns = static_cast<std::size_t>(b.shape[1]);
  for (std::size_t at = 0; at < y.data.size(); ++at) {
    float sum = 0;
    for (std::size_t k : order)
      if (k >= left) sum += a.data[at / columns * count + k] * b.data[k * columns + at % columns];
    y.data[at] = sum;
  }
  return y;
}

double furthest(const Tensor &y, const Tensor &from, const Tensor &bound) {
  double ratio = 0;
  for (std::size_t i = 0; i < y.data.size(); ++i)
    ratio = std::max(ratio, std::abs(double{y.data[i]} - from.data[i]) / bound.data[i]);
  return ratio;
}

TEST(MatMulErrors, HoldForSumsInAnyOrderAndNotWithoutATerm) {
  std::mt19937 random(7);
  for (const std::int64_t count : {1, 3, 64, 1000}) {
    const Tensor a = normal({4, count}, random), b = normal({count, 5}, random);
    std::vector<std::size_t> order(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < order.size(); ++i)
      order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    const Tensor exact = product(a, b), bound = boundsOf(a, b, 0, 0);
    EXPECT_LE(furthest(inSingle(a, b, order), exact, bound), 1) << count;
    EXPECT_GT(furthest(inSingle(a, b, order, 1), exact, bound), 100) << count;
  }
}

TEST(MatMulErrors, CoverFactorsThatAreOff) {
  std::mt19937 random(8);
  const Tensor a = normal({3, 40}, random), b = normal({40, 3}, random);
  const Tensor exact = product(a, b), bound = boundsOf(a, b, 1e-3f, 2e-3f);
  std::uniform_real_distribution<float> within(-1, 1);
  for (int i = 0; i < 20; ++i) {
    Tensor x = a, y = b;
    for (float &v : x.data)
      v += 1e-3f * within(random);
    for (float &v : y.data)
      v += 2e-3f * within(random);
    EXPECT_LE(furthest(product(x, y), exact, bound), 2) << "errorBounds() doubles them";
  }
  // All off by the same.
  Tensor x = filled({1, 40}, 1), y = filled({40, 1}, 1);
  const Tensor together = boundsOf(x, y, 1e-3f, 2e-3f);
  for (float &v : x.data)
    v += 1e-3f;
  for (float &v : y.data)
    v += 2e-3f;
  EXPECT_LE(std::abs(product(x, y).data[0] - 40), together.data[0]);
  EXPECT_LE(together.data[0], 1.01 * 40 * 3.002e-3) << "no looser than that";
}

} // namespace
} // namespace ninc
