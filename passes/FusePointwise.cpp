// Fuse pointwise: elementwise ops that follow one another become one kernel, and what stands behind an
// mlpconv becomes its epilogue, where the numbers are still in registers.
//
//   s = sigmoid x
//   m = mul x s                  ==>     r = pointwise x y [sigmoid $0, mul $0 %0, add %1 $1]
//   r = add m y
//
//   c = mlpconv x [conv 3x3 pad 1 -> 64 none]
//   r = relu (add c x)           ==>     r = mlpconv x x [conv 3x3 pad 1 -> 64 none] pointwise [add $0 $1,
//   relu]
//
// Such ops do next to nothing with each number, so what they cost is reading and writing it.
//
// Algorithm, first half: for each elementwise op, the last one first, take in those of its operands that
// elementwise ops have made for it alone, then their operands, and so on. Second half: an elementwise op or
// chain that reads the maps of an mlpconv without an epilogue, which nobody else reads, becomes that
// epilogue; its other operands become the mlpconv's.
//
// When it must not fire: the value between is an output, or others read it. It is smaller than the result: it
// would be computed anew for everything that it stretches to (an attention's 64 sigmoids for 64 maps). The
// chain would be too long, or have too many operands. An epilogue reads its operands pixel by pixel, as the
// maps are made, so none of them is stretched; it is written out for each register of a tile, so it has one
// polynomial at most: of two, as in mish, a convolution of 64 channels took 1.1 times what the two kernels
// do, and with three gelus seven times as long to compile. What it reads lies as the maps do: row-major
// operands would be read with strides, and several images at once wouldn't do. And a kernel that has no
// epilogue takes none: grouped convolutions, dense layers, pools.
#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

#include "ir/ops/StepFunctions.h"
#include "passes/Passes.h"
#include "passes/Rewriting.h"
#include "support/Counted.h"

namespace ninc {

namespace {

constexpr const char *pass = "fuse-pointwise";

// A chain and what it reads, each value once.
struct Fusion {
  PointwiseChain chain;
  std::vector<Value> operands;

  // Where the value is among the operands; it becomes one if it isn't.
  PointwiseSource sourceOf(Value value) {
    const auto found = std::ranges::find(operands, value);
    const auto index = static_cast<std::size_t>(found - operands.begin());
    if (found == operands.end()) operands.push_back(value);
    return {PointwiseSource::Kind::operand, index};
  }

  // Appends the other's steps, whose operand `replaced`, if there is one, is the last step so far.
  void append(const Fusion &other, std::optional<std::size_t> replaced) {
    const std::size_t before = chain.steps.size();
    std::vector<PointwiseSource> places;
    for (std::size_t i = 0; i < other.operands.size(); ++i)
      places.push_back(i == replaced ? PointwiseSource{PointwiseSource::Kind::step, before - 1}
                                     : sourceOf(other.operands[i]));
    for (PointwiseStep step : other.chain.steps) {
      for (PointwiseSource &source : step.sources)
        source = source.kind == PointwiseSource::Kind::operand
                     ? places[source.index]
                     : PointwiseSource{PointwiseSource::Kind::step, before + source.index};
      chain.steps.push_back(std::move(step));
    }
  }
};

// An elementwise op as a chain; none for others.
std::optional<Fusion> chainAt(const Graph &graph, Node node) {
  Fusion fusion;
  if (const auto *pointwise = graph.as<Pointwise>(node)) {
    fusion.append({pointwise->chain, graph.operands(node)}, std::nullopt);
    return fusion;
  }
  std::optional<PointwiseFunction> function = stepFunctionOf(graph.op(node));
  if (!function) return std::nullopt;
  PointwiseStep step{std::move(*function), {}};
  for (const Value operand : graph.operands(node))
    step.sources.push_back(fusion.sourceOf(operand));
  fusion.chain.steps.push_back(std::move(step));
  return fusion;
}

bool isTooLong(const Fusion &fusion) {
  return fusion.chain.steps.size() > mostPointwiseSteps || fusion.operands.size() > mostPointwiseOperands;
}

// Grows one chain over the ops that make its operands.
class ChainGrowth {
public:
  ChainGrowth(Graph &graph, PassContext &context, Node node, Fusion start)
      : graph_(graph), context_(context), node_(node), fusion_(std::move(start)), members_{node} {}

