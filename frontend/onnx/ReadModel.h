// Bytes -> ONNX's structures, or why they are none.
#pragma once

#include <string>
#include <string_view>

#include "frontend/onnx/Schema.h"
#include "support/Result.h"

namespace ninc::onnx_import {

// Whatever the bytes are costs a message: nesting and the whole size are limited, and what a field says of
// its own length is checked against what there is before memory is taken. What is newer than the schema is
// passed over.
Result<onnx::ModelProto> readModelProto(std::string_view bytes);

// Which version of ONNX's operators the model speaks.
Result<std::int64_t> opsetOf(const onnx::ModelProto &model);

// Whether an operator's domain is ONNX's own.
bool isOwnDomain(const std::string &domain);

// What a file calls something, in one line and of bounded length, for messages.
std::string shownName(std::string_view name);

// "node 'conv1' (Conv)"; one without a name is called by its first output.
std::string labelOf(const onnx::NodeProto &node);

} // namespace ninc::onnx_import
