// ONNX's tensors -> numbers.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/onnx/Schema.h"
#include "frontend/onnx/constants/Literal.h"
#include "support/Result.h"

namespace ninc::onnx_import {

// "float", "int8", "float8e4m3fn"; a number for types that there weren't yet.
std::string elementName(std::int32_t type);

// What numbers of that type are, or why they can't be read.
Result<NumberKind> kindOf(std::int32_t type);

// Reads tensors of one file, and of the files of data that it names, which lie in its folder or below.
class TensorReader {
public:
  explicit TensorReader(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // An error if extents are negative, or are more or fewer than there is data for; nothing is copied before
  // that is known.
  Result<Literal> read(const onnx::TensorProto &tensor);

  // The files of data that were read so far, each once.
  std::vector<std::filesystem::path> filesRead() const;

private:
  Result<std::string_view> externalData(const onnx::TensorProto &tensor);
  Result<std::string_view> fileOf(const std::string &location);

  std::filesystem::path folder_;
  std::map<std::string, std::string> files_; // by their location
};

} // namespace ninc::onnx_import
