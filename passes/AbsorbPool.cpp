// Absorb pool: the maps of an mlpconv go through the pooling that follows before they leave the kernel, so
// that a quarter of them (2x2, stride 2) is stored and none is read again.
//
//   m = mlpconv x [conv 3x3 pad 1 -> 64, 64]         p = mlpconv x [conv 3x3 pad 1 -> 64, 64]
//   p = max_pool m 2x2 stride 2                ==>       max_pool 2x2 stride 2
//
// Algorithm: for each max_pool or average_pool that alone reads the maps of an mlpconv without epilogue, the
// mlpconv takes the window as its epilogue, and the pool's name.
//
// When it must not fire: windows that overlap share map elements, and a kernel that makes each pooled pixel
// from its own window would compute those again. The remark says how often: kernel area over stride area,
// 2.25 for the 3x3 stride 2 of the original networks, against a read and write of maps that sit in the cache.
// Padded windows aren't absorbed either: the epilogue's windows lie inside the maps, at most clipped at
// their end. Nor are maps that somebody else needs.
#include <fmt/format.h>

#include "passes/Passes.h"
#include "passes/Rewriting.h"

namespace ninc {

namespace {

constexpr const char *pass = "absorb-pool";

std::optional<PoolEpilogue> poolOf(const Op &op) {
  if (const auto *max = std::get_if<MaxPool>(&op))
    return PoolEpilogue{PoolKind::max, max->window, max->extent, false};
  if (const auto *average = std::get_if<AveragePool>(&op))
    return PoolEpilogue{PoolKind::average, average->window, average->extent, average->countIncludePad};
  return std::nullopt;
}

std::string reasonAgainst(const Graph &graph, Node poolNode, const Window &window) {
  Value maps = graph.operand(poolNode, 0);
  const Epilogue &epilogue = graph.as<Mlpconv>(maps.node)->epilogue;
  if (!std::holds_alternative<NoEpilogue>(epilogue))
    return fmt::format("'{}' {} already", graph.name(maps), describe(epilogue));
  if (std::string reason = reasonToKeep(graph, maps, poolNode); !reason.empty()) return reason;
  if (isPadded(window)) return "its windows reach into padding";
  if (window.dilation != std::array<std::int64_t, 2>{1, 1}) return "its windows are dilated and interleave";
  if (window.kernel[0] > window.stride[0] || window.kernel[1] > window.stride[1]) {
    double kernelArea = static_cast<double>(window.kernel[0]) * static_cast<double>(window.kernel[1]);
    double strideArea = static_cast<double>(window.stride[0]) * static_cast<double>(window.stride[1]);
    return fmt::format("windows overlap: {} would compute the maps {:.4g} times", describe(window),
                       kernelArea / strideArea);
  }
  return {};
}

} // namespace

bool absorbPool(Graph &graph, PassContext &context) {
  bool changed = false;
  for (Node node : graph.topologicalOrder()) {
    std::optional<PoolEpilogue> pool = poolOf(graph.op(node));
    if (!pool) continue;
    Value maps = graph.operand(node, 0);
    const auto *producer = graph.as<Mlpconv>(maps.node);
    if (!producer) continue;
    SourceRange where = graph.where(node);
    std::string name = graph.name(graph.result(node)), producerName = graph.name(maps);
    std::string reason = reasonAgainst(graph, node, pool->window);
    if (reason.empty()) {
      Mlpconv absorbed = *producer;
      absorbed.epilogue = *pool;
      if (graph.replaceOp(maps.node, std::move(absorbed))) {
        takePlace(graph, maps, graph.result(node));
        context.diagnostics.remark(pass, where, fmt::format("'{}' is absorbed by '{}'", name, producerName));
        changed = true;
        continue;
      }
      reason = "the mlpconv's type can't be inferred with it";
    }
    context.diagnostics.remark(pass, where,
                               fmt::format("'{}' isn't absorbed by '{}': {}", name, producerName, reason));
  }
  return changed;
}

} // namespace ninc
