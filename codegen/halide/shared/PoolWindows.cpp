#include "codegen/halide/shared/PoolWindows.h"

#include <limits>

#include "codegen/halide/shared/Mean.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::RDom;
using Halide::Var;

namespace {

// One axis of a window, in coordinates of the maps.
struct Axis {
  int kernel, stride, dilation, before, after, extent;
  bool clipped; // some window reaches outside the maps: in front, or behind for ceil or padding

  Axis(const Window &window, std::size_t axis, std::int64_t extentOfMaps, std::int64_t extentOfPooled)
      : kernel(toInt(window.kernel[axis])), stride(toInt(window.stride[axis])),
        dilation(toInt(window.dilation[axis])), before(toInt(axis == 0 ? window.pad.top : window.pad.left)),
        after(toInt(axis == 0 ? window.pad.bottom : window.pad.right)), extent(toInt(extentOfMaps)) {
    const int lastStart = toInt((extentOfPooled - 1) * stride) - before;
    const int last = toInt(lastStart + std::int64_t{dilation} * (kernel - 1));
    clipped = before > 0 || last >= extent;
    toInt(std::int64_t{extent} + after); // count() adds them up
  }

  Expr start(const Expr &output) const { return output * stride - before; }
  Expr position(const Expr &output, const Expr &tap) const { return start(output) + tap * dilation; }
  // Positions of the window that count: those inside the map, or inside the map with its padding.
  Expr count(const Expr &output, bool includePad) const {
    const int low = includePad ? -before : 0, high = includePad ? extent + after : extent;
    return Halide::min(start(output) + kernel, high) - Halide::max(start(output), low);
  }
};

// Position along an axis, with the taps outside of the maps taken out of `tap`.
Expr clippedPosition(const Axis &axis, const Expr &output, const Expr &tapOfAxis, RDom &tap) {
  Expr position = axis.position(output, tapOfAxis);
  if (!axis.clipped) return position;
  tap.where(position >= 0 && position < axis.extent);
  return Halide::unsafe_promise_clamped(position, 0, axis.extent - 1); // what where() has seen to
}

} // namespace

PoolEpilogue poolingOf(const Op &op) {
  if (const auto *pool = std::get_if<MaxPool>(&op)) return {PoolKind::max, pool->window, pool->extent, false};
  const auto &pool = std::get<AveragePool>(op);
  return {PoolKind::average, pool.window, pool.extent, pool.countIncludePad};
}

PooledMaps definePooling(const PoolEpilogue &pool, const Shape &maps, const Shape &pooled,
                         const std::vector<Var> &position, const MapElement &element) {
  const Axis rows(pool.window, 0, maps[1], pooled[1]), columns(pool.window, 1, maps[2], pooled[2]);
  const Var &c = position[0], &i = position[1], &j = position[2];
  PooledMaps p{Func("folded"), RDom(0, columns.kernel, 0, rows.kernel, "tap"), Expr()};
  Expr row = clippedPosition(rows, i, p.tap.y, p.tap);
  Expr column = clippedPosition(columns, j, p.tap.x, p.tap);
  if (pool.kind == PoolKind::max) {
    p.folded(position) = -std::numeric_limits<float>::max();
    p.folded(position) = Halide::max(p.folded(position), element(c, row, column));
    p.element = p.folded(position);
  } else {
    p.folded(position) = 0.0f;
    const std::int64_t most = std::int64_t{rows.kernel} * columns.kernel;
    p.folded(position) = Halide::strict_float(p.folded(position) + termOfMean(element(c, row, column), most));
    Expr count = rows.count(i, pool.countIncludePad) * columns.count(j, pool.countIncludePad);
    p.element = meanOf(p.folded(position), count, most);
  }
  return p;
}

} // namespace ninc
