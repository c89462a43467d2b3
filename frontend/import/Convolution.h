// Convolutions as formats have them, over one to three dimensions and back, made of the graph's, which slides
// over maps.
//
// A signal is maps of one row. A volume's depth goes where channels are: what a filter sees of it is gathered
// behind one another, as channels of a convolution with a group for each depth of the result. A transposed
// convolution (Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", section 4) of
// stride s computes the s results that lie between two of its operand's elements from the same elements; so
// it is a convolution with s times as many channels a dimension, which are then moved beside one another (Shi
// et al. 2016, "Is the deconvolution layer the same as a convolutional layer?").
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "ir/Graph.h"

namespace ninc {

// Appends an op to the graph; no value where that was refused, or where an operand is none.
using AppendOp = std::function<Value(Op, std::vector<Value>)>;

// A number a dimension, of which there are one to three.
struct SpatialWindow {
  Shape kernel, stride, dilation;
  Shape before, behind; // zeros around the operand; of a transposed convolution, results that are cut off
};

struct SpatialConvolution {
  SpatialWindow window;
  std::int64_t outChannels = 1;
  std::int64_t groups = 1;
  Parameter weight; // [O, C/groups, kernel...]; of a transposed convolution [C, O/groups, kernel...]
  Parameter bias;   // [O], or null
};

// The same for each of so many operands, whose channels lie behind one another: they are groups.
SpatialConvolution repeated(SpatialConvolution convolution, std::int64_t times);

// [C, extents...] -> [O, extents'...]. The channels and groups must fit, and the window's numbers be in
// range: from 1 (borders from 0) to 2^31-1.
Value appendConvolution(const Graph &graph, const AppendOp &append, Value x,
                        const SpatialConvolution &convolution);

// Likewise, with results of these extents: those of the whole from `before` on, and the bias
// alone where there are none any more. `behind` isn't asked.
Value appendTransposedConvolution(const Graph &graph, const AppendOp &append, Value x,
                                  const SpatialConvolution &convolution, const Shape &extents);

// How many numbers the weights of the convolutions are that these become for an operand of that shape; more
// than 2^62 are as many.
std::int64_t weightCount(const SpatialConvolution &convolution, const Shape &operand);
std::int64_t transposedWeightCount(const SpatialConvolution &convolution, const Shape &operand);

// How many taps the filters of a transposed convolution have along a dimension, once they are a
// convolution's.
std::int64_t transposedTaps(const SpatialWindow &window, std::size_t dimension);

} // namespace ninc
