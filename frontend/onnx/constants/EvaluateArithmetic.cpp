// Functions of one, two or more numbers, and sums over axes.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "frontend/onnx/constants/Evaluators.h"
#include "frontend/onnx/constants/View.h"

namespace ninc::onnx_import {

namespace {

using Integer = std::int64_t;

// ---- of one number

template <class Real, class Whole>
void unary(NodeImport &node, Real real, Whole whole) {
  const Literal x = node.constant(0, "its numbers");
  if (!node.roomFor(x.dims)) return;
  if (x.isReal()) {
    std::vector<float> numbers;
    for (float number : x.reals())
      numbers.push_back(static_cast<float>(real(static_cast<double>(number))));
    return node.give(meaningOf(makeReals(x.dims, std::move(numbers))));
  }
  std::vector<Integer> numbers;
  for (Integer number : x.integers())
    numbers.push_back(whole(number));
  node.give(meaningOf(makeIntegers(x.dims, std::move(numbers), x.kind)));
}

// Integers stay what they are.
template <double (*function)(double)>
void realFunction(NodeImport &node) {
  unary(node, function, [](Integer x) { return x; });
}

// ---- of two

std::optional<std::pair<Literal, Literal>> aligned(NodeImport &node) {
  const Meaning &a = node.input(0), &b = node.input(1);
  if (node.inputCount() != 2)
    node.refuse(fmt::format("of known numbers it takes two, not {}", node.inputCount()));
  if (node.failed()) return std::nullopt;
  const std::optional<Dims> dims = broadcast(a.dims, b.dims);
  if (!dims) {
    node.refuse(fmt::format("{} and {} don't stretch to one another", textOf(a.dims), textOf(b.dims)));
    return std::nullopt;
  }
  if (!node.roomFor(*dims)) return std::nullopt;
  return std::pair(stretched(*a.literal, *dims), stretched(*b.literal, *dims));
}

template <class Real, class Whole>
void binary(NodeImport &node, Real real, Whole whole) {
  const auto pair = aligned(node);
  if (!pair) return;
  const auto &[a, b] = *pair;
  if (a.isReal() || b.isReal()) {
    std::vector<float> numbers(a.count());
    for (std::size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = static_cast<float>(real(a.real(i), b.real(i)));
    return node.give(meaningOf(makeReals(a.dims, std::move(numbers))));
  }
  std::vector<Integer> numbers(a.count());
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = whole(a.integers()[i], b.integers()[i]);
  node.give(meaningOf(makeIntegers(a.dims, std::move(numbers), a.kind)));
}

template <class Compare>
void compare(NodeImport &node, Compare holds) {
  const auto pair = aligned(node);
  if (!pair) return;
  const auto &[a, b] = *pair;
  std::vector<Integer> numbers(a.count());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const bool whole = !a.isReal() && !b.isReal();
    numbers[i] = whole ? holds(a.integers()[i], b.integers()[i]) : holds(a.real(i), b.real(i));
  }
  node.give(meaningOf(makeIntegers(a.dims, std::move(numbers), NumberKind::boolean)));
}

// Integers wrap around, as they do where such files are made; dividing by 0 gives 0.
Integer wrapping(Integer a, Integer b, char operation) {
  const auto x = static_cast<std::uint64_t>(a), y = static_cast<std::uint64_t>(b);
  switch (operation) {
  case '+':
    return static_cast<Integer>(x + y);
  case '-':
    return static_cast<Integer>(x - y);
  case '*':
    return static_cast<Integer>(x * y);
  default:
    return b == 0 ? 0 : b == -1 ? static_cast<Integer>(0 - x) : a / b;
  }
}

// Of the divisor's sign, as Python's.
Integer modulo(Integer a, Integer b) {
  if (b == 0 || b == -1) return 0;
  const Integer rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

void add(NodeImport &node) {
  binary(
      node, [](double a, double b) { return a + b; },
      [](Integer a, Integer b) { return wrapping(a, b, '+'); });
}
void subtract(NodeImport &node) {
  binary(
      node, [](double a, double b) { return a - b; },
      [](Integer a, Integer b) { return wrapping(a, b, '-'); });
}
void multiply(NodeImport &node) {
  binary(
      node, [](double a, double b) { return a * b; },
      [](Integer a, Integer b) { return wrapping(a, b, '*'); });
}
void divide(NodeImport &node) {
  binary(
      node, [](double a, double b) { return a / b; },
      [](Integer a, Integer b) { return wrapping(a, b, '/'); });
}
void power(NodeImport &node) {
  const auto pow = [](double a, double b) { return std::pow(a, b); };
  binary(node, pow, [&](Integer a, Integer b) {
    const double result = pow(static_cast<double>(a), static_cast<double>(b));
    return std::abs(result) < 9e18 ? static_cast<Integer>(result) : 0;
  });
}
void mod(NodeImport &node) {
  const bool likeC = node.attributes.integer("fmod", 0) != 0;
  binary(
      node, [](double a, double b) { return std::fmod(a, b); },
      [&](Integer a, Integer b) { return !likeC              ? modulo(a, b)
                                         : b == 0 || b == -1 ? 0
                                                             : a % b; });
}
void minimum(NodeImport &node) {
  binary(
      node, [](double a, double b) { return std::min(a, b); },
      [](Integer a, Integer b) { return std::min(a, b); });
}
void maximum(NodeImport &node) {
  binary(
      node, [](double a, double b) { return std::max(a, b); },
      [](Integer a, Integer b) { return std::max(a, b); });
}
void equal(NodeImport &node) {
  compare(node, [](auto a, auto b) { return a == b; });
}
void less(NodeImport &node) {
  compare(node, [](auto a, auto b) { return a < b; });
}
void greater(NodeImport &node) {
  compare(node, [](auto a, auto b) { return a > b; });
}
void lessOrEqual(NodeImport &node) {
  compare(node, [](auto a, auto b) { return a <= b; });
}
void greaterOrEqual(NodeImport &node) {
  compare(node, [](auto a, auto b) { return a >= b; });
}
void logicalAnd(NodeImport &node) {
  compare(node, [](auto a, auto b) { return a != 0 && b != 0; });
}
void logicalOr(NodeImport &node) {
  compare(node, [](auto a, auto b) { return a != 0 || b != 0; });
}
void logicalXor(NodeImport &node) {
  compare(node, [](auto a, auto b) { return (a != 0) != (b != 0); });
}
void logicalNot(NodeImport &node) {
  unary(
      node, [](double x) { return x == 0; }, [](Integer x) -> Integer { return x == 0; });
}
void negate(NodeImport &node) {
  unary(
      node, [](double x) { return -x; }, [](Integer x) { return wrapping(0, x, '-'); });
}
void absolute(NodeImport &node) {
  unary(
      node, [](double x) { return std::abs(x); }, [](Integer x) { return x < 0 ? wrapping(0, x, '-') : x; });
}
double reciprocal(double x) {
  return 1 / x;
}
double roundHalfToEven(double x) {
  return std::nearbyint(x);
}

// ---- over axes

template <class Fold>
void reduce(NodeImport &node, double first, Fold fold, bool isMean = false) {
  const Literal x = node.constant(0, "its numbers");
  const std::size_t rank = x.dims.size();
  std::optional<std::vector<std::size_t>> axes = node.axes(1, rank);
  const bool keep = node.attributes.integer("keepdims", 1) != 0;
  const bool nothing = node.attributes.integer("noop_with_empty_axes", 0) != 0;
  if (!axes || axes->empty()) {
    if (nothing) return node.give(meaningOf(x));
    axes.emplace();
    for (std::size_t i = 0; i < rank; ++i)
      axes->push_back(i);
  }
  if (node.failed()) return;
  Dims kept = x.dims, dims;
  for (std::size_t axis : *axes)
    kept[axis] = 1;
  for (std::size_t i = 0; i < rank; ++i)
    if (keep || !std::ranges::binary_search(*axes, i)) dims.push_back(kept[i]);
  std::int64_t count = 0, folded = 1;
  if (!countElements(kept, count) || !node.roomFor(kept)) return;
  for (std::size_t axis : *axes)
    folded *= x.dims[axis];
  std::vector<double> sums(static_cast<std::size_t>(count), first);
  const Dims strides = stridesOf(kept), own = stridesOf(x.dims);
  for (std::size_t i = 0; i < x.count(); ++i) {
    std::int64_t target = 0, rest = static_cast<std::int64_t>(i);
    for (std::size_t axis = 0; axis < rank; ++axis) {
      if (kept[axis] == x.dims[axis]) target += rest / own[axis] * strides[axis];
      rest %= own[axis];
    }
    sums[static_cast<std::size_t>(target)] = fold(sums[static_cast<std::size_t>(target)], x.real(i));
  }
  if (x.isReal() || isMean) {
    std::vector<float> numbers;
    for (double sum : sums)
      numbers.push_back(static_cast<float>(isMean ? sum / static_cast<double>(folded) : sum));
    return node.give(meaningOf(makeReals(std::move(dims), std::move(numbers))));
  }
  std::vector<Integer> numbers;
  for (double sum : sums)
    numbers.push_back(std::abs(sum) < 9e18 ? static_cast<Integer>(sum) : 0);
  node.give(meaningOf(makeIntegers(std::move(dims), std::move(numbers), x.kind)));
}

void reduceSum(NodeImport &node) {
  reduce(node, 0, [](double a, double b) { return a + b; });
}
void reduceMean(NodeImport &node) {
  reduce(
      node, 0, [](double a, double b) { return a + b; }, true);
}
void reduceProduct(NodeImport &node) {
  reduce(node, 1, [](double a, double b) { return a * b; });
}
void reduceMinimum(NodeImport &node) {
  reduce(node, INFINITY, [](double a, double b) { return std::min(a, b); });
}
void reduceMaximum(NodeImport &node) {
  reduce(node, -INFINITY, [](double a, double b) { return std::max(a, b); });
}

constexpr Operator table[] = {
    {"Add", add},
    {"Sub", subtract},
    {"Mul", multiply},
    {"Div", divide},
    {"Pow", power},
    {"Mod", mod},
    {"Min", minimum},
    {"Max", maximum},
    {"Equal", equal},
    {"Less", less},
    {"Greater", greater},
    {"LessOrEqual", lessOrEqual},
    {"GreaterOrEqual", greaterOrEqual},
    {"And", logicalAnd},
    {"Or", logicalOr},
    {"Xor", logicalXor},
    {"Not", logicalNot},
    {"Neg", negate},
    {"Abs", absolute},
    {"Floor", realFunction<std::floor>},
    {"Ceil", realFunction<std::ceil>},
    {"Round", realFunction<roundHalfToEven>},
    {"Sqrt", realFunction<std::sqrt>},
    {"Exp", realFunction<std::exp>},
    {"Log", realFunction<std::log>},
    {"Reciprocal", realFunction<reciprocal>},
    {"ReduceSum", reduceSum},
    {"ReduceMean", reduceMean},
    {"ReduceProd", reduceProduct},
    {"ReduceMin", reduceMinimum},
    {"ReduceMax", reduceMaximum},
};

} // namespace

std::span<const Operator> arithmeticEvaluators() {
  return table;
}

} // namespace ninc::onnx_import
