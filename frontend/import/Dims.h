// Extents as a file counts them: the batch is one of them, and there may be none at all (a scalar) or a 0.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ninc {

using Dims = std::vector<std::int64_t>;

// A file's tensors may have so many dimensions.
constexpr std::size_t mostDims = 16;

// The product. False where an extent is negative or what those but 0 make is beyond what a kernel can
// address.
constexpr std::int64_t mostElements = (std::int64_t{1} << 29) - 1;
bool countElements(const Dims &dims, std::int64_t &count);

// "[1, 3, 224, 224]".
std::string textOf(const Dims &dims);

} // namespace ninc
