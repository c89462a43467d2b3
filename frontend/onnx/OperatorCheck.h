// Operators that none of the tables has, by name, before anything else of the nodes is looked at.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frontend/onnx/NodeOrder.h"
#include "support/Diagnostics.h"

namespace ninc::onnx_import {

// A choice between two branches, which is made while the file is read.
inline constexpr std::string_view choice = "If";

// False, with an error for each node that stands in the way; the last one comes with the --outputs that end
// the model before them, where something is left of what is computed from `inputs` for `outputs`.
bool checkOperators(const NodeOrder &order, const std::vector<std::string> &inputs,
                    const std::vector<std::string> &outputs, Diagnostics &diagnostics);

} // namespace ninc::onnx_import
