// Fuse mlpconv: a convolution and the 1x1 convolutions behind it become one kernel. This is the pass the
// compiler exists for: Lin, Chen and Yan's mlpconv layer (2013, section 3.1) is a small network slid over
// the image, and a pixel's channels can run through all of it without leaving the cache.
//
//   a = conv2d x 5x5 pad 2 -> 192 relu
//   b = conv2d a 1x1 -> 160 relu        ==>    c = mlpconv x [conv 5x5 pad 2 -> 192, 160, 96]
//   c = conv2d b 1x1 -> 96 relu
//
// Algorithm: nodes in topological order. A conv2d becomes an mlpconv of one layer, whatever its kernel,
// stride, pad and dilation. A conv2d or mlpconv that begins with a 1x1 convolution is appended to the
// mlpconv whose maps it reads; producers are complete when their reader's turn comes, so chains of any
// length collapse in one sweep. The result has the last value's name; activations and epilogue of each
// layer travel with it. What was written with more layers than a kernel has comes apart again, from the
// front.
//
// A kernel has at most `mostStageLayers`. Halide's time for it grows faster than the layers do (8 take 0.4 s,
// 80 took 14.5 s and 300 minutes), and from layer to layer there is less to gain: the maps of some pixels
// have to stay in the caches for all of them. Published networks have three.
//
// When it must not fire: the maps between are an output or have another reader (they must reach memory
// anyway); the producer has an epilogue; the second convolution isn't 1x1 with stride 1 and without pad (it
// would need a pixel's neighbours, which would be computed again for every window); a convolution has groups
// (the type rule of mlpconv; grouped convolutions keep their own kernel).
#include <fmt/format.h>

#include "passes/LoweredGraph.h"
#include "passes/Passes.h"
#include "passes/Rewriting.h"

