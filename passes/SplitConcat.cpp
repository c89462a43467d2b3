// Split concat: no kernel has more operands than it is cheap to compile for, and than a device's kernel may
// have buffers.
//
//   y = concat a0 a1 ... a39        ==>        y_part = concat a0 ... a8
//                                              y = concat y_part a9 ... a39
//
// Halide's time for a kernel grows with the square of its operands: 32 take 0.3 s, 400 took 48 s. A part is a
// kernel of its own, one with another's shapes is another's (KernelSpec.h), and what goes through a part is
// copied once more: as few operands as will do, so that `most` are left; of thousands, in several rounds.
//
// Algorithm: for each concat of more than `most` operands, runs of neighbours from the front become parts
// until no more than `most` operands and parts are left; then again with these, if there still are more.
//
// When it must not fire: on a concat of `most` operands or fewer, which includes all that it leaves behind.
#include <algorithm>
#include <fmt/format.h>

#include "passes/LoweredGraph.h"
#include "passes/Passes.h"
#include "passes/Rewriting.h"

namespace ninc {

namespace {

constexpr std::size_t most = mostConcatOperands;

// One round: the operands with their first runs put together into parts in front of `node`.
std::optional<std::vector<Value>> puttingTogether(Graph &graph, Node node,
                                                  const std::vector<Value> &operands) {
  const Concat concat = *graph.as<Concat>(node);
  const std::string base = graph.name(graph.result(node)) + "_part";
  std::vector<Value> fewer;
  std::size_t done = 0, left = operands.size();
  while (left > most && operands.size() - done > 1) {
    const std::size_t length = std::min({most, left - most + 1, operands.size() - done});
    Result<Node> part = graph.insertBefore(node, concat, std::span(operands).subspan(done, length),
                                           {freeName(graph, base)}, graph.where(node));
    if (!part) return std::nullopt;
    fewer.push_back(graph.result(*part));
    done += length;
    left -= length - 1;
  }
  fewer.insert(fewer.end(), operands.begin() + static_cast<std::ptrdiff_t>(done), operands.end());
  return fewer;
}

bool split(Graph &graph, PassContext &context, Node node) {
  std::vector<Value> operands = graph.operands(node);
  const std::size_t given = operands.size();
  if (given <= most) return false;
  std::size_t before = graph.nodeCount();
  while (operands.size() > most) {
    std::optional<std::vector<Value>> fewer = puttingTogether(graph, node, operands);
    if (!fewer) return graph.nodeCount() != before;
    operands = std::move(*fewer);
  }
  const Value whole = graph.result(node);
  const std::string name = graph.name(whole);
  const SourceRange where = graph.where(node);
  Result<Node> last = graph.insertBefore(node, *graph.as<Concat>(node), operands, {}, where);
  if (!last) return graph.nodeCount() != before;
  takePlace(graph, graph.result(*last), whole);
  context.diagnostics.remark(
      "split-concat", where,
      fmt::format("'{}' has {} operands and is put together by {} kernels of at most {}", name, given,
                  graph.nodeCount() - before + 1, most));
  return true;
}

} // namespace

bool splitConcat(Graph &graph, PassContext &context) {
  bool changed = false;
  for (Node node : graph.topologicalOrder())
    if (graph.as<Concat>(node)) changed |= split(graph, context, node);
  return changed;
}

} // namespace ninc
