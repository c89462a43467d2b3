// Halide computes addresses in 32 bits: what a kernel counts to and addresses must fit them. Sizes of a spec
// come from a model, so whatever is built from one asks here, and a spec that doesn't fit is refused in
// words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ninc {

// Thrown where a kernel is built that Halide's arithmetic can't address; stops in compileKernel.
struct TooLarge {
  std::string reason;
};

// An extent, a coordinate or a distance as Halide's int; throws TooLarge if it isn't one.
int toInt(std::int64_t number);

// Throws TooLarge for memory of more than 2^31-1 bytes; `elements` is the number of f32.
void expectAddressable(double elements, std::string_view what);

// What halide_malloc takes of the worker's slice for a map of one block, a Func in MemoryType::Heap: bytes.
// Whatever grows with the model is there: the stack has room for register tiles and the like
// (NINC_STACK_BYTES). Throws TooLarge as expectAddressable does.
std::int64_t pieceBytes(std::int64_t channels, std::int64_t pixels);

} // namespace ninc
