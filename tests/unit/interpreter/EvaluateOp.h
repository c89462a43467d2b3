// What the interpreter's unit tests say their cases with: tensors from numbers, one op evaluated.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <numeric>
#include <vector>

#include "ir/interpreter/Interpreter.h"

namespace ninc {

// count numbers first, first + 1, ...
inline std::vector<float> counting(std::size_t count, float first = 1) {
  std::vector<float> numbers(count);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

inline Parameter parameter(Shape shape, std::vector<float> data) {
  return std::make_shared<const Tensor>(Tensor{std::move(shape), std::move(data)});
}

// The op's only result; a failed expectation and an empty tensor where there is none.
inline Tensor evaluateOne(const Op &op, std::vector<Tensor> operands) {
  Result<std::vector<Tensor>> results = evaluate(op, operands);
  EXPECT_TRUE(results.has_value()) << (results ? "" : results.error().message);
  if (!results) return {};
  EXPECT_EQ(results->size(), 1u);
  return results->front();
}

// Elementwise within a few units in the last place of f32.
inline void expectTensor(const Tensor &actual, const Shape &shape, const std::vector<float> &numbers) {
  EXPECT_EQ(actual.shape, shape);
  EXPECT_THAT(actual.data, ::testing::Pointwise(::testing::FloatEq(), numbers));
}

} // namespace ninc
