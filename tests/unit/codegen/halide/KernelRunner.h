// Runs one kernel in this process, as the host module of a compiled model would, but suspiciously: buffers
// have guards around them, outputs and scratch start out as NaN, tasks run in reverse order, and
// halide_malloc gives no byte more than the kernel has announced.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "codegen/kernel/Kernel.h"
#include "ir/Tensor.h"

namespace ninc {

enum class Memory { separate, inPlace }; // inPlace: result 0 is operand 0's memory

// Element offsets in memory of a value's elements in row-major order, image by image.
template <class F>
void forEachElement(const TensorType &type, std::int64_t images, F visit) {
  const std::vector<std::int64_t> strides = stridesOf(type);
  const std::int64_t elements = elementCount(type.shape);
  for (std::int64_t number = 0; number < images * elements; ++number) {
    std::int64_t rest = number % elements, offset = number / elements * elements;
    for (std::size_t d = type.shape.size(); d-- > 0;) {
      offset += rest % type.shape[d] * strides[d];
      rest /= type.shape[d];
    }
    visit(static_cast<std::size_t>(number), offset);
  }
}

// An operand that is an input as applications have it: as it lies in memory, bytes or floats.
std::vector<std::byte> applicationsMemory(const TensorType &type, const std::vector<float> &numbers);

// Operands and results in row-major order (inputs as applications have them in that of memory), one image's
// elements behind the other's where the spec has several (a tensor's shape is that of one image); a sentence
// if the kernel couldn't be loaded, failed, wrote where it mustn't or left a part of a result unwritten.
Result<std::vector<Tensor>> runKernel(const KernelSpec &spec, const Kernel &kernel,
                                      const std::vector<std::vector<float>> &weights,
                                      const std::vector<Tensor> &operands, Memory memory = Memory::separate);

// What the kernel's object expects from whoever links it.
Result<std::set<std::string>> undefinedSymbols(const Kernel &kernel);

} // namespace ninc
