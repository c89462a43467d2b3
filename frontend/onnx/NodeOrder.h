// Which nodes of a file are needed for some of its values, in the order in which they can be computed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "frontend/onnx/Schema.h"
#include "support/Diagnostics.h"

namespace ninc::onnx_import {

struct NodeOrder {
  std::vector<const onnx::NodeProto *> nodes;
  std::unordered_set<std::string_view> read; // names that they read, or that were asked for
};

using Names = std::unordered_set<std::string_view>;

// The file's own order isn't believed. Errors: a name that nothing makes, one that two nodes make, a cycle.
// `outer` are names that the graph has from outside: a branch those of the graph that it is in.
std::optional<NodeOrder> orderOf(const onnx::GraphProto &graph, const std::vector<std::string> &outputs,
                                 Diagnostics &diagnostics, const Names &outer = {});

// What a branch, and branches in it, read of the graph around it, in the order of the file.
std::vector<std::string_view> readFromOutside(const onnx::GraphProto &branch);

} // namespace ninc::onnx_import
