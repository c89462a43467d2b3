// What names in models' files say to people, and what is left of them in a text.
//
// Exporters call values r12, 387 or `onnx::Relu_8` and keep the names that a person gave in those of weights:
// `fire2/squeeze1x1_w_0`, `features.0.weight`, `model/conv2d_1/Conv2D/ReadVariableOp:0`. Names here are paths
// of components, which `/` and `.` separate.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ninc {

// "fire2/squeeze1x1_w_0" -> "fire2/squeeze1x1": what the layer is called whose numbers are called so. Empty
// if that isn't said.
std::string layerNamed(std::string_view numbers);

// "/features/features.3/MaxPool_output_0" -> "features.3": what is worth keeping of a value's name. Empty if
// nobody gave it.
std::string valueNamed(std::string_view foreign);

// "inception_3a/1x1" of "inception_3a/1x1" and "inception_3a/pool_proj": the components that all begin with,
// those between underscores among them, with separators as in the first. Never all of a name, and never only
// an operator.
std::string commonPath(std::span<const std::string> names);

// "fire2" of "fire2/squeeze1x1": without the last component, those between underscores among them; empty if
// there is but one.
std::string parentPath(std::string_view name);

// How many bytes all names begin with because an exporter put a scope around the model: "model/", "gpu_0/".
std::size_t sharedScope(std::span<const std::string> names);

} // namespace ninc
