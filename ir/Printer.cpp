// One line an op: results, spelling, operands, attributes (ir/ops/AttributeText.h), types.
#include "ir/Printer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>

#include "ir/ops/AttributeText.h"
#include "support/Utf8.h"

namespace ninc {

namespace {

std::string spacedAttributes(const Op &op) {
  std::string text = attributeText(op);
  return text.empty() ? text : " " + text;
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
  text += spacedAttributes(graph.op(node));
  // A source's attribute is its type.
  if (!traitsOf(graph.op(node)).source) text += fmt::format(" : {}", fmt::join(types, ", "));
  if (graph.as<Input>(node)) text += printOriginalName(graph, graph.result(node));
  return text + "\n";
}

} // namespace

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

std::string printOriginalName(const Graph &graph, Value value) {
  const auto original = graph.originalNames.find(graph.name(value));
  return original == graph.originalNames.end() ? "" : " " + quoted(original->second);
}

std::string printOp(const Op &op) {
  return std::string(spellingOf(op)) + spacedAttributes(op);
}

std::string print(const Graph &graph) {
  std::string text = fmt::format("model {}\n{}\n", graph.name(), printWeights(graph.weightSource));
  std::vector<Node> order = graph.topologicalOrder();
  if (order.empty()) order = graph.nodes(); // a cycle: show what is wrong rather than nothing
  for (Node node : order)
    text += printNode(graph, node);
  std::vector<std::string> outputs;
  for (Value output : graph.outputs())
    outputs.push_back(graph.name(output) + printOriginalName(graph, output));
  if (!outputs.empty()) text += fmt::format("output {}\n", fmt::join(outputs, ", "));
  return text;
}

} // namespace ninc
