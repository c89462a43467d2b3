// One layer on its way into the graph: what functions of layer types (LayerTypes.h) are handed.
//
// A function reads bottoms, fields and numbers and gives values to the tops. The first thing that is wrong is
// reported at the layer's place; from then on everything it asks for is empty, and what it gives is nothing.
// So no function has to look whether the last step went well.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/caffe/NetGraph.h"
#include "frontend/caffe/Wiring.h"
#include "support/Diagnostics.h"

namespace ninc::caffe_import {

class LayerImport {
public:
  // `bottoms` are all there.
  LayerImport(const WiredLayer &wired, std::vector<const NetValue *> bottoms, NetGraph &net,
              Diagnostics &diagnostics);

  const caffe_schema::Layer &layer;

  bool isSplit() const { return net_.isSplit(); }
  std::size_t firstOwn() const { return net_.firstOwn(); }
  bool failed() const { return failed_; }

  // ---- bottoms
  std::size_t bottomCount() const { return bottoms_.size(); }
  const NetValue &bottom(std::size_t bottom = 0) const { return *bottoms_[bottom]; }
  // One as maps [C, H, W].
  Value maps(std::size_t bottom = 0);
  // One with the channels, its axis 1, in front: [C, ...].
  Value channelsFirst(std::size_t bottom = 0);

  // An axis of that many dimensions, counted from behind if it is negative. With `behind` the place behind
  // the last one is an axis too.
  std::size_t axis(std::int64_t axis, std::size_t rank, bool behind = false);
  // The graph's number of a dimension of the file, for a layer that does something along it. None for the
  // batch: that would mix images.
  std::optional<std::size_t> ownAxis(std::size_t axis);

  // ---- numbers of the trained net, which a layer has in blobs
  // Null where nobody asks for numbers, or the trained net doesn't have the layer (which is reported at the
  // end).
  Parameter numbers(std::size_t blob, Shape shape, std::string_view what);
  // One number; 1 where there is none.
  float number(std::size_t blob, std::string_view what);

  // ---- tops
  std::size_t topCount() const { return tops_.size(); }
  void give(Value value, Dims dims, std::size_t top = 0);
  std::vector<std::optional<NetValue>> &tops() { return tops_; }

  // ---- the graph
  Value append(Op op, std::vector<Value> operands);
  Value reshape(Value value, const Shape &shape);
  // The same number in every place of the shape; null, and the layer refused, where there is no room for it.
  Parameter filled(float number, const Shape &shape);
  Value constant(float number, const Shape &shape);
  Value constant(Parameter numbers, const Shape &shape); // null: zeros
  Shape shapeOf(const Dims &dims) const { return net_.shapeOf(dims); }
  const Shape &shapeOf(Value value) const { return net_.graph.type(value).shape; }
  NetGraph &net() { return net_; }

  // ---- what is wrong
  void refuse(std::string message, std::string help = {});
  // What the layer does would mix the images of a batch: the graph has none.
  void mixImages();
  bool mixesImages() const { return mixesImages_; }
  // What is left to check behind a layer's function.
  void finish();

private:
  const PlacedLayer &placed_;
  std::vector<const NetValue *> bottoms_;
  std::vector<std::optional<NetValue>> tops_;
  NetGraph &net_;
  Diagnostics &diagnostics_;
  std::size_t blobsAsked_ = 0;
  bool failed_ = false;
  bool mixesImages_ = false;
};

} // namespace ninc::caffe_import
