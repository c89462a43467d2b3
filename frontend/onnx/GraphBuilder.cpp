#include "frontend/onnx/GraphBuilder.h"

#include <algorithm>

namespace ninc::onnx_import {

Shape GraphBuilder::shapeOf(const Dims &dims) const {
  Shape shape(dims.begin() + static_cast<std::ptrdiff_t>(std::min(firstOwn(), dims.size())), dims.end());
  if (shape.empty()) shape.push_back(1);
  return shape;
}

Result<Value> GraphBuilder::append(Op op, std::vector<Value> operands, std::string_view base) {
  Result<Node> node = graph.append(std::move(op), operands, {names.fresh(base)});
  if (!node) return tl::unexpected(node.error());
  unnamed_.insert(graph.result(*node));
  return graph.result(*node);
}

void GraphBuilder::nameAfter(Value value, const std::string &foreign) {
  if (unnamed_.erase(value) > 0) graph.rename(value, names.of(foreign));
}

} // namespace ninc::onnx_import
