// Elements of known numbers moved, chosen and repeated.
#include <algorithm>
#include <fmt/format.h>

#include "frontend/onnx/ShapeRules.h"
#include "frontend/onnx/constants/Evaluators.h"
#include "frontend/onnx/constants/View.h"

namespace ninc::onnx_import {

namespace {

// What an evaluator works on; no numbers, and the node refused, where it has no inputs.
Literal numbers(NodeImport &node) {
  return node.constant(0, "its numbers");
}

void shape(NodeImport &node) {
  const Dims &dims = node.input(0).dims;
  const auto rank = static_cast<std::int64_t>(dims.size());
  const auto place = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  const std::int64_t first = place(node.attributes.integer("start", 0));
  const std::int64_t last = std::max(first, place(node.attributes.integer("end", rank)));
  std::vector<std::int64_t> extents(dims.begin() + first, dims.begin() + last);
  node.give(meaningOf(makeIntegers({last - first}, std::move(extents))));
}

void size(NodeImport &node) {
  std::int64_t count = 0;
  if (!countElements(node.input(0).dims, count)) return node.refuse("its input is too large");
  node.give(meaningOf(makeIntegers({}, {count})));
}

template <Dims (*rule)(NodeImport &)>
void reshaped(NodeImport &node) {
  Dims dims = rule(node);
  if (!node.failed()) node.give(meaningOf(withDims(numbers(node), std::move(dims))));
}

void identity(NodeImport &node) {
  node.give(node.input(0));
}

void transpose(NodeImport &node) {
  const Literal x = numbers(node);
  const std::vector<std::size_t> order = permutation(node);
  if (node.failed() || !node.roomFor(x.dims)) return;
  const Dims own = stridesOf(x.dims);
  Dims dims, strides;
  for (std::size_t axis : order) {
    dims.push_back(x.dims[axis]);
    strides.push_back(own[axis]);
  }
  node.give(meaningOf(view(x, dims, 0, strides)));
}

void slice(NodeImport &node) {
  const Literal x = numbers(node);
  const std::vector<SliceRange> ranges = sliceRanges(node);
  if (node.failed()) return;
  const Dims own = stridesOf(x.dims);
  Dims dims, strides;
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    dims.push_back(ranges[i].count);
    strides.push_back(own[i] * (ranges[i].count > 1 ? ranges[i].step : 0));
    offset += own[i] * ranges[i].start;
  }
  if (node.roomFor(dims)) node.give(meaningOf(view(x, dims, offset, strides)));
}

void expand(NodeImport &node) {
  const Literal x = numbers(node);
  const std::vector<std::int64_t> wanted = node.integers(1, "its shape");
  if (node.failed()) return;
  const std::optional<Dims> dims = broadcast(x.dims, wanted);
  if (!dims) return node.refuse(fmt::format("{} doesn't stretch to {}", textOf(x.dims), textOf(wanted)));
  if (node.roomFor(*dims)) node.give(meaningOf(stretched(x, *dims)));
}

void tile(NodeImport &node) {
  const Literal x = numbers(node);
  const std::vector<std::int64_t> repeats = node.integers(1, "its repeats");
  if (node.failed()) return;
  if (repeats.size() != x.dims.size()) return node.refuse("it has not as many repeats as dimensions");
  const Dims own = stridesOf(x.dims);
  Dims dims, pairs, strides;
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    std::int64_t extent = 0;
    if (repeats[i] < 0 || __builtin_mul_overflow(repeats[i], x.dims[i], &extent)) extent = -1;
    dims.push_back(extent);
    pairs.insert(pairs.end(), {repeats[i], x.dims[i]});
    strides.insert(strides.end(), {0, own[i]});
  }
  if (node.roomFor(dims)) node.give(meaningOf(withDims(view(x, pairs, 0, strides), dims)));
}

// The elements that `visit` hands over in their order, each by its part, all of which are of one kind, and
// its place there.
template <class Visit>
Literal collected(const std::vector<const Literal *> &parts, Dims dims, Visit visit) {
  if (parts[0]->isReal()) {
    std::vector<float> all;
    visit([&](std::size_t part, std::size_t element) { all.push_back(parts[part]->reals()[element]); });
    return makeReals(std::move(dims), std::move(all));
  }
  std::vector<std::int64_t> all;
  visit([&](std::size_t part, std::size_t element) { all.push_back(parts[part]->integers()[element]); });
  return makeIntegers(std::move(dims), std::move(all), parts[0]->kind);
}

