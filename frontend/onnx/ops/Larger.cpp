// Operators that make more elements, or put those of channels beside one another.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/constants/View.h"
#include "frontend/onnx/ops/Moves.h"
#include "support/Utf8.h"

namespace ninc::onnx_import {

namespace {

// ---- borders

// Elements in front of and behind each dimension, negative ones of which are cut off.
struct Amounts {
  std::vector<std::int64_t> before, behind;
};

Amounts amountsOf(NodeImport &node) {
  const std::size_t rank = node.input(0).dims.size();
  std::optional<std::vector<std::int64_t>> pads = node.attributes.integers("pads");
  if (!pads) pads = node.attributes.integers("paddings"); // of opset 1
  if (!pads) pads = node.integers(1, "its pads");
  std::vector<std::size_t> axes;
  if (node.has(3))
    for (std::int64_t axis : node.integers(3, "its axes"))
      axes.push_back(node.axis(axis, rank));
  else
    for (std::size_t i = 0; i < rank; ++i)
      axes.push_back(i);
  Amounts amounts{std::vector<std::int64_t>(rank, 0), std::vector<std::int64_t>(rank, 0)};
  if (!node.failed() && pads->size() != 2 * axes.size())
    node.refuse(fmt::format("it has {} pads for {} dimensions", pads->size(), axes.size()));
  for (std::size_t i = 0; i < axes.size() && !node.failed(); ++i) {
    amounts.before[axes[i]] = (*pads)[i];
    amounts.behind[axes[i]] = (*pads)[axes.size() + i];
    for (const std::int64_t pad : {(*pads)[i], (*pads)[axes.size() + i]})
      if (pad < -mostElements || pad > mostElements) node.refuse("its pads are too large");
  }
  return amounts;
}

// The value without what negative pads cut off.
Value trimmed(NodeImport &node, const Amounts &amounts) {
  const Dims &dims = node.input(0).dims;
  Value value = node.value(0);
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const std::int64_t before = std::min<std::int64_t>(amounts.before[i], 0);
    const std::int64_t kept = dims[i] + before + std::min<std::int64_t>(amounts.behind[i], 0);
    if (kept == dims[i]) continue;
    const std::optional<std::size_t> axis = node.ownAxis(i);
    if (!axis) return {};
    if (kept < 1) {
      node.refuse(fmt::format("its pads leave nothing of dimension {} of {}", i, textOf(dims)));
      return {};
    }
    value = sliced(node, value, *axis, -before, kept);
  }
  return value;
}

std::optional<PadMode> modeOf(NodeImport &node) {
  const std::string mode = node.attributes.text("mode", "constant");
  if (mode == "constant") return PadMode::fill;
  if (mode == "edge") return PadMode::edge;
  if (mode == "reflect") return PadMode::reflect;
  if (mode == "wrap") return PadMode::wrap;
  node.refuse(fmt::format("its mode is '{}'; 'constant', 'edge', 'reflect' and 'wrap' are supported",
                          asLine(mode, 40)));
  return std::nullopt;
}

// What fills the borders; beyond every float is the largest one.
float fillOf(NodeImport &node) {
  constexpr double largest = std::numeric_limits<float>::max();
  double number = node.attributes.real("value", 0);
  if (node.has(2))
    if (const Literal literal = node.constant(2, "its number"); literal.count() > 0) number = literal.real(0);
  if (std::isnan(number)) node.refuse("its number is no number; a number is supported");
  return static_cast<float>(std::clamp(number, -largest, largest));
}

void pad(NodeImport &node) {
  Pad op;
  op.fill = fillOf(node);
  const std::optional<PadMode> mode = modeOf(node);
  const Amounts amounts = amountsOf(node);
  if (node.failed()) return;
  op.mode = *mode;
  if (op.mode != PadMode::fill) op.fill = 0;
  Dims dims = node.input(0).dims;
  bool isPadded = false;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const std::int64_t before = std::max<std::int64_t>(amounts.before[i], 0);
    const std::int64_t behind = std::max<std::int64_t>(amounts.behind[i], 0);
    isPadded = isPadded || before > 0 || behind > 0;
    if (i < node.firstOwn() && (before > 0 || behind > 0)) return node.mixImages();
    if (i >= node.firstOwn()) {
      op.before.push_back(before);
      op.behind.push_back(behind);
    }
    dims[i] += amounts.before[i] + amounts.behind[i];
  }
  Value value = trimmed(node, amounts);
  if (isPadded) value = node.append(std::move(op), {value});
  node.give(value, dims);
}

// ---- copies

