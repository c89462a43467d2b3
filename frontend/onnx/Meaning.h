// What a name of the file stands for: numbers that are known, or a value of the graph.
#pragma once

#include <optional>

#include "frontend/onnx/constants/Literal.h"
#include "ir/Graph.h"

namespace ninc::onnx_import {

struct Meaning {
  Dims dims; // as the file counts them
  std::optional<Literal> literal;
  Value value; // of floats, or of numbers of elements, where there is no literal; its shape is that of `dims`
               // in the graph
  bool isTruth = false; // of a value: its elements are the file's booleans, 0 and 1
};

inline Meaning meaningOf(Literal literal) {
  Dims dims = literal.dims;
  return {std::move(dims), std::move(literal), {}};
}

} // namespace ninc::onnx_import