void concat(NodeImport &node) {
  std::vector<const Literal *> parts;
  for (std::size_t i = 0; i < node.inputCount(); ++i)
    parts.push_back(node.has(i) ? &*node.input(i).literal : nullptr);
  if (parts.empty() || std::ranges::count(parts, nullptr) > 0) return node.refuse("it has no inputs");
  Dims dims = parts[0]->dims;
  const std::size_t axis = node.axis(node.attributes.integer("axis", 1), dims.size());
  if (node.failed()) return;
  dims[axis] = 0;
  for (const Literal *part : parts) {
    Dims like = part->dims;
    if (like.size() == dims.size()) like[axis] = dims[axis];
    if (like != dims || part->isReal() != parts[0]->isReal())
      return node.refuse(fmt::format("it can't join {} and {} along axis {}", textOf(parts[0]->dims),
                                     textOf(part->dims), axis));
    dims[axis] += part->dims[axis];
  }
  if (!node.roomFor(dims)) return;
  std::size_t blocks = 1;
  for (std::size_t i = 0; i < axis; ++i)
    blocks *= static_cast<std::size_t>(dims[i]);
  node.give(meaningOf(collected(parts, std::move(dims), [&](auto take) {
    for (std::size_t block = 0; block < blocks; ++block)
      for (std::size_t part = 0; part < parts.size(); ++part) {
        const std::size_t length = parts[part]->count() / blocks;
        for (std::size_t i = 0; i < length; ++i)
          take(part, block * length + i);
      }
  })));
}

void gather(NodeImport &node) {
  const Literal x = numbers(node);
  const Literal indices = node.constant(1, "its indices");
  const std::size_t axis = node.axis(node.attributes.integer("axis", 0), x.dims.size());
  if (!node.failed() && indices.isReal()) node.refuse("its indices are floats");
  if (node.failed()) return;
  const auto at = static_cast<std::ptrdiff_t>(axis);
  Dims dims(x.dims.begin(), x.dims.begin() + at);
  dims.insert(dims.end(), indices.dims.begin(), indices.dims.end());
  dims.insert(dims.end(), x.dims.begin() + at + 1, x.dims.end());
  for (const std::int64_t index : indices.integers())
    if (index < -x.dims[axis] || index >= x.dims[axis])
      return node.refuse(fmt::format("index {} is outside axis {} of {}", index, axis, textOf(x.dims)));
  if (!node.roomFor(dims)) return;
  const auto inner = static_cast<std::size_t>(stridesOf(x.dims)[axis]),
             extent = static_cast<std::size_t>(x.dims[axis]);
  const std::size_t outer = extent == 0 || inner == 0 ? 0 : x.count() / extent / inner;
  node.give(meaningOf(collected({&x}, std::move(dims), [&](auto take) {
    for (std::size_t block = 0; block < outer; ++block)
      for (const std::int64_t index : indices.integers()) {
        const auto place = static_cast<std::size_t>(index < 0 ? index + x.dims[axis] : index);
        for (std::size_t i = 0; i < inner; ++i)
          take(0, (block * extent + place) * inner + i);
      }
  })));
}

void where(NodeImport &node) {
  const Literal condition = node.constant(0, "its condition"), yes = node.constant(1, "its numbers"),
                no = node.constant(2, "its numbers");
  if (node.failed()) return;
  std::optional<Dims> dims = broadcast(condition.dims, yes.dims);
  if (dims) dims = broadcast(*dims, no.dims);
  if (!dims || yes.isReal() != no.isReal()) return node.refuse("its inputs don't stretch to one another");
  if (!node.roomFor(*dims)) return;
  const Literal when = stretched(condition, *dims), a = stretched(yes, *dims), b = stretched(no, *dims);
  node.give(meaningOf(collected({&a, &b}, *dims, [&](auto take) {
    for (std::size_t i = 0; i < when.count(); ++i)
      take(when.real(i) != 0 ? 0 : 1, i);
  })));
}

void split(NodeImport &node) {
  const Literal x = numbers(node);
  const SplitParts parts = splitParts(node);
  if (node.failed() || !node.roomFor(x.dims)) return;
  const Dims strides = stridesOf(x.dims);
  std::int64_t first = 0;
  for (std::size_t i = 0; i < parts.sizes.size(); ++i) {
    Dims dims = x.dims;
    dims[parts.axis] = parts.sizes[i];
    node.give(meaningOf(view(x, dims, first * strides[parts.axis], strides)), i);
    first += parts.sizes[i];
  }
}

constexpr Operator table[] = {
    {"Shape", shape},
    {"Size", size},
    {"Identity", identity},
    {"Reshape", reshaped<reshapedDims>},
    {"Flatten", reshaped<flattenedDims>},
    {"Squeeze", reshaped<squeezedDims>},
    {"Unsqueeze", reshaped<unsqueezedDims>},
    {"Transpose", transpose},
    {"Slice", slice},
    {"Expand", expand},
    {"Tile", tile},
    {"Concat", concat},
    {"Gather", gather},
    {"Where", where},
    {"Split", split},
};

} // namespace

std::span<const Operator> shapeEvaluators() {
  return table;
}

} // namespace ninc::onnx_import
