#include "tests/support/RandomPhrase.h"

namespace ninc::testing {

namespace {

Value constantOf(const AppendOp &append, Shape shape, float number) {
  Tensor tensor{shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)), number)};
  return append(Constant{std::move(shape), std::make_shared<const Tensor>(std::move(tensor))}, {});
}

// x clip(x + 3, 0, 6) / 6
bool appendHardSwish(Value value, const Shape &shape, const AppendOp &append) {
  const Shape ones(shape.size(), 1);
  const Value shifted = append(Binary{BinaryKind::add}, {value, constantOf(append, ones, 3)});
  const Value gate = append(Unary{UnaryKind::clip, {0, 6}}, {shifted});
  const Value product = append(Binary{BinaryKind::mul}, {value, gate});
  return bool(append(Binary{BinaryKind::div}, {product, constantOf(append, ones, 6)}));
}

bool appendBordered(Random &random, Value value, const AppendOp &append) {
  Pad zeros{{0, 0, 0}, {0, 0, 0}};
  (random.uniform() < 0.5 ? zeros.before : zeros.behind)[1 + random.below(2)] = 1;
  const Value around = append(std::move(zeros), {value});
  if (!around) return false;
  Window window;
  window.kernel = {2, 2};
  switch (random.below(3)) {
  case 0:
    return bool(append(MaxPool{window, PoolExtent::floor}, {around}));
  case 1:
    return bool(append(AveragePool{window, PoolExtent::floor, random.uniform() < 0.5}, {around}));
  default: {
    Conv2d conv;
    conv.layer.outChannels = 3;
    conv.layer.window = window;
    return bool(append(std::move(conv), {around}));
  }
  }
}

bool appendDense(Random &random, Value value, const Shape &shape, const AppendOp &append) {
  Transpose turn;
  for (std::size_t i = shape.size(); i-- > 0;)
    turn.order.push_back(static_cast<std::int64_t>(i));
  if (random.uniform() < 0.5) std::swap(turn.order.front(), turn.order.back());
  const Value turned = append(std::move(turn), {value});
  const Value flat = turned ? append(Flatten{}, {turned}) : Value{};
  Dense dense;
  dense.outFeatures = 4;
  return flat && append(std::move(dense), {flat});
}

// Scaled and then turned: an input as models with channels last treat it.
bool appendTurned(Value value, const Shape &shape, const AppendOp &append) {
  Transpose turn;
  for (std::size_t i = shape.size(); i-- > 0;)
    turn.order.push_back(static_cast<std::int64_t>(i));
  const Value half = constantOf(append, Shape(shape.size(), 1), 0.5f);
  const Value scaled = append(Binary{BinaryKind::mul}, {value, half});
  return scaled && append(std::move(turn), {scaled});
}

} // namespace

bool appendPhrase(Random &random, Value value, const Shape &shape, const AppendOp &append) {
  if (shape.size() == 3 && random.uniform() < 0.6)
    return random.uniform() < 0.5 ? appendBordered(random, value, append)
                                  : appendDense(random, value, shape, append);
  return random.uniform() < 0.5 ? appendTurned(value, shape, append) : appendHardSwish(value, shape, append);
}

} // namespace ninc::testing
