#include "ir/Dot.h"

#include <fmt/format.h>

#include "ir/Printer.h"

namespace ninc {

namespace {

// Graphviz labels: quotes and backslashes escaped, "\l" ends a left-aligned line.
std::string escape(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// A fused layer list is long: one line a comma at most 48 characters wide keeps boxes readable.
std::string wrap(const std::string &text) {
  constexpr std::size_t width = 48;
  std::string wrapped;
  std::size_t column = 0;
  for (char c : text) {
    if (c == ' ' && column > width) {
      wrapped += "\\n";
      column = 0;
    } else {
      wrapped += c;
      ++column;
    }
  }
  return wrapped;
}

} // namespace

std::string toDot(const Graph &graph) {
  auto label = [&](Node node) {
    std::string names;
    for (std::size_t i = 0; i < graph.resultCount(node); ++i)
      names += (i ? ", " : "") + graph.name(graph.result(node, i));
    bool answer = false;
    for (std::size_t i = 0; i < graph.resultCount(node); ++i)
      answer |= graph.isOutput(graph.result(node, i));
    bool data = traitsOf(graph.op(node)).source;
    return fmt::format("shape={} {} label=\"{}\\n{}\"", data ? "ellipse" : "box",
                       answer ? "style=\"rounded,filled\" fillcolor=\"#dff0d8\"" : "style=rounded",
                       escape(names), wrap(escape(printOp(graph.op(node)))));
  };
  auto edge = [&](Value value) { return fmt::format("label=\"{}\"", toString(graph.type(value))); };
  return graph.toGraphviz(label, edge);
}

} // namespace ninc