  // The nodes that it took in, which are gone, and so is the one that it started from; none if it grew by
  // none.
  std::vector<Node> run() {
    for (std::size_t i = 0; i < fusion_.operands.size();)
      i = takeIn(i) ? 0 : i + 1;
    sayWhatWasLeft();
    if (taken_.empty() || !replace()) return {};
    return std::move(taken_);
  }

private:
  const std::string &name() const { return graph_.name(graph_.result(node_)); }

  bool takeIn(std::size_t index) {
    const Value operand = fusion_.operands[index];
    const std::optional<Fusion> before = chainAt(graph_, operand.node);
    if (!before) return false;
    std::string reason = reasonToKeep(graph_, operand, members_);
    if (graph_.type(operand).shape != graph_.type(graph_.result(node_)).shape)
      reason = fmt::format("'{}' is stretched from {} to {}", graph_.name(operand),
                           toString(graph_.type(operand).shape),
                           toString(graph_.type(graph_.result(node_)).shape));
    Fusion joined = *before;
    joined.append(fusion_, index);
    if (reason.empty() && isTooLong(joined))
      reason =
          fmt::format("they would have {} and {}; a chain has at most {} and {}",
                      counted(joined.chain.steps.size(), "step"), counted(joined.operands.size(), "operand"),
                      mostPointwiseSteps, mostPointwiseOperands);
    if (!reason.empty()) {
      refused_[operand] = reason;
      return false;
    }
    fusion_ = std::move(joined);
    taken_.push_back(operand.node);
    members_.insert(operand.node);
    return true;
  }

  // Of operands that are still there: what had another reader may have been taken in together with it.
  void sayWhatWasLeft() {
    for (const Value operand : fusion_.operands)
      if (const auto refused = refused_.find(operand); refused != refused_.end())
        context_.diagnostics.remark(
            pass, graph_.where(node_),
            fmt::format("'{}' isn't joined with '{}': {}", name(), graph_.name(operand), refused->second));
  }

  bool replace() {
    std::string names;
    for (const Node node : taken_)
      names += fmt::format("{}'{}'", names.empty() ? "" : ", ", graph_.name(graph_.result(node)));
    const std::size_t steps = fusion_.chain.steps.size();
    const SourceRange where = graph_.where(node_);
    const std::string result = name();
    Result<Node> chain =
        graph_.insertBefore(node_, Pointwise{std::move(fusion_.chain)}, fusion_.operands, {}, where);
    if (!chain) return false;
    takePlace(graph_, graph_.result(*chain), graph_.result(node_));
    for (const Node node : taken_)
      graph_.erase(node);
    context_.diagnostics.remark(
        pass, where, fmt::format("'{}' is joined with {} into one kernel of {} steps", result, names, steps));
    return true;
  }

