// One overload an op, in Ops.def's order, writes the attributes; operands stand between an op's spelling and
// its attributes, so both halves are kept apart. Floats are printed with the fewest digits that read back to
// the same float (fmt's default).
#include "ir/Printer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>

#include "ir/TypeRules.h"
#include "support/Utf8.h"

namespace ninc {

namespace {

std::string extents(const std::array<std::int64_t, 2> &pair) {
  return fmt::format("{}x{}", pair[0], pair[1]);
}

std::string shortExtents(const std::array<std::int64_t, 2> &pair) {
  return pair[0] == pair[1] ? fmt::format("{}", pair[0]) : extents(pair);
}

std::string print(const Padding &pad) {
  if (pad.top != pad.bottom || pad.left != pad.right)
    return fmt::format("{},{},{},{}", pad.top, pad.left, pad.bottom, pad.right);
  return shortExtents({pad.top, pad.left});
}

std::string print(const Window &window) {
  std::string text = extents(window.kernel);
  const Window plain;
  if (window.stride != plain.stride) text += " stride " + shortExtents(window.stride);
  if (window.pad != plain.pad) text += " pad " + print(window.pad);
  if (window.dilation != plain.dilation) text += " dilation " + shortExtents(window.dilation);
  return text;
}

std::string printNumbers(const Unary &function) {
  return fmt::format("{}",
                     fmt::join(std::span(function.numbers).first(functionOf(function.kind).count()), " "));
}

std::string print(const Activation &activation) {
  std::string text(spellingOf(activation));
  if (activation && functionOf(activation->kind).count() > 0) text += " " + printNumbers(*activation);
  return text;
}

// What stands behind a channel count: " sigmoid nobias".
std::string afterCount(const Activation &activation, const Activation &usual, bool hasBias) {
  std::string text;
  if (activation != usual) text += " " + print(activation);
  if (!hasBias) text += " nobias";
  return text;
}

std::string pooling(const Window &window, PoolExtent extent, bool countIncludePad) {
  return print(window) + (extent == PoolExtent::ceil ? " ceil" : "") +
         (countIncludePad ? " count_include_pad" : "");
}

std::string print(const Epilogue &epilogue) {
  return std::visit(Overloaded{[](const NoEpilogue &) { return std::string(); },
                               [](const PoolEpilogue &pool) {
                                 return fmt::format(" {} {}",
                                                    pool.kind == PoolKind::max ? "max_pool" : "average_pool",
                                                    pooling(pool.window, pool.extent, pool.countIncludePad));
                               },
                               [](const GapEpilogue &gap) {
                                 return fmt::format(" global_avg_pool{}{}", gap.softmax ? " softmax" : "",
                                                    gap.keepMaps ? " keep_maps" : "");
                               }},
                    epilogue);
}

// The attributes of an op, without blanks around them; empty if there is nothing to say.
struct Attributes {
  std::string operator()(const Input &op) const { return toString(op.type); }
  std::string operator()(const Constant &op) const {
    return toString(TensorType{ElementType::f32, op.shape, Layout::chw});
  }
  std::string operator()(const Conv2d &op) const {
    const ConvLayer &layer = op.layer;
    return print(layer.window) + (layer.groups == 1 ? "" : fmt::format(" groups {}", layer.groups)) +
           fmt::format(" -> {}", layer.outChannels) +
           afterCount(layer.activation, std::nullopt, layer.hasBias);
  }
  std::string operator()(const Mlpconv &op) const {
    std::string text = "[conv " + print(op.layers.empty() ? Window{} : op.layers[0].window) + " -> ";
    for (std::size_t i = 0; i < op.layers.size(); ++i)
      text += fmt::format("{}{}{}", i == 0 ? "" : ", ", op.layers[i].outChannels,
                          afterCount(op.layers[i].activation, Unary{UnaryKind::relu}, op.layers[i].hasBias));
    return text + "]" + print(op.epilogue);
  }
  std::string operator()(const MaxPool &op) const { return pooling(op.window, op.extent, false); }
  std::string operator()(const AveragePool &op) const {
    return pooling(op.window, op.extent, op.countIncludePad);
  }
  std::string operator()(const GlobalAveragePool &) const { return ""; }
  std::string operator()(const Dropout &op) const { return fmt::format("{}", op.ratio); }
  std::string operator()(const Unary &op) const { return printNumbers(op); }
  std::string operator()(const BatchNorm &op) const { return fmt::format("epsilon {}", op.epsilon); }
  std::string operator()(const Binary &) const { return ""; }
  std::string operator()(const Concat &op) const { return fmt::format("axis {}", op.axis); }
  std::string operator()(const Flatten &) const { return ""; }
  std::string operator()(const Reshape &op) const { return toString(op.shape); }
  std::string operator()(const Dense &op) const {
    return fmt::format("-> {}{}", op.outFeatures, afterCount(op.activation, std::nullopt, op.hasBias));
  }
  std::string operator()(const Softmax &) const { return ""; }
  std::string operator()(const Lrn &op) const {
    return fmt::format("size {} alpha {} beta {} k {}", op.size, op.alpha, op.beta, op.k);
  }
};

std::string attributes(const Op &op) {
  std::string text = std::visit(Attributes{}, op);
  return text.empty() ? text : " " + text;
}

std::string quoted(std::string_view text) {
  const bool readable = isUtf8(text);
  std::string result = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += {'\\', c};
    else if (byte < 0x20 || byte == 0x7f || (byte > 0x7f && !readable))
      result += fmt::format("\\x{:02x}", byte);
    else
      result += c;
  }
  return result + "\"";
}

std::string printWeights(const WeightSource &source) {
  switch (source.kind) {
  case WeightSource::Kind::none:
    return "";
  case WeightSource::Kind::file:
    return fmt::format("weights {}\n", quoted(source.path));
  case WeightSource::Kind::random:
    return fmt::format("weights random seed {}\n", source.seed);
  }
  return "";
}

std::string printNode(const Graph &graph, Node node) {
  std::vector<std::string> names, types;
  for (std::size_t i = 0; i < graph.resultCount(node); ++i) {
    names.push_back(graph.name({node, i}));
    types.push_back(toString(graph.type({node, i})));
  }
  std::string text = fmt::format("{} = {}", fmt::join(names, ", "), spellingOf(graph.op(node)));
  for (Value operand : graph.operands(node))
    text += " " + graph.name(operand);
  text += attributes(graph.op(node));
  // An input's and a constant's attribute is its type.
  if (!graph.as<Input>(node) && !graph.as<Constant>(node))
    text += fmt::format(" : {}", fmt::join(types, ", "));
  return text + "\n";
}

} // namespace

std::string printOp(const Op &op) {
  return std::string(spellingOf(op)) + attributes(op);
}

std::string print(const Graph &graph) {
  std::string text = fmt::format("model {}\n{}\n", graph.name(), printWeights(graph.weightSource));
  std::vector<Node> order = graph.topologicalOrder();
  if (order.empty()) order = graph.nodes(); // a cycle: show what is wrong rather than nothing
  for (Node node : order)
    text += printNode(graph, node);
  std::vector<std::string> outputs;
  for (Value output : graph.outputs())
    outputs.push_back(graph.name(output));
  if (!outputs.empty()) text += fmt::format("output {}\n", fmt::join(outputs, ", "));
  return text;
}

} // namespace ninc
