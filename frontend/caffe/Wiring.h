// Which layer reads what which other makes.
//
// A blob of a net may have several values, one behind the other: a layer whose top is called as its bottom
// computes in place, and who reads the blob further down in the text gets what was there by then. Here each
// is a value of its own. The blob's name is the last one's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/caffe/NetText.h"

namespace ninc::caffe_import {

struct BlobValue {
  std::string blob;
  std::size_t layer = 0; // that makes it, of Wiring::layers
  std::size_t top = 0;   // of that layer
  std::size_t readers = 0;
  bool isLast = true; // of its blob
};

struct WiredLayer {
  PlacedLayer layer;
  std::vector<std::size_t> bottoms, tops; // of Wiring::values
  bool isNeeded = false;
};

struct Wiring {
  std::vector<WiredLayer> layers; // in the order of the text, which is the order of computing
  std::vector<BlobValue> values;
  std::vector<std::size_t> inputs, outputs; // of values
};

// Whether the layer's tops come from outside.
bool isSource(const caffe_schema::Layer &layer);

// `outputs` are those that are asked for, by their blobs' names. Where there are none they are the blobs that
// nobody reads, in the text's order: of a net with a loss or an accuracy, which belong to training and are
// left out, the scores that these would have read. What Silence reads is read. Sources that nobody needs are
// no inputs, but for those of a net that declares its inputs and isn't cut.
//
// Errors: what nothing makes, or two layers make; outputs that there aren't.
std::optional<Wiring> wire(std::vector<PlacedLayer> layers, const std::vector<std::string> &outputs,
                           Diagnostics &diagnostics);

} // namespace ninc::caffe_import
