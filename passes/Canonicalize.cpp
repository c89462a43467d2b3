// Canonicalize: one way to say each thing, so that the passes behind it have one pattern to look for.
//
//   d = dropout x 0.5                          (gone: readers of d read x)
//   f = flatten (reshape x [..])               f = flatten x
//   r = reshape x [shape of x]                 (gone, as is a flatten of a vector)
//   r = reshape x [n]                          r = flatten x
//   c = concat x                               (gone)
//   t = transpose (transpose x [..]) [..]      t = transpose x [..]    of both orders
//   t = transpose x [order of longer extents]  t = reshape x [..]      (SimplifyMoves.h has all such chains)
//   g = global_avg_pool (reshape x [C, HW, 1]) g = global_avg_pool x   of maps [C, H, W]
//   s = slice x        of the whole            (gone)
//   p = max_pool x 1x1                         (gone, average_pool too)
//   p = average_pool x 8x8       on 8x8 maps   m = global_avg_pool x;  p = reshape m [C, 1, 1]
//   r = relu (reshape x [..])                  r = reshape (relu x) [..]
//   l = leaky_relu x 0                         l = relu x              (FunctionAlgebra.h has all such forms)
//   s = relu (relu x)                          s = relu x              (and what else is one function)
//   c = clip (relu x) -1 6                     c = clip x 0 6
//   m = max x 6s                               m = clip x 6 LARGEST    (min x 6s is clip x -LARGEST 6)
//   p = prelu x        of one slope            p = leaky_relu x slope
//   a = add constant x                         a = add x constant      (mul, min and max too)
//   a = add x 0s                               (gone; sub, and mul, div and pow of 1s, too)
//   c = pointwise x y [sub $1 $0]              c = sub y x
//   a dilated window of extent 1               the same, dilation 1
//
// Algorithm: first nodes that reach no output go, since a dead reader would forbid fusions later on; then
// the rules run over the nodes in topological order until none applies. Each application removes a node,
// shortens a chain or moves to a form that no rule leaves again, so it ends.
//
// When it must not fire: an output must stay a value of its own. `d = dropout x; output d` makes x the
// output, under d's name; but where x can't be that (an input, a constant, an output already) d becomes a
// same-shape reshape, which is how the IR says "copy", and such a copy is left alone. An average pool whose
// divisor counts padding is no mean of the map. A constant that is an output gets such a copy as well: what
// the caller reads is written by a kernel. (An input that is an output can't be helped: one name, two
// memories. planMemory reports it.)
#include <algorithm>
#include <fmt/format.h>

#include "ir/ops/StepFunctions.h"
#include "passes/FunctionAlgebra.h"
#include "passes/Passes.h"
#include "passes/Rewriting.h"
#include "passes/SimplifyMoves.h"

