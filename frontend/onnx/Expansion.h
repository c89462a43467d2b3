// What a file defines for itself, put where it is used.
//
// A call of one of the file's own functions (IR version 8 on; what PyTorch's newer exporter makes of modules)
// becomes the nodes of the function's body: inputs, outputs and attributes are the call's, the values between
// have names of their own. Names that the graphs of attributes (branches) give to values are made others
// where the file has them already, so that afterwards a name stands for one thing in all of the file.
#pragma once

#include "frontend/onnx/Schema.h"
#include "support/Diagnostics.h"

namespace ninc::onnx_import {

// Afterwards the model has no functions, and says its opset if only they did. False if something was
// reported: a function that is there twice, calls itself, is written in another opset or called with more
// inputs than it has, or what all calls become is too large.
bool expandFunctions(onnx::ModelProto &model, Diagnostics &diagnostics);

} // namespace ninc::onnx_import
