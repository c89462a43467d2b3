// The file that a library's weights are in where they aren't in the library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ninc {

// What tells a model's file from others (runtime/cpu/weights.h).
std::uint64_t hashOfWeights(std::span<const std::byte> weights);

// Whether a file with this beginning is one.
bool isWeightFile(std::string_view beginning);

// The file's bytes.
std::string weightFile(std::span<const std::byte> weights);

} // namespace ninc
