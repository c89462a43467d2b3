// The graph as it grows, and how it counts dimensions.
//
// Shapes in a graph have no batch. Where the file's graph keeps images apart, `batch` is the extent of axis 0
// of every value that is computed, and the graph's shapes are what is behind it; where it doesn't, there is
// no batch and shapes are the file's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "frontend/Origin.h"
#include "frontend/import/Dims.h"
#include "frontend/import/NameMap.h"
#include "ir/Graph.h"

namespace ninc {

class GrowingGraph {
public:
  GrowingGraph(std::string name, std::optional<std::int64_t> batch) : graph(std::move(name)), batch_(batch) {}

  Graph graph;
  NameMap names;

  bool isSplit() const { return batch_.has_value(); }
  std::int64_t batch() const { return batch_.value_or(1); }
  // What the file says in shapes of its own where it means the batch: exporters write down that of their
  // example.
  std::int64_t batchWritten = 0;
  // Whether an extent in front of a shape that the file wrote down stands for the batch.
  bool meansBatch(std::int64_t extent) const {
    return isSplit() && (extent == batchWritten || extent == *batch_);
  }
  // Where the graph's dimensions begin in the file's.
  std::size_t firstOwn() const { return isSplit() ? 1 : 0; }

  // What the extents of a file's value are in the graph, which has none of rank 0.
  Shape shapeOf(const Dims &dims) const;

  // Appends an op; until it gets a name of the file its result has one made of `base`. Errors are those of
  // the type rules.
  Result<Value> append(Op op, std::vector<Value> operands, std::string_view base);

  // Gives the value the name of what the file calls `foreign`, unless it has another's.
  void nameAfter(Value value, const std::string &foreign);

  // Gives it a name made of `base` until it gets one of the file.
  void nameForNow(Value value, std::string_view base);

  // The value becomes the output that the file calls `foreign`; what has a name that it needs, or is an
  // output already, is copied.
  Result<void> addOutput(Value value, const std::string &foreign);

  // Keeps what the file calls an input or an output, if the graph has another name for it.
  void keepOriginal(Value value, const std::string &foreign);

  // What is appended from now on is made with these known numbers of the file.
  void madeWith(std::vector<std::string> numbers) { numbers_ = std::move(numbers); }

  // What the file calls values and numbers; for the time when all values have their names.
  Origin origin() const;

private:
  std::unordered_set<Value> unnamed_;
  std::unordered_map<Value, std::string> foreign_;
  std::unordered_map<Value, std::vector<std::string>> numbersOf_;
  std::vector<std::string> numbers_;
  std::optional<std::int64_t> batch_;
};

} // namespace ninc
