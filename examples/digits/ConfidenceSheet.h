// A picture of what the last mlpconv says: one row a digit, first the digit itself, then its ten confidence
// maps, one a class. Global average pooling turns each map's mean into the class's score, so a map is
// readable as evidence: where in the image the network sees signs of a 7.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "support/Result.h"

namespace digits {

inline constexpr std::size_t side = 8; // pixels of an image and of a map

struct Sample {
  std::vector<float> image;         // [side, side], 0 paper to 1 ink
  std::vector<float> maps;          // [10, side, side], not negative
  std::vector<float> probabilities; // [10]
  int predicted = 0;
};

// PNG bytes. Maps of one row share a scale, from white (0) to dark red (the row's largest value); a bar under
// each map is the class's probability, and the predicted class is framed.
ninc::Result<std::string> drawSheet(const std::vector<Sample> &samples);

} // namespace digits
