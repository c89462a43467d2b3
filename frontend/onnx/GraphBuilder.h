// The graph as it grows, and how it counts dimensions.
//
// Shapes in a graph have no batch. Where the file's graph keeps images apart, `batch` is the extent of axis 0
// of every value that is computed, and the graph's shapes are what is behind it; where it doesn't, there is
// no batch and shapes are the file's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "frontend/import/NameMap.h"
#include "frontend/onnx/constants/ReadTensor.h"
#include "ir/Graph.h"

namespace ninc::onnx_import {

class GraphBuilder {
public:
  GraphBuilder(std::string name, std::optional<std::int64_t> batch, TensorReader &reader)
      : graph(std::move(name)), tensors(reader), batch_(batch) {}

  static constexpr std::int64_t mostConstants = std::int64_t{1} << 28;

  Graph graph;
  NameMap names;
  TensorReader &tensors;
  std::int64_t roomForConstants = mostConstants; // that are computed

  bool isSplit() const { return batch_.has_value(); }
  std::int64_t batch() const { return batch_.value_or(1); }
  // Where the graph's dimensions begin in the file's.
  std::size_t firstOwn() const { return isSplit() ? 1 : 0; }

  // What the extents of a file's value are in the graph, which has none of rank 0.
  Shape shapeOf(const Dims &dims) const;

  // Appends an op; until it gets a name of the file its result has one made of `base`. Errors are those of
  // the type rules.
  Result<Value> append(Op op, std::vector<Value> operands, std::string_view base);

  // Gives the value the name of what the file calls `foreign`, unless it has another's.
  void nameAfter(Value value, const std::string &foreign);

private:
  std::unordered_set<Value> unnamed_;
  std::optional<std::int64_t> batch_;
};

} // namespace ninc::onnx_import
