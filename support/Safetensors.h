// Weight files in the safetensors format (https://github.com/huggingface/safetensors, "Format"):
//
//   8 bytes   N, little-endian
//   N bytes   JSON: {"name": {"dtype": "F32", "shape": [96, 3, 5, 5], "data_offsets": [begin, end]}, ...}
//             and, if wanted, "__metadata__": {"key": "text"}; may be padded with spaces
//   the rest  the numbers, row-major; offsets count from here, and tensors cover it without gap or overlap
//
// Weight files come from anywhere: the reader checks every one of these claims before it touches a number.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/Array.h"
#include "support/Result.h"

namespace ninc {

// What a file's header says of a tensor.
struct StoredTensor {
  std::string dtype; // F32, I64, F8_E4M3, BOOL, ...; any word, since the format gets new ones
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0; // bytes of the data
};

// A file whose header has been checked. A tensor's numbers are converted when they are asked for, so one that
// nobody wants may be of any dtype. Owns its bytes; loading is const and thread-safe.
class SafetensorsFile {
public:
  static Result<SafetensorsFile> parse(std::string bytes);
  // The same of a file, whose path the errors name.
  static Result<SafetensorsFile> read(const std::filesystem::path &file);

  const std::map<std::string, StoredTensor> &tensors() const { return tensors_; }

  // F32 as it is; F16, BF16 and F64 are converted (a double beyond float's range becomes an infinity); any
  // other dtype is an error. The name must be one of tensors().
  Result<Array> load(const std::string &name) const;

private:
  SafetensorsFile(std::string bytes, std::size_t dataAt, std::map<std::string, StoredTensor> tensors)
      : bytes_(std::move(bytes)), dataAt_(dataAt), tensors_(std::move(tensors)) {}
  std::string bytes_;
  std::size_t dataAt_; // where the header ends
  std::map<std::string, StoredTensor> tensors_;
};

// Whether SafetensorsFile::load converts numbers of this dtype.
bool canLoad(std::string_view dtype);

// Every tensor by name, as load gives it.
Result<std::map<std::string, Array>> parseSafetensors(std::string_view bytes);
// The same of a file, whose path the errors name.
Result<std::map<std::string, Array>> readSafetensors(const std::filesystem::path &file);

// F32 tensors in the order of their names; equal arguments give equal bytes. Data starts at a multiple of 8.
// Fails for a name that is "__metadata__" or no UTF-8, and for data that doesn't fit its shape. `metadata`,
// if any, stands before the tensors.
Result<std::string> formatSafetensors(const std::map<std::string, ArrayView> &tensors,
                                      const std::map<std::string, std::string> &metadata = {});

} // namespace ninc