void expand(NodeImport &node) {
  std::vector<std::int64_t> wanted = node.integers(1, "its shape");
  const Dims &from = node.input(0).dims;
  if (node.failed()) return;
  const bool isComputed = !node.input(0).literal && !from.empty() && wanted.size() == from.size();
  if (isComputed && node.builder().meansBatch(wanted[0])) wanted[0] = from[0];
  const std::optional<Dims> dims = broadcast(from, wanted);
  std::int64_t count = 0;
  if (!dims || !countElements(*dims, count))
    return node.refuse(fmt::format("{} doesn't stretch to {}", textOf(from), textOf(wanted)));
  if (node.isSplit() && (dims->size() != from.size() || (*dims)[0] != from[0])) return node.mixImages();
  Dims padded = from;
  padded.insert(padded.begin(), dims->size() - from.size(), 1);
  Value value = node.reshape(node.value(0), node.shapeOf(padded));
  for (std::size_t i = node.firstOwn(); i < dims->size(); ++i)
    value = repeated(node, value, i - node.firstOwn(), (*dims)[i] / std::max<std::int64_t>(padded[i], 1));
  node.give(value, *dims);
}

// The whole so many times behind itself.
void tile(NodeImport &node) {
  const std::vector<std::int64_t> repeats = node.integers(1, "its repeats");
  Meaning x = node.input(0);
  if (node.failed()) return;
  constexpr std::int64_t most = 1024;
  if (repeats.size() != x.dims.size()) return node.refuse("it has not as many repeats as dimensions");
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    if (repeats[i] == 1) continue;
    if (repeats[i] < 1 || repeats[i] > most)
      return node.refuse(
          fmt::format("it repeats axis {} {} times; 1 to {} are supported", i, repeats[i], most));
    const std::optional<std::size_t> axis = node.ownAxis(i);
    if (!axis) return;
    const std::vector<Value> parts(static_cast<std::size_t>(repeats[i]), x.value);
    x.value = node.append(Concat{static_cast<std::int64_t>(*axis)}, parts);
    x.dims[i] *= repeats[i];
  }
  node.give(x);
}

// ---- channels and places

// [N, C, H, W] with a block size that divides what it must.
bool isBlocked(NodeImport &node, std::int64_t block, std::int64_t channels, std::int64_t rows,
               std::int64_t columns) {
  const Dims &dims = node.input(0).dims;
  if (node.failed()) return false;
  if (dims.size() == 4 && block >= 1 && block < 4096 && dims[1] % channels == 0 && dims[2] % rows == 0 &&
      dims[3] % columns == 0)
    return true;
  node.refuse(fmt::format("its blocksize {} doesn't fit {}", block, textOf(dims)));
  return false;
}

// [images, ...]; the graph's value has them in front only where there is no batch.
Value rearranged(NodeImport &node, Dims shape, std::vector<std::size_t> order, const Dims &dims) {
  if (!node.isSplit()) {
    for (std::size_t &axis : order)
      ++axis;
    order.insert(order.begin(), 0);
    shape.insert(shape.begin(), dims[0]);
  }
  return transposed(node, node.value(0), shape, order, node.shapeOf(dims));
}

void depthToSpace(NodeImport &node) {
  const std::int64_t b = node.attributes.integer("blocksize", 0);
  const bool blocksFirst = node.attributes.text("mode", "DCR") == "DCR"; // else channels are
  if (!isBlocked(node, b, b >= 1 && b < 4096 ? b * b : 1, 1, 1)) return;
  const Dims &from = node.input(0).dims;
  const std::int64_t c = from[1] / (b * b), h = from[2], w = from[3];
  const Dims dims{from[0], c, h * b, w * b};
  node.give(blocksFirst ? rearranged(node, {b, b, c, h, w}, {2, 3, 0, 4, 1}, dims)
                        : rearranged(node, {c, b, b, h, w}, {0, 3, 1, 4, 2}, dims),
            dims);
}

void spaceToDepth(NodeImport &node) {
  const std::int64_t b = node.attributes.integer("blocksize", 0);
  const bool blocksFirst = node.attributes.text("mode", "DCR") == "DCR"; // else channels are
  if (!isBlocked(node, b, 1, std::max<std::int64_t>(b, 1), std::max<std::int64_t>(b, 1))) return;
  const Dims &from = node.input(0).dims;
  const std::int64_t c = from[1], h = from[2] / b, w = from[3] / b;
  const Dims dims{from[0], c * b * b, h, w};
  const std::vector<std::size_t> order =
      blocksFirst ? std::vector<std::size_t>{2, 4, 0, 1, 3} : std::vector<std::size_t>{0, 2, 4, 1, 3};
  node.give(rearranged(node, {c, h, b, w, b}, order, dims), dims);
}

constexpr Operator table[] = {
    {"Pad", pad},
    {"Expand", expand},
    {"Tile", tile},
    {"DepthToSpace", depthToSpace},
    {"SpaceToDepth", spaceToDepth},
};

} // namespace

std::span<const Operator> enlargingOperators() {
  return table;
}

} // namespace ninc::onnx_import
