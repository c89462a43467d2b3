// Ways to look at a value's memory as a Halide buffer, and the parameters made of them.
//
// A layout is nothing but strides. An algorithm is written over coordinates that suit it - the elements in a
// line, (channel, pixel), or (channel, row, column) - and runs on either layout; its schedule asks along
// which of them elements are neighbours.
#pragma once

#include "codegen/halide/KernelPipeline.h"

namespace ninc {

// All elements, in memory order: [{n, 1}].
std::vector<Dimension> lineView(const TensorType &type);

// The first dimension, and all others as one: (channel, pixel) of maps in either layout.
std::vector<Dimension> channelView(const TensorType &type);

// The logical dimensions: (channel, row, column) of maps.
std::vector<Dimension> logicalView(const TensorType &type);

// `view` of one image's value, and images behind it.
std::vector<Dimension> withImages(std::vector<Dimension> view, const TensorType &type, std::int64_t images);

// The same views of all that one call of a light kernel computes: one image on a CPU; on a device, where a
// launch computes all images, these as one more dimension, the last (in a line they follow one another).
std::vector<Dimension> lineView(const TensorType &type, const KernelSpec &spec);
std::vector<Dimension> lineOfEach(const TensorType &type, const KernelSpec &spec);
std::vector<Dimension> channelView(const TensorType &type, const KernelSpec &spec);
std::vector<Dimension> logicalView(const TensorType &type, const KernelSpec &spec);

// Number of the dimension along which elements are neighbours in memory: the one with stride 1 and the
// largest extent.
std::size_t neighbourDimension(const std::vector<Dimension> &view);

// What a pipeline of this type keeps: f32, i64, u8, or a f16 as whatever two bytes the device has for it.
ElementType elementOf(const Halide::Type &type);

// Collects what a kernel reads and writes, in the order of the C function's arguments. All throw TooLarge for
// a buffer of more than 2^31-1 bytes.
class Arguments {
public:
  // Scratch lies as the spec's machine wants it.
  explicit Arguments(const KernelSpec &spec);

  // `type` is how the elements are kept: f32, or what a device keeps an f16 as.
  Halide::ImageParam operand(std::size_t index, std::vector<Dimension> view,
                             Halide::Type type = Halide::Float(32));
  Halide::ImageParam weights(std::size_t index, std::vector<Dimension> view,
                             Halide::Type type = Halide::Float(32));

  // Storage for a whole intermediate map; `map` becomes an output of the pipeline. Operands and weights come
  // before the first of these two.
  void scratch(Halide::Func map, std::vector<Dimension> view);
  void result(Halide::Func map, std::vector<Dimension> view, std::size_t index = 0);

  // The finished kernel; call once, at the end.
  KernelPipeline take();

private:
  Halide::ImageParam input(KernelArgument argument, Halide::Type type);
  void output(Halide::Func map, KernelArgument argument);

  std::int64_t alignment_; // of the scratch's regions, in bytes
  KernelPipeline kernel_;
  std::vector<Halide::Func> outputs_;
  std::size_t scratchRegions_ = 0;
};

} // namespace ninc
