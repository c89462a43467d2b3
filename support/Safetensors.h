// Weight files in the safetensors format (https://github.com/huggingface/safetensors, "Format"):
//
//   8 bytes   N, little-endian
//   N bytes   JSON: {"name": {"dtype": "F32", "shape": [96, 3, 5, 5], "data_offsets": [begin, end]}, ...}
//             and, if wanted, "__metadata__": {"key": "text"}; may be padded with spaces
//   the rest  the numbers, row-major; offsets count from here, and tensors cover it without gap or overlap
//
// Weight files come from anywhere: the reader checks every one of these claims before it touches a number.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "support/Array.h"
#include "support/Result.h"

namespace ninc {

// Every tensor by name. F32 as it is; F16, BF16 and F64 are converted (a double beyond float's range becomes
// an infinity); any other dtype is an error. Metadata is skipped.
Result<std::map<std::string, Array>> parseSafetensors(std::string_view bytes);
// The same of a file, whose path the errors name.
Result<std::map<std::string, Array>> readSafetensors(const std::filesystem::path &file);

// F32 tensors in the order of their names; equal arguments give equal bytes. Data starts at a multiple of 8.
// Fails for a name that is "__metadata__" or no UTF-8, and for data that doesn't fit its shape.
Result<std::string> formatSafetensors(const std::map<std::string, ArrayView> &tensors);

} // namespace ninc
