// A model's layers as rows of a table: shapes, parameters, multiply-accumulates.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/Graph.h"

namespace ninc {

struct LayerRow {
  std::string name; // of its results: "a, b"
  std::string op;
  std::vector<Shape> shapes; // of its results
  std::int64_t parameters = 0;
  std::int64_t macs = 0; // of one image
};

struct ModelListing {
  std::string name;
  std::vector<LayerRow> layers;          // in topological order
  std::int64_t parameters = 0, macs = 0; // of all; what is more than an int64 holds ends there
  std::vector<std::string> outputs;
};

ModelListing listModel(const Graph &graph);

} // namespace ninc
