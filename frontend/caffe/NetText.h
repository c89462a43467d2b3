// A net's text -> its layers, each with its place.
//
// Texts have much that isn't read here (Net.proto): what training needs, and what forks of Caffe have added.
// It is passed over, but for what stands among the numbers of a layer: that refuses the layer, if it is
// needed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/caffe/Schema.h"
#include "support/Diagnostics.h"

namespace ninc::caffe_import {

struct UnknownField {
  std::string name;
  std::string message; // in which it stands, as Net.proto calls it
  SourceRange where;
  std::string help; // one that it may be a slip of
};

struct PlacedLayer {
  caffe_schema::Layer proto; // of the newest form, whatever the text has
  SourceRange where;         // its type
  std::vector<UnknownField> unknown;
};

struct NetText {
  std::string name;
  caffe_schema::NetState state;
  std::vector<PlacedLayer> layers; // all of the text, whatever the phase; its `input` fields are one in front
};

// None if errors were reported.
std::optional<NetText> readNetText(std::string_view text, Diagnostics &diagnostics);

// "layer 'conv1' (Convolution)"
std::string labelOf(const caffe_schema::Layer &layer);

// Whatever a file calls something, short enough to be shown.
std::string shownName(std::string_view name);

} // namespace ninc::caffe_import
