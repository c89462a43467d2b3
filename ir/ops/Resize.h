// Maps of another size, made by interpolation.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/Types.h"
#include "ir/ops/Attributes.h"
#include "ir/ops/OpTraits.h"

namespace ninc {

// Which elements are weighed around a place that lies between them: the nearest one, the two on either side,
// or two on each side (Keys 1981, "Cubic convolution interpolation").
enum class Interpolation : std::uint8_t { linear, nearest, cubic };

// Where in the operand an element of the result lies, counted in the operand's elements from the first one's
// middle. i is the element's number, s the scale along the dimension, n the operand's extent.
enum class ResizeGrid : std::uint8_t {
  halfPixel,          // (i + 1/2) / s - 1/2: the borders of both fall together
  halfPixelSymmetric, // the same, moved so that the middles do, where n s isn't whole
  pytorchHalfPixel,   // the same as the first, but 0 for a result of one element
  asymmetric,         // i / s
  alignCorners,       // i (n - 1) / (n s - 1): the first and last elements fall together
  cropAndResize // from start (n - 1) to end (n - 1) in equal steps, or halfway for a result of one element
};

// Which of two neighbours is the nearest.
enum class NearestRule : std::uint8_t { preferFloor, preferCeil, floor, ceil };

// x -> y of `shape`, which has as many dimensions: along each in turn, an element of the result is a weighted
// sum of the operand's around its place; beyond the ends the last element goes on. A dimension of one extent
// and scale 1 stays as it is, unless it is cropped. The weights are ONNX's (Resize, opset 19), in
// ir/ops/ResizeTaps.h.
struct Resize {
  Shape shape;
  Interpolation interpolation = Interpolation::linear;
  ResizeGrid grid = ResizeGrid::halfPixel;
  NearestRule nearest = NearestRule::preferFloor;
  float coefficient = -0.75f; // of cubic weights, the slope at the neighbours
  bool excludesOutside =
      false; // elements beyond the ends have no weight; the others are scaled to make up for it
  bool antialiases = false;  // where the result is smaller, weights reach as much further
  std::vector<float> scales; // of each dimension; empty: as many times as the result is larger
  std::vector<float>
      roi; // of cropAndResize: each dimension's start, then each one's end, 0 and 1 for all of it
  static constexpr OpTraits traits = {.seesRows = true};
  static constexpr auto attributes = std::tuple{
      attribute::Shaped{&Resize::shape},
      attribute::Choice{"the interpolation", &Resize::interpolation,
                        std::array<attribute::Chosen<Interpolation>, 2>{
                            {{"nearest", Interpolation::nearest}, {"cubic", Interpolation::cubic}}}},
      attribute::Choice{"the grid", &Resize::grid,
                        std::array<attribute::Chosen<ResizeGrid>, 6>{
                            {{"half_pixel", ResizeGrid::halfPixel},
                             {"half_pixel_symmetric", ResizeGrid::halfPixelSymmetric},
                             {"pytorch_half_pixel", ResizeGrid::pytorchHalfPixel},
                             {"asymmetric", ResizeGrid::asymmetric},
                             {"align_corners", ResizeGrid::alignCorners},
                             {"crop_and_resize", ResizeGrid::cropAndResize}}}},
      attribute::Choice{
          "the rule", &Resize::nearest,
          std::array<attribute::Chosen<NearestRule>, 4>{{{"round_prefer_floor", NearestRule::preferFloor},
                                                         {"round_prefer_ceil", NearestRule::preferCeil},
                                                         {"floor", NearestRule::floor},
                                                         {"ceil", NearestRule::ceil}}}},
      attribute::Unusual{"cubic_a", &Resize::coefficient},
      attribute::Flag{"exclude_outside", &Resize::excludesOutside, true},
      attribute::Flag{"antialias", &Resize::antialiases, true},
      attribute::Reals{"scales", &Resize::scales},
      attribute::Reals{"roi", &Resize::roi}};
  friend bool operator==(const Resize &, const Resize &) = default;
};

} // namespace ninc
