// Type rule of resizes.
#include "ir/ops/Resize.h"

#include <cmath>
#include <fmt/format.h>

#include "ir/ops/ResizeTaps.h"
#include "ir/ops/TypeRule.h"

namespace ninc::rules {

namespace {

// Kernels count along a resized dimension in f32.
constexpr std::int64_t mostPlaces = std::int64_t{1} << 24;

// A scale and the extents say the same; a result is rounded from it, up or down.
Checked<void> checkScale(const Resize &op, const Shape &operand, std::size_t dimension) {
  if (op.scales.empty()) return {};
  const float scale = op.scales[dimension];
  const Part part = Part::number("scales");
  if (!std::isfinite(scale) || scale <= 0)
    return refuse(part, fmt::format("resize scale {} is not a positive number", scale));
  const double size = double{scale} * static_cast<double>(operand[dimension]);
  if (size < 0.5 || std::abs(size - static_cast<double>(op.shape[dimension])) >= 1)
    return refuse(part, fmt::format("resize makes dimension {} of {} {} times as large, which isn't {}",
                                    dimension, toString(operand), scale, op.shape[dimension]));
  return {};
}

// Of a dimension that is cropped the ends say all; places are counted as extents are.
Checked<void> checkRoi(const Resize &op, const Shape &operand) {
  const Part part = Part::number("roi");
  if (op.roi.empty()) return {};
  if (op.grid != ResizeGrid::cropAndResize || !op.scales.empty())
    return refuse(part, "resize has a roi only by crop_and_resize, and then no scales");
  if (op.roi.size() != 2 * operand.size())
    return refuse(part, fmt::format("resize has {} numbers in its roi for {} dimensions; it takes each one's "
                                    "start, then each one's end",
                                    op.roi.size(), operand.size()));
  for (std::size_t i = 0; i < op.roi.size(); ++i) {
    const double place = double{op.roi[i]} * static_cast<double>(operand[i % operand.size()]);
    if (!(std::abs(place) <= static_cast<double>(mostPlaces)))
      return refuse(part, fmt::format("resize roi {} is beyond all bounds on dimension {} of {}", op.roi[i],
                                      i % operand.size(), toString(operand)));
  }
  return {};
}

} // namespace

Checked<Types> resultTypes(const Resize &op, Operands operands) {
  if (auto ok = expectOperands("resize", operands, 1); !ok) return tl::unexpected(ok.error());
  const Shape &operand = operands[0].shape;
  const Part shape{Part::Kind::shape};
  if (auto ok = fits(op.shape, shape); !ok) return tl::unexpected(ok.error());
  if (op.shape.size() != operand.size())
    return refuse(shape, fmt::format("resize from {} to {}: the two have as many dimensions",
                                     toString(operand), toString(op.shape)));
  if (!(op.coefficient >= -1 && op.coefficient <= 0))
    return refuse(Part::number("cubic_a"),
                  fmt::format("resize cubic_a {} is not between -1 and 0", op.coefficient));
  if (!op.scales.empty() && op.scales.size() != operand.size())
    return refuse(Part::number("scales"),
                  fmt::format("resize has {} scales for {} dimensions", op.scales.size(), operand.size()));
  if (auto ok = checkRoi(op, operand); !ok) return tl::unexpected(ok.error());
  Shape terms;
  for (std::size_t i = 0; i < operand.size(); ++i) {
    if (auto ok = checkScale(op, operand, i); !ok) return tl::unexpected(ok.error());
    if (!isResized(op, operand, i)) continue;
    const std::int64_t taps = tapCount(op, operand, i);
    if (std::max(operand[i], op.shape[i]) > mostPlaces)
      return refuse(shape, fmt::format("resize works along dimensions of up to {}, not on {} to {}",
                                       mostPlaces, toString(operand), toString(op.shape)));
    if (auto ok = fits({taps, op.shape[i]}, shape); !ok)
      return refuse(shape, fmt::format("resize weights: {}", ok.error().message));
    terms.push_back(taps);
    if (auto ok = fits(terms, shape); !ok)
      return refuse(shape, fmt::format("resize terms of an element: {}", ok.error().message));
  }
  return single(op.shape, shape);
}

} // namespace ninc::rules