namespace ninc {

namespace {

constexpr const char *pass = "fuse-mlpconv";

std::string channelsOf(const Mlpconv &mlpconv) {
  std::string text;
  for (const ConvLayer &layer : mlpconv.layers)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", layer.outChannels);
  return text;
}

// Why `reader`, which is `stack`, can't join the stack that makes `maps`; empty if it can.
std::string reasonAgainst(const Graph &graph, Value maps, Node reader, const ConvStack &stack) {
  const ConvLayer &first = stack.layers.front();
  if (const auto *conv = graph.as<Conv2d>(maps.node))
    return fmt::format("'{}' has {} groups", graph.name(maps), conv->layer.groups);
  if (first.groups != 1) return fmt::format("it has {} groups", first.groups);
  if (first.window.kernel != std::array<std::int64_t, 2>{1, 1})
    return fmt::format(
        "its convolution is {}, not 1x1: every window would compute the maps of its neighbours again",
        describe(first.window));
  if (!isPointwise(first))
    return fmt::format("its convolution is {}{}; an mlpconv's later layers have stride 1 and no pad",
                       describe(first.window), isPadded(first.window) ? " with pad" : "");
  const auto &producer = *graph.as<Mlpconv>(maps.node);
  if (!std::holds_alternative<NoEpilogue>(producer.epilogue))
    return fmt::format("'{}' {}", graph.name(maps), describe(producer.epilogue));
  const std::size_t together = producer.layers.size() + stack.layers.size();
  if (together > mostStageLayers)
    return fmt::format("they would have {} layers, a kernel has at most {}", together, mostStageLayers);
  return reasonToKeep(graph, maps, reader);
}

// Appends a stack to the mlpconv it reads from. `reader` is gone if it returns true.
bool joinProducer(Graph &graph, PassContext &context, Node reader) {
  Value maps = graph.operand(reader, 0);
  if (!graph.as<Mlpconv>(maps.node) && !graph.as<Conv2d>(maps.node)) return false;
  ConvStack stack = *convStackOf(graph.op(reader));
  SourceRange where = graph.where(reader);
  std::string name = graph.name(graph.result(reader)), producerName = graph.name(maps);
  std::string reason = reasonAgainst(graph, maps, reader, stack);
  if (!reason.empty()) {
    context.diagnostics.remark(pass, where,
                               fmt::format("'{}' isn't fused with '{}': {}", name, producerName, reason));
    return false;
  }

  Mlpconv fused = *graph.as<Mlpconv>(maps.node);
  fused.layers.insert(fused.layers.end(), stack.layers.begin(), stack.layers.end());
  fused.epilogue = stack.epilogue;
  std::string text = fmt::format("'{}' is fused with '{}' into one mlpconv of {} layers (-> {})", name,
                                 producerName, fused.layers.size(), channelsOf(fused));
  std::vector<Value> operands = graph.operands(maps.node);
  for (std::size_t i = 1; i < graph.operandCount(reader); ++i) // those of its epilogue
    operands.push_back(graph.operand(reader, i));
  Result<Node> node = graph.insertBefore(maps.node, std::move(fused), operands, {}, graph.where(maps.node));
  if (!node) return false;

  // Results in their places: an epilogue may have made two of them.
  std::vector<std::string> names;
  for (std::size_t i = 0; i < graph.resultCount(reader); ++i) {
    names.push_back(graph.name(graph.result(reader, i)));
    graph.replaceAllUses(graph.result(reader, i), graph.result(*node, i));
  }
  graph.erase(reader);
  graph.erase(maps.node);
  for (std::size_t i = 0; i < names.size(); ++i)
    graph.rename(graph.result(*node, i), names[i]);
  context.diagnostics.remark(pass, where, std::move(text));
  return true;
}

// Leaves the last layers and the epilogue of a deep mlpconv in its place, those before in mlpconvs ahead of
// it.
bool splitDeep(Graph &graph, PassContext &context, Node node) {
  const auto *deep = graph.as<Mlpconv>(node);
  if (!deep || deep->layers.size() <= mostStageLayers) return false;
  const std::vector<ConvLayer> layers = deep->layers;
  const Epilogue epilogue = deep->epilogue;
  const std::string name = graph.name(graph.result(node));
  const SourceRange where = graph.where(node);
  Value maps = graph.operand(node, 0);
  auto first = layers.begin();
  for (; layers.end() - first > static_cast<std::ptrdiff_t>(mostStageLayers); first += mostStageLayers) {
    Mlpconv part{{first, first + mostStageLayers}, NoEpilogue{}};
    Result<Node> ahead =
        graph.insertBefore(node, std::move(part), {&maps, 1}, {freeName(graph, name + "_part")}, where);
    if (!ahead) return first != layers.begin();
    maps = graph.result(*ahead);
  }
  graph.setOperand(node, 0, maps);
  if (!graph.replaceOp(node, Mlpconv{{first, layers.end()}, epilogue})) return true;
  context.diagnostics.remark(
      pass, where,
      fmt::format("'{}' has {} layers and is computed by {} kernels of at most {}", name, layers.size(),
                  (layers.size() + mostStageLayers - 1) / mostStageLayers, mostStageLayers));
  return true;
}

} // namespace

bool fuseMlpconv(Graph &graph, PassContext &context) {
  bool changed = false;
  for (Node node : graph.topologicalOrder()) {
    if (!convStackOf(graph.op(node))) continue;
    if (splitDeep(graph, context, node)) {
      changed = true;
      continue;
    }
    if (joinProducer(graph, context, node)) {
      changed = true;
      continue;
    }
    const auto *conv = graph.as<Conv2d>(node);
    if (!conv) continue;
    if (conv->layer.groups != 1) {
      context.diagnostics.remark(pass, graph.where(node),
                                 fmt::format("'{}' stays a conv2d: it has {} groups",
                                             graph.name(graph.result(node)), conv->layer.groups));
      continue;
    }
    changed |= graph.replaceOp(node, Mlpconv{{conv->layer}, NoEpilogue{}}).has_value();
  }
  return changed;
}

} // namespace ninc
