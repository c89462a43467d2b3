#include "driver/ModelListing.h"

#include <limits>

#include "ir/Printer.h"
#include "ir/ops/OpCost.h"
#include "ir/ops/Parameters.h"

namespace ninc {

namespace {

LayerRow rowOf(const Graph &graph, Node node) {
  const std::vector<TensorType> operands = graph.operandTypes(node);
  LayerRow row;
  for (std::size_t i = 0; i < graph.resultCount(node); ++i) {
    Value result = graph.result(node, i);
    row.name += (i ? ", " : "") + graph.name(result);
    row.shapes.push_back(shapeInMemory(
        graph.as<Input>(node) ? graph.type(result) : TensorType{ElementType::f32, graph.type(result).shape}));
  }
  row.op = printOp(graph.op(node));
  row.parameters = parameterCount(graph.op(node), operands);
  row.macs = multiplyAccumulates(graph.op(node), operands);
  return row;
}

// Each row fits; those of the largest layers there can be add up to more.
void addTo(std::int64_t &sum, std::int64_t number) {
  if (__builtin_add_overflow(sum, number, &sum)) sum = std::numeric_limits<std::int64_t>::max();
}

} // namespace

ModelListing listModel(const Graph &graph) {
  ModelListing listing;
  listing.name = graph.name();
  for (Node node : graph.topologicalOrder()) {
    listing.layers.push_back(rowOf(graph, node));
    addTo(listing.parameters, listing.layers.back().parameters);
    addTo(listing.macs, listing.layers.back().macs);
  }
  for (Value value : graph.outputs())
    listing.outputs.push_back(graph.name(value));
  return listing;
}

} // namespace ninc
