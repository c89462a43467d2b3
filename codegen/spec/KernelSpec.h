// What a kernel computes, apart from how: the op with its parameters taken out, the types of what it reads
// and writes (layouts included), and the target, a CPU or a device. A value: equal specs share one kernel,
// and its text is the key under which schedules are kept.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "codegen/target/GpuTarget.h"
#include "codegen/target/Target.h"
#include "ir/Graph.h"

namespace ninc {

// What a kernel is made for.
using KernelTarget = std::variant<Target, GpuTarget>;

struct KernelSpec {
  Op op; // parameters are null; which of them exist (hasBias) is part of the op
  std::vector<TensorType> inputs;
  std::vector<TensorType> outputs;
  KernelTarget target;
  // Computed by one call: operands and results are so many tensors, one behind the other. More than 1 only
  // where canComputeImages says so, or on a device.
  std::int64_t images = 1;
  // Operands that are in memory once, for all images, ascending: constants, on a device.
  std::vector<std::size_t> constants = {};

  // Which of the two it is is asked once, by who divides work between families of kernels; behind that, a
  // CPU's code asks for its CPU and a device's for its device.
  bool isOnDevice() const { return std::holds_alternative<GpuTarget>(target); }
  const Target &cpu() const { return std::get<Target>(target); }
  Target &cpu() { return std::get<Target>(target); }
  const GpuTarget &device() const { return std::get<GpuTarget>(target); }
  GpuTarget &device() { return std::get<GpuTarget>(target); }

  bool isConstant(std::size_t operand) const;
  std::int64_t imagesOf(std::size_t operand) const { return isConstant(operand) ? 1 : images; }

  friend bool operator==(const KernelSpec &, const KernelSpec &) = default;
};

// Of one image.
KernelSpec kernelSpecOf(const Graph &graph, Node node, const KernelTarget &target);

// Of all operands and results of one image, in bytes.
std::int64_t tensorBytes(const KernelSpec &spec);

// Whether a kernel of this op can compute several images in one call, so that they share each weight that is
// read: convolutions of one group whose maps, and those that their epilogue reads, lie between images without
// a gap (hwc, or averaged).
bool canComputeImages(const KernelSpec &spec);

// "mlpconv [conv 5x5 pad 2 -> 192, 160, 96] (f32[3, 32, 32]) -> f32[96, 32, 32] hwc @ x86-64-v3": all there
// is to the spec, so equal texts mean equal specs.
std::string toString(const KernelSpec &spec);

// FNV-1a of that text, 16 hexadecimal digits; the same on every machine and in every version.
std::string hashOf(const KernelSpec &spec);

} // namespace ninc
