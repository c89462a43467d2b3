// A model's tables as the compiler would lay them down, small enough to compute by hand, for OpenCL and CUDA:
//
//   scaled = a * weights                      kernel 0, one launch
//   out0   = mirror(scaled + b)               kernel 1, two launches; within groups of 32, by local memory
//   out1   = 2 * out0                         kernel 2, reads an output
//
// of a and b, [64] each in batches of 2. The half for the CPU computes the same.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/device/device.h"

namespace ninc {

inline constexpr int imageFloats = 64, batch = 2, allFloats = batch * imageFloats;
inline constexpr int counters = 3 + 2; // of its times

const ninc_device_model &handMadeModel();

// The same to be changed: tables that point into one another.
struct Tables {
  Tables();
  Tables(const Tables &) = delete;
  Tables &operator=(const Tables &) = delete;
  std::vector<ninc_tensor> tensors; // a, b, out0, out1
  std::vector<ninc_device_argument> arguments;
  std::vector<ninc_device_launch> launches;
  std::vector<ninc_device_module> openclModules, cudaModules;
  std::vector<ninc_kernel> kernels;
  std::vector<ninc_device_half> halves;
  std::vector<ninc_device_program> programs;
  ninc_size size = {};
  ninc_model host = {};
  ninc_device_model model = {};
};

// Values for one run and what must come of them.
struct Values {
  std::vector<float> a, b, out0, out1, expected0, expected1;
  explicit Values(float seed = 1);
  std::vector<const void *> inputs() const { return {a.data(), b.data()}; }
  std::vector<void *> outputs() { return {out0.data(), out1.data()}; }
  bool right() const { return out0 == expected0 && out1 == expected1; }
  void forget(); // the outputs
};

} // namespace ninc