namespace ninc {

namespace {

bool ownsItsMemory(const Graph &graph, Value value) {
  return !traitsOf(graph.op(value.node)).source && !graph.isOutput(value);
}

enum class NameOf { operand, result }; // whose name survives when both mean the same

// Drops a node that computes what its operand 0 already is.
bool dropIdentity(Graph &graph, Node identity, NameOf survivor = NameOf::operand) {
  Value gone = graph.result(identity), source = graph.operand(identity, 0);
  if (graph.isOutput(gone) && !ownsItsMemory(graph, source)) {
    Op copy = reshapeTo(graph.type(gone).shape);
    if (graph.op(identity) == copy) return false;
    return graph.replaceOp(identity, std::move(copy)).has_value();
  }
  bool inheritsName = graph.isOutput(gone) || (survivor == NameOf::result && ownsItsMemory(graph, source));
  if (inheritsName) {
    takePlace(graph, source, gone);
  } else {
    graph.replaceAllUses(gone, source);
    graph.erase(identity);
  }
  return true;
}

bool simplifyReshape(Graph &graph, Node node) {
  Value source = graph.operand(node, 0);
  if (traitsOf(graph.op(source.node)).reshaping) {
    graph.setOperand(node, 0, graph.operand(source.node, 0));
    eraseUnused(graph, source.node);
    return true;
  }
  const Shape &shape = graph.type(graph.result(node)).shape;
  // The result's name is the one a person gave where the operand is the mean made from an average pool.
  if (graph.type(source).shape == shape) return dropIdentity(graph, node, NameOf::result);
  if (shape.size() == 1 && graph.as<Reshape>(node)) return graph.replaceOp(node, Flatten{}).has_value();
  return simplifyMoves(graph, node);
}

// A mean doesn't ask where in its map an element lies.
bool simplifyMean(Graph &graph, Node node) {
  const Value maps = graph.operand(node, 0);
  const Moved moved = movedFrom(graph, maps);
  const Shape &shape = graph.type(moved.source).shape;
  const std::int64_t channels = graph.type(maps).shape[0];
  const bool keepsMaps =
      keepsElements(moved.how) || (moved.how.order[0] == 0 && moved.how.parts[0] % channels == 0);
  if (moved.movers.empty() || !keepsMaps || shape.size() != 3 || shape[0] != channels) return false;
  graph.setOperand(node, 0, moved.source);
  eraseUnused(graph, maps.node);
  return true;
}

bool simplifySlice(Graph &graph, Node node) {
  const bool isWhole = graph.type(graph.operand(node, 0)).shape == graph.type(graph.result(node)).shape;
  return isWhole && dropIdentity(graph, node); // of as many elements there is one slice: all of them
}

// True when the one window of an average pool takes in every element and divides by how many there are.
bool coversWholeMap(const AveragePool &pool, const Shape &input, const Shape &output) {
  for (int axis = 0; axis < 2; ++axis) {
    auto at = static_cast<std::size_t>(axis);
    std::int64_t extent = input[1 + at], kernel = pool.window.kernel[at];
    std::int64_t before = axis == 0 ? pool.window.pad.top : pool.window.pad.left;
    std::int64_t after = axis == 0 ? pool.window.pad.bottom : pool.window.pad.right;
    if (output[1 + at] != 1 || kernel - before < extent) return false;
    if (pool.countIncludePad && std::min(kernel, before + extent + after) != extent) return false;
  }
  return true;
}

bool wholeMapPoolToGap(Graph &graph, Node node) {
  const auto &pool = *graph.as<AveragePool>(node);
  Value maps = graph.operand(node, 0), pooled = graph.result(node);
  Shape shape = graph.type(pooled).shape;
  if (!coversWholeMap(pool, graph.type(maps).shape, shape)) return false;
  Result<Node> mean = graph.insertBefore(node, GlobalAveragePool{}, {&maps, 1}, {}, graph.where(node));
  if (!mean) return false;
  graph.setOperand(node, 0, graph.result(*mean));
  return graph.replaceOp(node, Reshape{shape}).has_value();
}

bool simplifyPool(Graph &graph, Node node, const Window &window) {
  const Shape &input = graph.type(graph.operand(node, 0)).shape;
  if (window.kernel == std::array<std::int64_t, 2>{1, 1} && input == graph.type(graph.result(node)).shape)
    return dropIdentity(graph, node);
  return graph.as<AveragePool>(node) && wholeMapPoolToGap(graph, node);
}

bool constantSecond(Graph &graph, Node node) {
  Value first = graph.operand(node, 0), second = graph.operand(node, 1);
  if (!graph.as<Constant>(first.node) || graph.as<Constant>(second.node)) return false;
  graph.setOperand(node, 0, second);
  graph.setOperand(node, 1, first);
  return true;
}

bool clearIdleDilation(Window &window) {
  bool changed = false;
  for (std::size_t axis = 0; axis < 2; ++axis)
    if (window.kernel[axis] == 1 && window.dilation[axis] != 1) {
      window.dilation[axis] = 1;
      changed = true;
    }
  return changed;
}

bool simplifyDilation(Graph &graph, Node node) {
  Op op = graph.op(node);
  bool changed = false;
  if (auto *conv = std::get_if<Conv2d>(&op)) changed = clearIdleDilation(conv->layer.window);
  if (auto *pool = std::get_if<MaxPool>(&op)) changed = clearIdleDilation(pool->window);
  if (auto *mlpconv = std::get_if<Mlpconv>(&op)) changed = clearIdleDilation(mlpconv->layers.front().window);
  return changed && graph.replaceOp(node, std::move(op)).has_value();
}

// A function that another one can say, alone or together with the function before it.
bool simplifyUnary(Graph &graph, Node node) {
  const Unary function = *graph.as<Unary>(node);
  const Value source = graph.operand(node, 0);
  if (const auto *before = graph.as<Unary>(source.node))
    if (std::optional<Activation> both = composed(*before, function)) {
      if (*both == *before) return dropIdentity(graph, node);
      // The identity takes two steps: here it is the function that the first of them drops.
      const Unary identity{UnaryKind::leakyRelu, {1}};
      graph.setOperand(node, 0, graph.operand(source.node, 0));
      eraseUnused(graph, source.node);
      return graph.replaceOp(node, both->value_or(identity)).has_value();
    }
  const Activation plain = plainest(function);
  if (!plain) return dropIdentity(graph, node);
  return *plain != function && graph.replaceOp(node, *plain).has_value();
}

// What is done to elements one by one is done before they get another shape: there it may be part of a layer,
// and the reshape may meet another. With a number a channel only where channels stay.
bool reshapeLast(Graph &graph, Node node) {
  const Value reshaped = graph.operand(node, 0), result = graph.result(node);
  if (!traitsOf(graph.op(reshaped.node)).reshaping || !soleReader(graph, reshaped)) return false;
  const Value source = graph.operand(reshaped.node, 0);
  const Shape shape = graph.type(result).shape;
  if (graph.type(source).shape == shape) return false; // that goes by itself, and names stay
  if (!graph.as<Unary>(node) && graph.type(source).shape[0] != shape[0]) return false;
  Result<Node> made = graph.insertBefore(node, graph.op(node), {&source, 1}, {}, graph.where(node));
  if (!made) return false;
  graph.setOperand(node, 0, graph.result(*made));
  const bool done = graph.replaceOp(node, reshapeTo(shape)).has_value();
  eraseUnused(graph, reshaped.node);
  return done;
}

// The larger (smaller) of a value and one number is a clip at one end.
bool boundToClip(Graph &graph, Node node) {
  const Value value = graph.operand(node, 0), bound = graph.operand(node, 1);
  const std::optional<float> number = uniformNumber(graph, bound);
  if (!number || graph.type(value).shape != graph.type(graph.result(node)).shape) return false;
  Unary clip = usual(UnaryKind::clip);
  clip.numbers[is(graph.op(node), BinaryKind::max) ? 0 : 1] = *number;
  Result<Node> made = graph.insertBefore(node, clip, {&value, 1}, {}, graph.where(node));
  if (!made) return false;
  takePlace(graph, graph.result(*made), graph.result(node));
  eraseUnused(graph, bound.node);
  return true;
}

// One slope for all channels is a leaky_relu's.
bool simplifyPrelu(Graph &graph, Node node) {
  const Parameter &slope = graph.as<Prelu>(node)->slope;
  if (!slope) return false;
  const float first = slope->data.front();
  if (!std::ranges::all_of(slope->data, [&](float number) { return number == first; })) return false;
  return graph.replaceOp(node, Unary{UnaryKind::leakyRelu, {first}}).has_value();
}

// The number that changes nothing as the second operand, if there is one.
std::optional<float> neutralNumber(BinaryKind kind) {
  if (kind == BinaryKind::add || kind == BinaryKind::sub) return 0.0f;
  if (kind == BinaryKind::mul || kind == BinaryKind::div || kind == BinaryKind::pow) return 1.0f;
  return std::nullopt;
}

bool dropNeutral(Graph &graph, Node node) {
  const Value value = graph.operand(node, 0), constant = graph.operand(node, 1);
  const std::optional<float> neutral = neutralNumber(graph.as<Binary>(node)->kind);
  if (!neutral || uniformNumber(graph, constant) != neutral) return false;
  if (graph.type(value).shape != graph.type(graph.result(node)).shape || !dropIdentity(graph, node))
    return false;
  eraseUnused(graph, constant.node);
  return true;
}

bool simplifyBinary(Graph &graph, Node node) {
  const BinaryKind kind = graph.as<Binary>(node)->kind;
  if (functionOf(kind).commutes && constantSecond(graph, node)) return true;
  if (dropNeutral(graph, node)) return true;
  return (kind == BinaryKind::min || kind == BinaryKind::max) && boundToClip(graph, node);
}

// A chain of one step is that step's op.
bool simplifyChain(Graph &graph, Node node) {
  const PointwiseChain &chain = graph.as<Pointwise>(node)->chain;
  if (chain.steps.size() != 1) return false;
  std::vector<Value> operands;
  for (const PointwiseSource &source : chain.steps[0].sources)
    operands.push_back(graph.operand(node, source.index));
  Result<Node> made =
      graph.insertBefore(node, opOf(chain.steps[0].function), operands, {}, graph.where(node));
  if (!made) return false;
  takePlace(graph, graph.result(*made), graph.result(node));
  return true;
}

// One rule, or none, at this node. The node may be gone afterwards.
bool simplify(Graph &graph, Node node) {
  if (graph.as<Dropout>(node)) return dropIdentity(graph, node);
  if (traitsOf(graph.op(node)).reshaping) return simplifyReshape(graph, node);
  if (graph.as<Concat>(node)) return graph.operandCount(node) == 1 && dropIdentity(graph, node);
  if (graph.as<Transpose>(node)) return simplifyMoves(graph, node);
  if (graph.as<GlobalAveragePool>(node)) return simplifyMean(graph, node);
  if (graph.as<Slice>(node)) return simplifySlice(graph, node);
  if (graph.as<Unary>(node)) return simplifyUnary(graph, node) || reshapeLast(graph, node);
  if (graph.as<Binary>(node)) return simplifyBinary(graph, node);
  if (graph.as<Prelu>(node)) return simplifyPrelu(graph, node) || reshapeLast(graph, node);
  if (graph.as<BatchNorm>(node)) return reshapeLast(graph, node);
  if (graph.as<Pointwise>(node)) return simplifyChain(graph, node);
  if (simplifyDilation(graph, node)) return true;
  if (const auto *pool = graph.as<MaxPool>(node)) return simplifyPool(graph, node, pool->window);
  if (const auto *pool = graph.as<AveragePool>(node)) return simplifyPool(graph, node, pool->window);
  return false;
}

// A constant among the outputs keeps its numbers and its readers under another name; a copy answers to the
// output's.
bool copyConstantOutputs(Graph &graph) {
  bool changed = false;
  for (Value constant : std::vector<Value>(graph.outputs())) {
    if (!graph.as<Constant>(constant.node)) continue;
    std::vector<Use> readers = graph.uses(constant);
    Op copy = reshapeTo(graph.type(constant).shape);
    Result<Node> node = graph.append(std::move(copy), {&constant, 1}, {}, graph.where(constant.node));
    if (!node) continue;
    Value output = graph.result(*node);
    std::string name = graph.name(constant);
    graph.rename(constant, freeName(graph, name + "_constant"));
    graph.replaceAllUses(constant, output);
    graph.setOperand(*node, 0, constant);
    for (const Use &use : readers)
      graph.setOperand(use.user, use.operand, constant);
    graph.rename(output, std::move(name));
    changed = true;
  }
  return changed;
}

} // namespace

bool canonicalize(Graph &graph, PassContext &) {
  bool changed = eraseDeadNodes(graph);
  changed |= copyConstantOutputs(graph);
  for (bool again = true; again; changed |= again) {
    again = false;
    for (Node node : graph.topologicalOrder()) {
      // Where another node than its own is erased, that one stands before it.
      again |= simplify(graph, node);
    }
  }
  return changed;
}

} // namespace ninc