  Graph &graph_;
  PassContext &context_;
  Node node_;
  Fusion fusion_;
  std::set<Node> members_;  // the node, and those below
  std::vector<Node> taken_; // each before those that it reads
  std::map<Value, std::string> refused_;
};

// Where a value lies that assign-layouts leaves as it is.
bool isRowMajor(const Graph &graph, Value value) {
  return graph.as<Input>(value.node) || graph.as<Constant>(value.node) || graph.isOutput(value);
}

constexpr int mostPolynomials = 1;

// That a kernel evaluates for each element.
int polynomialsOf(const PointwiseChain &chain) {
  int sum = 0;
  for (const PointwiseStep &step : chain.steps)
    if (const auto *unary = std::get_if<Unary>(&step.function)) sum += functionOf(unary->kind).polynomials;
  return sum;
}

// Why the chain at `node` can't be the epilogue of what makes `maps`; empty if it can.
std::string reasonAgainst(const Graph &graph, Value maps, Node node, const Fusion &fusion) {
  if (const auto *mlpconv = graph.as<Mlpconv>(maps.node)) {
    if (!std::holds_alternative<NoEpilogue>(mlpconv->epilogue))
      return fmt::format("'{}' {} already", graph.name(maps), describe(mlpconv->epilogue));
  } else {
    return fmt::format("the kernel of a {} has no epilogue",
                       graph.as<Dense>(maps.node) ? "dense layer" : "convolution in groups");
  }
  if (std::string reason = reasonToKeep(graph, maps, std::set{node}); !reason.empty()) return reason;
  if (const int polynomials = polynomialsOf(fusion.chain); polynomials > mostPolynomials)
    return fmt::format("its functions take {}, those of an epilogue at most {}",
                       counted(polynomials, "polynomial"), mostPolynomials);
  const Shape &shape = graph.type(maps).shape;
  if (graph.type(graph.result(node)).shape != shape)
    return fmt::format("'{}' is stretched from {} to {}", graph.name(maps), toString(shape),
                       toString(graph.type(graph.result(node)).shape));
  for (const Value operand : fusion.operands)
    if (graph.type(operand).shape != shape)
      return fmt::format("'{}' is stretched from {} to the maps' {}", graph.name(operand),
                         toString(graph.type(operand).shape), toString(shape));
  for (const Value operand : fusion.operands)
    if (operand != maps && isRowMajor(graph, operand))
      return fmt::format("'{}' is seen from outside, so it is row-major, and maps are made pixel by pixel",
                         graph.name(operand));
  return {};
}

// The epilogue's chain has the maps as $0, whatever number they had.
void makeFirst(Fusion &fusion, std::size_t maps) {
  Fusion reordered;
  reordered.operands.push_back(fusion.operands[maps]);
  reordered.append(fusion, std::nullopt);
  fusion = std::move(reordered);
}

bool absorbInto(Graph &graph, PassContext &context, Value maps, Node node, Fusion fusion) {
  Mlpconv absorbing = *graph.as<Mlpconv>(maps.node);
  absorbing.epilogue = PointwiseEpilogue{fusion.chain};
  std::vector<Value> operands = fusion.operands;
  operands[0] = graph.operand(maps.node, 0);
  const std::string mapsName = graph.name(maps), name = graph.name(graph.result(node));
  const SourceRange where = graph.where(node);
  Result<Node> stage = graph.insertBefore(node, std::move(absorbing), operands, {}, graph.where(maps.node));
  if (!stage) return false;
  takePlace(graph, graph.result(*stage), graph.result(node));
  graph.erase(maps.node);
  context.diagnostics.remark(pass, where, fmt::format("'{}' is absorbed by '{}'", name, mapsName));
  return true;
}

// Into the first of its operands' kernels that can take it.
bool absorb(Graph &graph, PassContext &context, Node node) {
  const std::optional<Fusion> fusion = chainAt(graph, node);
  if (!fusion) return false;
  std::vector<std::string> refusals;
  for (std::size_t i = 0; i < fusion->operands.size(); ++i) {
    const Value operand = fusion->operands[i];
    const Op &producer = graph.op(operand.node);
    if (!std::holds_alternative<Mlpconv>(producer) && !std::holds_alternative<Conv2d>(producer) &&
        !std::holds_alternative<Dense>(producer))
      continue;
    const std::string reason = reasonAgainst(graph, operand, node, *fusion);
    if (reason.empty()) {
      Fusion epilogue = *fusion;
      makeFirst(epilogue, i);
      return absorbInto(graph, context, operand, node, std::move(epilogue));
    }
    refusals.push_back(fmt::format("'{}' isn't absorbed by '{}': {}", graph.name(graph.result(node)),
                                   graph.name(operand), reason));
  }
  for (std::string &refusal : refusals)
    context.diagnostics.remark(pass, graph.where(node), std::move(refusal));
  return false;
}

} // namespace

bool fusePointwise(Graph &graph, PassContext &context) {
  bool changed = false;
  std::vector<Node> order = graph.topologicalOrder();
  std::set<Node> gone;
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    if (gone.contains(*node)) continue;
    std::optional<Fusion> start = chainAt(graph, *node);
    if (!start) continue;
    const std::vector<Node> taken = ChainGrowth(graph, context, *node, std::move(*start)).run();
    gone.insert(taken.begin(), taken.end());
    changed |= !taken.empty();
  }
  for (const Node node : graph.topologicalOrder())
    changed |= absorb(graph, context, node);
  return changed;
}

} // namespace ninc
