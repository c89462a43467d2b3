// What is done to the numbers of an input before the graph computes with them.
//
// Applications have pictures as decoders and cameras give them: bytes, a pixel's colours next to one another.
// A network wants them centred and scaled, perhaps with its colours in the opposite order. An input's type
// says what lies between the two (Types.h), and every kernel that reads the input does it as it reads: with
// channel c of the model's and C channels,
//
//   y[c] = (v - mean[c]) * scale[c]   or   (v - mean[c]) / scale[c],     v = x[C-1-c] where the channels are
//                                                                        reversed, else x[c]; with `unit`
//                                                                        that / 255
//
// in this order, as Caffe's transform_param and as PyTorch's ToTensor and Normalize have it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ninc {

struct Preprocessing {
  bool unit = false;        // what is given counts as x / 255, so that bytes are between 0 and 1
  std::vector<float> mean;  // of the model's channels, in their order; one number for all; empty: 0
  std::vector<float> scale; // likewise; empty: 1
  bool divides = false;     // `scale` are standard deviations, to divide by
  bool reversed = false;    // the application's channels are in the opposite order of the model's

  friend bool operator==(const Preprocessing &, const Preprocessing &) = default;
};

// Whether the graph computes with the numbers as they are given.
bool isNone(const Preprocessing &preprocessing);

// y = (x - mean) * factor, of one channel of the model's.
struct ChannelLine {
  double mean = 0, factor = 1;
  friend bool operator==(const ChannelLine &, const ChannelLine &) = default;
};
ChannelLine lineOf(const Preprocessing &preprocessing, std::size_t channel);

// Whether all channels have the same line.
bool isAlike(const Preprocessing &preprocessing);

// How many channels may have numbers of their own, since they are constants of kernels.
constexpr std::int64_t mostPreprocessedChannels = 16;

// "unit mean 0.485, 0.456, 0.406 std 0.229, 0.224, 0.225 bgr", as a text has it; empty where there is none.
std::string toString(const Preprocessing &preprocessing);

} // namespace ninc
