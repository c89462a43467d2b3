// The ops: plain structs with their attributes, and what each one computes, said once, here.
//
// Notation: x, y are operands and result; a feature map is x[c, i, j] with c < C, i < H (rows), j < W
// (columns). "Zero outside" means that x reads as 0 where i or j lies outside the map. Arithmetic is real;
// what an implementation may differ by is said in docs/numerics.md. An op has one result unless it says
// otherwise.
//
// For each op four things are written, each in its own place: the struct and its meaning (this file), its
// type rule (ir/TypeRules.cpp), its text form (ir/Printer.cpp and frontend/text/), and its reference
// evaluation (ir/interpreter/). The std::visit in each of them names an op you forgot.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/Tensor.h"

namespace ninc {

// Rows or columns added around a map before a window slides over it.
struct Padding {
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;
  friend bool operator==(const Padding &, const Padding &) = default;
};

// A sliding window. Extents are {height, width}. Output row i reads the input rows
// i*stride - pad.top + a*dilation for a in [0, kernel), columns likewise.
struct Window {
  std::array<std::int64_t, 2> kernel{1, 1};
  std::array<std::int64_t, 2> stride{1, 1};
  std::array<std::int64_t, 2> dilation{1, 1};
  Padding pad;
  friend bool operator==(const Window &, const Window &) = default;
};

// How many outputs a pooling window gives along one axis when it doesn't divide the input evenly. `floor`
// drops the remainder; `ceil` adds an output whose window is clipped, unless that window would start
// beyond the input and its leading padding (Caffe's and PyTorch's rule).
enum class PoolExtent : std::uint8_t { floor, ceil };

enum class ActivationKind : std::uint8_t { none, relu, leakyRelu, sigmoid, tanh };

// A function applied to each element. relu(v) = max(v, 0); leakyRelu(v) = v < 0 ? alpha*v : v;
// sigmoid(v) = 1/(1+exp(-v)).
struct Activation {
  ActivationKind kind = ActivationKind::none;
  float alpha = 0; // leakyRelu only
  friend bool operator==(const Activation &, const Activation &) = default;
};

// A value from outside. No operands. The type is the attribute. Always layout chw.
struct Input {
  TensorType type;
  friend bool operator==(const Input &, const Input &) = default;
};

// Numbers known at compile time. No operands. Parameter: `` (the tensor has the value's own name).
struct Constant {
  Shape shape;
  Parameter value;
  friend bool operator==(const Constant &, const Constant &) = default;
};

// One convolution with what follows it element by element:
//   y[o, i, j] = act(bias[o] + sum over c, a, b of weight[o, c, a, b] * x[g*C/groups + c, rows, columns])
// x zero outside, g = o / (O/groups), rows and columns as in Window. weight is [O, C/groups, kH, kW], bias
// [O] or absent.
struct ConvLayer {
  std::int64_t outChannels = 0;
  Window window;
  std::int64_t groups = 1;
  bool hasBias = true;
  Activation activation;
  Parameter weight;
  Parameter bias;
  friend bool operator==(const ConvLayer &, const ConvLayer &) = default;
};

// [C, H, W] -> [O, H', W']. Parameters `weight`, `bias`.
struct Conv2d {
  ConvLayer layer;
  friend bool operator==(const Conv2d &, const Conv2d &) = default;
};

// What an mlpconv does to its last maps before they leave the kernel.
struct NoEpilogue {
  friend bool operator==(const NoEpilogue &, const NoEpilogue &) = default;
};

enum class PoolKind : std::uint8_t { max, average };

// The maps go through a pooling window (as MaxPool or AveragePool) and only its result is stored.
struct PoolEpilogue {
  PoolKind kind = PoolKind::max;
  Window window;
  PoolExtent extent = PoolExtent::floor;
  bool countIncludePad = false; // average only
  friend bool operator==(const PoolEpilogue &, const PoolEpilogue &) = default;
};

// The maps are averaged to one number each, [O], and go through softmax if it is set. With keepMaps the op
// has two results: the averages (or probabilities) first, then the maps [O, H, W].
struct GapEpilogue {
  bool softmax = false;
  bool keepMaps = false;
  friend bool operator==(const GapEpilogue &, const GapEpilogue &) = default;
};

using Epilogue = std::variant<NoEpilogue, PoolEpilogue, GapEpilogue>;

// An mlpconv layer (Lin, Chen, Yan 2013, section 3.1): a k x k convolution and then 1 x 1 convolutions, each
// with bias and activation; [C, H, W] -> [O, H', W']. layers[0] may have any window and one group; every
// later layer is 1 x 1, stride 1, unpadded, one group. ReLU is the default activation in the text form.
// Parameters `0.weight`, `0.bias`, `1.weight`, ...
struct Mlpconv {
  std::vector<ConvLayer> layers;
  Epilogue epilogue;
  friend bool operator==(const Mlpconv &, const Mlpconv &) = default;
};

// y[c, i, j] = max of the window's elements that lie inside x (never the padding). Dilation allowed.
struct MaxPool {
  Window window;
  PoolExtent extent = PoolExtent::floor;
  friend bool operator==(const MaxPool &, const MaxPool &) = default;
};

// y[c, i, j] = sum of the window's elements inside x, divided by how many those are; with countIncludePad by
// the number of positions of the window inside the padded x (Caffe's AVE pooling). Dilation is 1.
struct AveragePool {
  Window window;
  PoolExtent extent = PoolExtent::floor;
  bool countIncludePad = false;
  friend bool operator==(const AveragePool &, const AveragePool &) = default;
};

// [C, H, W] -> [C]: the mean of each map (the paper's section 3.2).
struct GlobalAveragePool {
  friend bool operator==(const GlobalAveragePool &, const GlobalAveragePool &) = default;
};

// The identity when a network runs; `ratio` only documents how it was trained. 0 <= ratio < 1.
struct Dropout {
  float ratio = 0.5f;
  friend bool operator==(const Dropout &, const Dropout &) = default;
};

// Elementwise, any shape, as in Activation.
struct Relu {
  friend bool operator==(const Relu &, const Relu &) = default;
};
struct LeakyRelu {
  float alpha = 0.01f;
  friend bool operator==(const LeakyRelu &, const LeakyRelu &) = default;
};
struct Sigmoid {
  friend bool operator==(const Sigmoid &, const Sigmoid &) = default;
};
struct Tanh {
  friend bool operator==(const Tanh &, const Tanh &) = default;
};

// y[c, ...] = (x[c, ...] - mean[c]) / sqrt(variance[c] + epsilon) * scale[c] + bias[c], c the first
// dimension. Parameters `scale`, `bias`, `mean`, `variance`, each [C].
struct BatchNorm {
  float epsilon = 1e-5f;
  Parameter scale, bias, mean, variance;
  friend bool operator==(const BatchNorm &, const BatchNorm &) = default;
};

// Elementwise over two operands of equal rank; an extent of 1 stretches to the other operand's.
struct Add {
  friend bool operator==(const Add &, const Add &) = default;
};
struct Mul {
  friend bool operator==(const Mul &, const Mul &) = default;
};

// Two or more operands of equal rank, laid behind one another along `axis`; the other extents are equal.
struct Concat {
  std::int64_t axis = 0;
  friend bool operator==(const Concat &, const Concat &) = default;
};

// Any shape -> [number of elements], in row-major order of the logical shape (c, then row, then column),
// whatever the memory layout.
struct Flatten {
  friend bool operator==(const Flatten &, const Flatten &) = default;
};

// The same elements in the same row-major order under another shape.
struct Reshape {
  Shape shape;
  friend bool operator==(const Reshape &, const Reshape &) = default;
};

// [I] -> [O]: y = act(weight x + bias). Parameters `weight` [O, I], `bias` [O] or absent.
struct Dense {
  std::int64_t outFeatures = 0;
  bool hasBias = true;
  Activation activation;
  Parameter weight;
  Parameter bias;
  friend bool operator==(const Dense &, const Dense &) = default;
};

// exp(x - max) / sum of the same, along the first dimension.
struct Softmax {
  friend bool operator==(const Softmax &, const Softmax &) = default;
};

// Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3, with ONNX's and
// Caffe's alpha/size): y[c] = x[c] / (k + alpha/size * sum of x[d]^2)^beta, d from c - (size-1)/2 to
// c + size/2 (integer divisions), inside the channels; 0 where x[c] is 0, whatever k is. alpha and k are at
// least 0 and not both 0: of negative numbers there is no such power.
struct Lrn {
  std::int64_t size = 5;
  float alpha = 1e-4f;
  float beta = 0.75f;
  float k = 1.0f;
  friend bool operator==(const Lrn &, const Lrn &) = default;
};

// Two ops are equal when their attributes are and their parameters are the same objects.
using Op = std::variant<
#define NINC_OP(Struct, spelling) Struct,
#define NINC_LAST_OP(Struct, spelling) Struct
#include "ir/Ops.def"
    >;

// "conv2d", "mlpconv", ...
std::string_view spellingOf(const Op &op);
std::string_view spellingOf(ActivationKind kind); // "relu", "leaky_relu", ..., "none"

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

} // namespace ninc
