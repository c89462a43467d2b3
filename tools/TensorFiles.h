// The files of NAME=FILE arguments (tools/NamedFile.h): which feeds which input, and where outputs go.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "driver/Signature.h"
#include "ir/Tensor.h"
#include "support/Result.h"
#include "tools/NamedFile.h"

namespace ninc {

// From a picture's bytes (0..255, resized to the input's height and width) to an input's numbers:
// (value - mean) * scale. .npy files go through the same mean and scale, without resizing. A picture of 16
// bits has fractions between 0 and 255.
struct ImageConversion {
  std::vector<float> mean, scale; // empty, one number, or one a channel
  std::string layout = "rgb";     // order of the channels in the input
};

// All images for all inputs.
struct ImageSet {
  std::int64_t count = 1;
  bool batched = false;       // the files had an extra first dimension
  std::vector<Tensor> inputs; // [count, shape...]
  // Images [first, first + number), one tensor an input.
  std::vector<Tensor> slice(std::int64_t first, std::int64_t number) const;
};

// Reads a file for every input: a .npy, PNG or JPEG file, which its first bytes tell whatever its name, or
// else its name's ending, in upper or lower case. With a single input, `FILE` alone will do for `NAME=FILE`.
Result<ImageSet> readInputs(const Signature &signature, const std::vector<std::string> &arguments,
                            const ImageConversion &conversion);

// Which file is for which input and output.
Result<std::vector<NamedFile>> inputFiles(const Signature &signature,
                                          const std::vector<std::string> &arguments);
Result<std::vector<NamedFile>> outputFiles(const Signature &signature,
                                           const std::vector<std::string> &arguments);

// .npy, atomically.
Result<void> writeTensor(const std::string &file, const Tensor &tensor, ElementType element);

} // namespace ninc
