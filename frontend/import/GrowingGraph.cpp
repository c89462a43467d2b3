#include "frontend/import/GrowingGraph.h"

#include <algorithm>

#include "support/Utf8.h"

namespace ninc {

Shape GrowingGraph::shapeOf(const Dims &dims) const {
  Shape shape(dims.begin() + static_cast<std::ptrdiff_t>(std::min(firstOwn(), dims.size())), dims.end());
  if (shape.empty()) shape.push_back(1);
  return shape;
}

Result<Value> GrowingGraph::append(Op op, std::vector<Value> operands, std::string_view base) {
  std::vector<std::string> ofResults{names.fresh(base)};
  if (std::holds_alternative<TopK>(op)) ofResults.push_back(names.fresh(base));
  const std::size_t results = ofResults.size();
  Result<Node> node = graph.append(std::move(op), operands, std::move(ofResults));
  if (!node) return tl::unexpected(node.error());
  for (std::size_t i = 0; i < results; ++i)
    unnamed_.insert(graph.result(*node, i));
  if (!numbers_.empty()) numbersOf_.emplace(graph.result(*node), numbers_);
  return graph.result(*node);
}

void GrowingGraph::nameAfter(Value value, const std::string &foreign) {
  if (unnamed_.erase(value) == 0) return;
  graph.rename(value, names.of(foreign));
  foreign_.emplace(value, asUtf8(foreign));
}

Origin GrowingGraph::origin() const {
  Origin origin;
  for (const auto &[value, foreign] : foreign_)
    origin.values.emplace(graph.name(value), foreign);
  for (const auto &[value, numbers] : numbersOf_)
    origin.numbers.emplace(graph.name(value), numbers);
  return origin;
}

void GrowingGraph::nameForNow(Value value, std::string_view base) {
  if (unnamed_.contains(value)) graph.rename(value, names.fresh(base));
}

Result<void> GrowingGraph::addOutput(Value value, const std::string &foreign) {
  const std::string name = names.of(foreign);
  const bool isSource = graph.as<Input>(value.node) || graph.as<Constant>(value.node);
  if (isSource || graph.isOutput(value)) {
    const Shape shape = graph.type(value).shape; // a reshape to it is the graph's word for a copy
    Result<Node> copy = graph.append(shape.size() == 1 ? Op(Flatten{}) : Op(Reshape{shape}),
                                     std::vector{value}, {graph.find(name) ? names.fresh(name) : name});
    if (!copy) return tl::unexpected(copy.error());
    value = graph.result(*copy);
  }
  if (graph.name(value) != name && !graph.find(name)) graph.rename(value, name);
  if (Result<void> added = graph.addOutput(value); !added) return added;
  keepOriginal(value, foreign);
  return {};
}

void GrowingGraph::keepOriginal(Value value, const std::string &foreign) {
  constexpr std::size_t longestShown = 200;
  const std::string &name = graph.name(value);
  if (!foreign.empty() && foreign != name) graph.originalNames[name] = asLine(asUtf8(foreign), longestShown);
}

} // namespace ninc
