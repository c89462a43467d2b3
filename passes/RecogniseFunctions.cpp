// Recognise functions: activations that a model spells out are one function each.
//
//   a = add x 3                       y = hard_swish x
//   b = clip a 0 6
//   c = mul x b              ==>
//   y = div c 6
//
//   x max(0, min(6, x + 3)) / 6                            hard_swish x
//   x hard_sigmoid(x) with 1/6 and 1/2                     hard_swish x
//   max(0, min(m, x + b)) / m                              hard_sigmoid x alpha 1/m beta b/m
//   x (1 + erf(x / sqrt 2)) / 2                            gelu x
//   x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2        gelu_tanh x
//
// Exporters write what their operator sets lack, or lacked once, in terms of others. A function of one
// operand goes into the layer in front as its activation, and reads its operand once.
//
// Algorithm: one sweep in topological order. What a product is of, is asked through all its factors: a
// number, and values that are no products or are read elsewhere too; so the order in which somebody
// multiplied and where the numbers stand don't matter.
//
// When it must not fire: where numbers are others, beyond what f32 makes of them and a few digits that
// somebody wrote too few; where a constant's elements differ. Steps that somebody else reads stay for them.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numbers>
#include <optional>

#include "passes/Passes.h"
#include "passes/Rewriting.h"

