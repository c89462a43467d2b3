// What a value is: an element type, a shape and the order its elements have in memory.
//
// Shapes have no batch dimension. A graph says what happens to one image; a batch is a property of the
// compilation (CompileOptions::batch), so no op has to say what it does with it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ir/Preprocessing.h"
#include "support/Result.h"

namespace ninc {

// A graph computes with f32 alone. f16 (IEEE half) is what values may be kept in between kernels, which then
// still compute with f32. i64 is what numbers of elements are (arg_max, top_k): no op takes them, so they are
// outputs. u8 is what inputs may be kept as, since pictures are; to ops these, too, are numbers.
enum class ElementType : std::uint8_t { f32, f16, i64, u8 };

// Extents, outermost first. Feature maps are {channels, height, width}, vectors {n}.
using Shape = std::vector<std::int64_t>;

// Memory order of a rank-3 value. Graphs are built in `chw`, the order of images in .npy and of ONNX; the
// layout pass turns internal values to `hwc`, where a pixel's channels are neighbours and fill a vector
// register. Values of another rank are always `chw`, which means "row-major".
enum class Layout : std::uint8_t { chw, hwc };

struct TensorType {
  ElementType element = ElementType::f32;
  Shape shape;
  Layout layout = Layout::chw;
  // Of an input: what its elements mean. The others' mean what they are.
  Preprocessing preprocessing = {};

  friend bool operator==(const TensorType &, const TensorType &) = default;
};

std::size_t bytesOf(ElementType element);
std::string_view spellingOf(ElementType element); // "f32"

// Number of elements. Shapes in a verified graph never overflow: see checkShape.
std::int64_t elementCount(const Shape &shape);
std::int64_t byteCount(const TensorType &type);

// Strides in elements, one per dimension of the shape (logical order c, h, w), for the type's layout.
std::vector<std::int64_t> stridesOf(const TensorType &type);

// The extents in the order of memory, outermost first: [height, width, channels] of maps in hwc.
Shape shapeInMemory(const TensorType &type);

// Whether it is an input whose numbers in memory aren't what the graph computes with: bytes, or preprocessed.
bool isAsApplicationsHave(const TensorType &type);

// How many dimensions a value has at most; what a model's descriptor has room for (runtime/ninc_model.h).
constexpr std::size_t largestRank = 8;

// Every extent at least 1 and at most 2^31-1, rank 1 to 8, bytes at most 2^31-1 (Halide indexes with 32
// bits). The error says which extent is wrong.
Result<void> checkShape(const Shape &shape);

std::string toString(const Shape &shape);     // "[3, 32, 32]"
std::string toString(const TensorType &type); // "f32[3, 32, 32]" or "f32[3, 32, 32] hwc"

} // namespace ninc
