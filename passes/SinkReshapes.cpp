// Sink reshapes: extents of 1 come and go behind functions of elements, which then follow their layers.
//
//   a = conv2d x 1x1 -> 10 nobias                      a = conv2d x 1x1 -> 10 nobias
//   b = reshape a [10, 96]                             c_reshaped = add a bias'        (bias' [10, 1, 1])
//   c = add b bias           (bias [10, 1])    ==>     d_reshaped = relu c_reshaped
//   d = relu c                                         d = reshape d_reshaped [10, 96]
//
// A product of a matrix with many rows is a convolution over places, [O, N, 1]; a gate that a network
// computes with channels last is [1, 1, C]. Their biases and activations aren't folded into the layer while
// the shape changes in between.
//
// Algorithm: one sweep in topological order. An elementwise op over a value that was reshaped by nothing but
// extents of 1 reads that as it was, its constants are reshaped likewise, and the result is reshaped instead;
// reshapes in a row are one by canonicalize, run behind the sweep.
//
// When it must not fire: behind inputs, which have no layer; where another operand is computed and lies in
// the later shape alone; where a number a channel would belong to another dimension.
#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "passes/Passes.h"
#include "passes/Rewriting.h"
#include "passes/SimplifyMoves.h"

namespace ninc {

namespace {

std::vector<std::size_t> longDimensions(const Shape &shape) {
  std::vector<std::size_t> dimensions;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != 1) dimensions.push_back(i);
  return dimensions;
}

bool differInOnes(const Shape &a, const Shape &b) {
  const auto isLong = [](std::int64_t extent) { return extent != 1; };
  Shape first, second;
  std::ranges::copy_if(a, std::back_inserter(first), isLong);
  std::ranges::copy_if(b, std::back_inserter(second), isLong);
  return first == second;
}

// What was reshaped to this value by nothing but extents of 1, if it is computed.
std::optional<Value> sourceOf(const Graph &graph, Value value) {
  if (!traitsOf(graph.op(value.node)).reshaping) return std::nullopt;
  const Value source = graph.operand(value.node, 0);
  const bool fits = differInOnes(graph.type(source).shape, graph.type(value).shape);
  return fits && !traitsOf(graph.op(source.node)).source ? std::optional(source) : std::nullopt;
}

// A constant that stretches to `to`, for the same elements as `from`.
Constant reshaped(const Constant &constant, const Shape &to, const Shape &from) {
  const std::vector<std::size_t> after = longDimensions(to), before = longDimensions(from);
  Shape shape(from.size(), 1);
  for (std::size_t i = 0; i < after.size(); ++i)
    shape[before[i]] = constant.shape[after[i]];
  auto tensor = std::make_shared<Tensor>(*constant.value);
  tensor->shape = shape;
  return {shape, std::move(tensor)};
}

// The value that `node`'s operands were before they got the shape of its result; none if one of them was
// none.
std::optional<Shape> shapeBefore(const Graph &graph, Node node) {
  const Shape &to = graph.type(graph.result(node)).shape;
  std::optional<Shape> from;
  for (Value operand : graph.operands(node)) {
    const auto *constant = graph.as<Constant>(operand.node);
    if (constant && constant->value) continue;
    const std::optional<Value> source = sourceOf(graph, operand);
    if (!source || graph.type(operand).shape != to) return std::nullopt;
    if (from && graph.type(*source).shape != *from) return std::nullopt;
    from = graph.type(*source).shape;
  }
  return from;
}

bool sink(Graph &graph, Node node) {
  const Op op = graph.op(node);
  if (!traitsOf(op).elementwise) return false;
  const Value result = graph.result(node);
  const Shape to = graph.type(result).shape;
  const std::optional<Shape> from = shapeBefore(graph, node);
  if (!from || (!isUniform(op) && from->front() != to.front())) return false;
  const SourceRange where = graph.where(node);
  std::vector<Value> operands;
  const std::vector<Value> read = graph.operands(node);
  for (Value operand : read) {
    if (const std::optional<Value> source = sourceOf(graph, operand)) {
      operands.push_back(*source);
      continue;
    }
    const std::string name = freeName(graph, graph.name(operand) + "_reshaped");
    Result<Node> made = graph.insertBefore(node, reshaped(*graph.as<Constant>(operand.node), to, *from), {},
                                           {name}, graph.where(operand.node));
    if (!made) return false;
    operands.push_back(graph.result(*made));
  }
  Result<Node> made =
      graph.insertBefore(node, op, operands, {freeName(graph, graph.name(result) + "_reshaped")}, where);
  if (!made) return false;
  const Value before = graph.result(*made);
  Result<Node> reshape = graph.insertBefore(node, reshapeTo(to), {&before, 1}, {}, where);
  if (!reshape) return false;
  takePlace(graph, graph.result(*reshape), result);
  std::set<Node> gone;
  for (Value operand : read)
    if (gone.insert(operand.node).second) eraseUnused(graph, operand.node);
  return true;
}

} // namespace

bool sinkReshapes(Graph &graph, PassContext &context) {
  bool changed = false;
  for (Node node : graph.topologicalOrder()) {
    const std::string name = graph.name(graph.result(node));
    const SourceRange where = graph.where(node);
    if (!sink(graph, node)) continue;
    context.diagnostics.remark("sink-reshapes", where,
                               fmt::format("'{}' is computed before it is reshaped", name));
    changed = true;
  }
  if (changed) canonicalize(graph, context);
  return changed;
}

} // namespace ninc
