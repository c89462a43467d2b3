#include "passes/MemoryPlan.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "support/Arithmetic.h"

namespace ninc {

namespace {

// Whether the elements lie in memory in the row-major order of the logical shape. With one pixel, or with
// one channel, hwc and chw are the same order.
bool isRowMajor(const TensorType &type) {
  if (type.shape.size() != 3 || type.layout == Layout::chw) return true;
  return type.shape[0] == 1 || type.shape[1] * type.shape[2] == 1;
}

// A flatten or reshape whose result simply is its operand's memory.
bool isAlias(const Graph &graph, Node node) {
  if (!traitsOf(graph.op(node)).reshaping) return false;
  Value result = graph.result(node), source = graph.operand(node, 0);
  if (isAsApplicationsHave(graph.type(source))) return false; // a kernel makes numbers of it
  return !graph.isOutput(result) && isRowMajor(graph.type(result)) && isRowMajor(graph.type(source));
}

// A stretch of the arena and the steps during which it is taken, both ends included.
struct Block {
  std::int64_t bytes = 0;
  std::size_t first = 0, last = 0;
  std::int64_t offset = 0;
};

bool liveTogether(const Block &a, const Block &b) {
  return a.first <= b.last && b.first <= a.last;
}

// Greedy by size: see the header. Quadratic in the number of values, of which a model has some hundreds.
std::int64_t assignOffsets(std::vector<Block> &blocks) {
  std::vector<std::size_t> bySize(blocks.size());
  for (std::size_t i = 0; i < bySize.size(); ++i)
    bySize[i] = i;
  std::ranges::stable_sort(bySize, std::greater{}, [&](std::size_t i) { return blocks[i].bytes; });

  std::int64_t arena = 0;
  std::vector<std::size_t> placed; // by offset
  for (std::size_t index : bySize) {
    Block &block = blocks[index];
    for (std::size_t other : placed) {
      const Block &neighbour = blocks[other];
      if (!liveTogether(block, neighbour)) continue;
      if (block.offset + block.bytes <= neighbour.offset) break; // fits into the gap before it
      block.offset = std::max(block.offset, neighbour.offset + neighbour.bytes);
    }
    arena = std::max(arena, block.offset + block.bytes);
    placed.insert(std::ranges::upper_bound(placed, block.offset, {},
                                           [&](std::size_t other) { return blocks[other].offset; }),
                  index);
  }
  return arena;
}

class Planner {
public:
  Planner(const Graph &graph, std::int64_t images, std::int64_t alignment)
      : graph_(graph), images_(images), alignment_(alignment) {}

  Result<MemoryPlan> plan() {
    if (Result<void> ok = checkOutputs(); !ok) return tl::unexpected(ok.error());
    orderNodes();
    findLastReads();
    placeCallerMemory();
    for (std::size_t step = 0; step < plan_.order.size(); ++step)
      allocateResults(step);
    plan_.arenaBytes = assignOffsets(blocks_);
    placeArena();
    return std::move(plan_);
  }

private:
  Result<void> checkOutputs() const {
    for (Value output : graph_.outputs()) {
      std::string_view what;
      if (graph_.as<Input>(output.node)) what = "an input";
      if (graph_.as<Constant>(output.node)) what = "a constant";
      if (!what.empty())
        return fail(
            fmt::format("output '{}' is {}, whose memory isn't the output's; give out a copy under another "
                        "name, made by a reshape to its own shape",
                        graph_.name(output), what));
    }
    return {};
  }

  void orderNodes() {
    for (Node node : graph_.topologicalOrder()) {
      if (isAlias(graph_, node)) {
        Value result = graph_.result(node);
        root_[result] = rootOf(graph_.operand(node, 0));
        aliases_.push_back(result);
        continue;
      }
      if (traitsOf(graph_.op(node)).source) continue;
      plan_.order.push_back(node);
    }
  }

  // The value whose memory this one is: itself, or what a chain of aliases leads back to.
  Value rootOf(Value value) const {
    auto found = root_.find(value);
    return found == root_.end() ? value : found->second;
  }

  void findLastReads() {
    for (std::size_t step = 0; step < plan_.order.size(); ++step)
      for (Value operand : graph_.operands(plan_.order[step]))
        lastRead_[rootOf(operand)] = step;
  }

  void placeCallerMemory() {
    std::vector<Node> inputs = graph_.inputs();
    for (std::size_t i = 0; i < inputs.size(); ++i)
      place(graph_.result(inputs[i]), Placement::Kind::input, i);
    for (std::size_t i = 0; i < graph_.outputs().size(); ++i)
      place(graph_.outputs()[i], Placement::Kind::output, i);
    for (Node node : graph_.nodes())
      if (graph_.as<Constant>(node)) place(graph_.result(node), Placement::Kind::constant, 0);
  }

  void place(Value value, Placement::Kind kind, std::size_t index) {
    plan_.places[value] = {kind, index, 0, byteCount(graph_.type(value)), false};
  }

  // Every result of one step gets a block: its operand's where it may be overwritten, else a new one. A
  // result that nobody reads lives during the step that writes it.
  void allocateResults(std::size_t step) {
    Node node = plan_.order[step];
    for (std::size_t i = 0; i < graph_.resultCount(node); ++i) {
      Value result = graph_.result(node, i);
      if (graph_.isOutput(result)) continue;
      auto read = lastRead_.find(result);
      std::size_t last = read == lastRead_.end() ? step : read->second;
      if (std::optional<std::size_t> reused = blockToOverwrite(node, step)) {
        blockOf_[result] = *reused;
        blocks_[*reused].last = last;
      } else {
        blockOf_[result] = blocks_.size();
        blocks_.push_back({roundUp(images_ * byteCount(graph_.type(result)), alignment_), step, last, 0});
      }
    }
  }

  // The block of an operand that dies here and may hold the result: same element at the same place, so an
  // elementwise kernel has read it when it writes it.
  std::optional<std::size_t> blockToOverwrite(Node node, std::size_t step) const {
    if (!traitsOf(graph_.op(node)).elementwise) return std::nullopt;
    const TensorType &result = graph_.type(graph_.result(node));
    std::vector<Value> operands = graph_.operands(node);
    for (Value operand : operands) {
      Value root = rootOf(operand);
      auto block = blockOf_.find(root);
      if (block == blockOf_.end() || lastRead_.at(root) != step || graph_.type(operand) != result) continue;
      // Another operand in the same memory must be read at the same places (add x x), not stretched.
      bool conflict = std::ranges::any_of(
          operands, [&](Value other) { return rootOf(other) == root && graph_.type(other) != result; });
      if (!conflict) return block->second;
    }
    return std::nullopt;
  }

  void placeArena() {
    for (const auto &[value, block] : blockOf_)
      plan_.places[value] = {Placement::Kind::arena, 0, blocks_[block].offset, byteCount(graph_.type(value)),
                             false};
    for (Value alias : aliases_) {
      plan_.places[alias] = plan_.places.at(rootOf(alias));
      plan_.places[alias].alias = true;
    }
  }

  const Graph &graph_;
  std::int64_t images_, alignment_;
  MemoryPlan plan_;
  std::unordered_map<Value, Value> root_;
  std::vector<Value> aliases_; // producers first
  std::unordered_map<Value, std::size_t>
      lastRead_; // of a root: the last step that reads it or an alias of it
  std::unordered_map<Value, std::size_t> blockOf_;
  std::vector<Block> blocks_;
};

} // namespace

Result<MemoryPlan> planMemory(const Graph &graph, std::int64_t images, std::int64_t alignment) {
  return Planner(graph, images, alignment).plan();
}

} // namespace ninc