namespace ninc {

namespace {

constexpr const char *pass = "recognise-functions";
constexpr std::size_t mostFactors = 4; // of a product that is worth looking at

bool isNear(double number, double wanted) {
  return std::abs(number - wanted) <= 1e-6 * std::abs(wanted);
}

// A number times values that are no products.
struct Product {
  double number = 1;
  std::vector<Value> values;
};

// False if it has more factors than are worth it. A product that is read several times is a value, as the x
// of a function is.
bool multiply(const Graph &graph, Value value, Product &product, bool isWhole = false) {
  if (const std::optional<float> number = uniformNumber(graph, value)) {
    product.number *= *number;
    return true;
  }
  const bool isFactor = !isWhole && !soleReader(graph, value);
  if (is(graph.op(value.node), BinaryKind::mul) && !isFactor)
    return multiply(graph, graph.operand(value.node, 0), product) &&
           multiply(graph, graph.operand(value.node, 1), product);
  if (is(graph.op(value.node), BinaryKind::div) && !isFactor)
    if (const std::optional<float> number = uniformNumber(graph, graph.operand(value.node, 1))) {
      product.number /= *number;
      return multiply(graph, graph.operand(value.node, 0), product);
    }
  product.values.push_back(value);
  return product.values.size() <= mostFactors;
}

std::optional<Product> productOf(const Graph &graph, Value value) {
  Product product;
  if (!multiply(graph, value, product, true)) return std::nullopt;
  return product;
}

// x of x + number, either way round.
struct Sum {
  Value value;
  double number;
};
std::optional<Sum> sumOf(const Graph &graph, Value value) {
  if (!is(graph.op(value.node), BinaryKind::add)) return std::nullopt;
  for (std::size_t i = 0; i < 2; ++i)
    if (const std::optional<float> number = uniformNumber(graph, graph.operand(value.node, i)))
      return Sum{graph.operand(value.node, 1 - i), *number};
  return std::nullopt;
}

// What the function of that kind is of, if a value is one.
std::optional<Value> operandOf(const Graph &graph, Value value, UnaryKind kind) {
  if (!is(graph.op(value.node), kind)) return std::nullopt;
  return graph.operand(value.node, 0);
}

// max(0, min(top, x + shift))
struct Ramp {
  Value value;
  double shift, top;
};
std::optional<Ramp> rampOf(const Graph &graph, Value value) {
  const auto *clip = graph.as<Unary>(value.node);
  if (!clip || clip->kind != UnaryKind::clip || clip->numbers[0] != 0 || clip->numbers[1] <= 0)
    return std::nullopt;
  const std::optional<Sum> sum = sumOf(graph, graph.operand(value.node, 0));
  if (!sum) return std::nullopt;
  return Ramp{sum->value, sum->number, clip->numbers[1]};
}

// ---- x times a gate of x, and a number

bool isHardGate(const Graph &graph, Value gate, Value x, double number) {
  if (const std::optional<Ramp> ramp = rampOf(graph, gate))
    return ramp->value == x && isNear(ramp->shift, 3) && isNear(ramp->top, 6) && isNear(number, 1.0 / 6);
  const auto *function = graph.as<Unary>(gate.node);
  return function && function->kind == UnaryKind::hardSigmoid && graph.operand(gate.node, 0) == x &&
         isNear(function->numbers[0], 1.0 / 6) && isNear(function->numbers[1], 0.5) && isNear(number, 1);
}

// 1 + f(...) with what f is of.
std::optional<Value> aboveOne(const Graph &graph, Value gate, UnaryKind kind) {
  const std::optional<Sum> sum = sumOf(graph, gate);
  return sum && sum->number == 1 ? operandOf(graph, sum->value, kind) : std::nullopt;
}

bool isErrorGate(const Graph &graph, Value gate, Value x, double number) {
  const std::optional<Value> inner = aboveOne(graph, gate, UnaryKind::erf);
  const std::optional<Product> product = inner ? productOf(graph, *inner) : std::nullopt;
  return product && isNear(number, 0.5) && product->values == std::vector{x} &&
         isNear(product->number, 1 / std::numbers::sqrt2);
}

// x + 0.044715 x^3
bool isCubic(const Graph &graph, Value value, Value x) {
  if (!is(graph.op(value.node), BinaryKind::add)) return false;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::optional<Product> cube = productOf(graph, graph.operand(value.node, 1 - i));
    if (graph.operand(value.node, i) == x && cube && isNear(cube->number, 0.044715) &&
        cube->values == std::vector{x, x, x})
      return true;
  }
  return false;
}

bool isTanhGate(const Graph &graph, Value gate, Value x, double number) {
  const std::optional<Value> inner = aboveOne(graph, gate, UnaryKind::tanh);
  const std::optional<Product> product = inner ? productOf(graph, *inner) : std::nullopt;
  return product && isNear(number, 0.5) && product->values.size() == 1 &&
         isNear(product->number, std::sqrt(2 / std::numbers::pi)) && isCubic(graph, product->values[0], x);
}

struct Recognised {
  Value operand;
  Unary function;
};

std::optional<Recognised> gateOf(const Graph &graph, const Product &product) {
  for (std::size_t i = 0; i < 2; ++i) {
    const Value x = product.values[i], gate = product.values[1 - i];
    if (isHardGate(graph, gate, x, product.number)) return Recognised{x, usual(UnaryKind::hardSwish)};
    if (isErrorGate(graph, gate, x, product.number)) return Recognised{x, usual(UnaryKind::gelu)};
    if (isTanhGate(graph, gate, x, product.number)) return Recognised{x, usual(UnaryKind::geluTanh)};
  }
  return std::nullopt;
}

std::optional<Recognised> functionAt(const Graph &graph, Value value) {
  const Op &op = graph.op(value.node);
  if (!is(op, BinaryKind::mul) && !is(op, BinaryKind::div)) return std::nullopt;
  const std::optional<Product> product = productOf(graph, value);
  if (!product) return std::nullopt;
  if (product->values.size() == 2) return gateOf(graph, *product);
  const std::optional<Ramp> ramp =
      product->values.size() == 1 ? rampOf(graph, product->values[0]) : std::nullopt;
  if (!ramp || !isNear(product->number, 1 / ramp->top)) return std::nullopt;
  Unary function = usual(UnaryKind::hardSigmoid);
  function.numbers = {static_cast<float>(1 / ramp->top), static_cast<float>(ramp->shift / ramp->top)};
  return Recognised{ramp->value, function};
}

} // namespace

bool recogniseFunctions(Graph &graph, PassContext &context) {
  bool changed = false;
  for (Node node : graph.topologicalOrder()) {
    const Value result = graph.result(node);
    const std::optional<Recognised> found = functionAt(graph, result);
    // Constants that stretch what they are added to make another shape of it.
    if (!found || graph.type(found->operand).shape != graph.type(result).shape) continue;
    Result<Node> made =
        graph.insertBefore(node, found->function, {&found->operand, 1}, {}, graph.where(node));
    if (!made) continue;
    const std::string name = graph.name(result);
    context.diagnostics.remark(
        pass, graph.where(node),
        fmt::format("'{}' is {} of '{}'", name, spellingOf(Op(found->function)), graph.name(found->operand)));
    takePlace(graph, graph.result(*made), result);
    changed = true;
  }
  if (changed) eraseDeadNodes(graph);
  return changed;
}

} // namespace ninc
