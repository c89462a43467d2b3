#include "passes/Rearrangement.h"

#include <algorithm>
#include <numeric>

namespace ninc {

namespace {

// The same with parts that stay neighbours as one.
Rearrangement withRunsJoined(const Rearrangement &all) {
  std::vector<bool> joins(all.parts.size(), false); // with the part in front of it
  for (std::size_t i = 1; i < all.order.size(); ++i)
    joins[all.order[i]] = all.order[i] == all.order[i - 1] + 1;
  Rearrangement few;
  std::vector<std::size_t> number;
  for (std::size_t i = 0; i < all.parts.size(); ++i) {
    if (joins[i])
      few.parts.back() *= all.parts[i];
    else
      few.parts.push_back(all.parts[i]);
    number.push_back(few.parts.size() - 1);
  }
  for (std::size_t part : all.order)
    if (!joins[part]) few.order.push_back(number[part]);
  return few;
}

// The common parts of two ways to take the same elements apart, in order, and which of them make up each
// part of either.
struct Refinement {
  Shape parts;
  std::vector<std::vector<std::size_t>> ofFirst, ofSecond;
};

std::optional<Refinement> refined(const Shape &first, const Shape &second) {
  Refinement common;
  std::int64_t left = 1, right = 1; // what is left of the parts at hand
  std::size_t i = 0, j = 0;
  while (i < first.size() || j < second.size() || left > 1 || right > 1) {
    if (left == 1 && i < first.size()) {
      left = first[i++];
      common.ofFirst.emplace_back();
    }
    if (right == 1 && j < second.size()) {
      right = second[j++];
      common.ofSecond.emplace_back();
    }
    const std::int64_t part = std::min(left, right);
    if (part == 1 || left % part != 0 || right % part != 0) return std::nullopt;
    common.ofFirst.back().push_back(common.parts.size());
    common.ofSecond.back().push_back(common.parts.size());
    common.parts.push_back(part);
    left /= part;
    right /= part;
  }
  return common;
}

Shape withoutOnes(const Shape &shape) {
  Shape rest;
  std::ranges::copy_if(shape, std::back_inserter(rest), [](std::int64_t extent) { return extent != 1; });
  return rest;
}

bool isMover(const Op &op) {
  return traitsOf(op).reshaping || std::holds_alternative<Transpose>(op);
}

} // namespace

Rearrangement unmoved(std::int64_t elements) {
  if (elements == 1) return {};
  return {{elements}, {0}};
}

Rearrangement rearrangementOf(const Transpose &transpose, const Shape &from) {
  std::vector<std::size_t> number(from.size());
  for (std::size_t i = 0, next = 0; i < from.size(); ++i)
    number[i] = from[i] == 1 ? next : next++;
  Rearrangement how{withoutOnes(from), {}};
  for (std::int64_t dimension : transpose.order)
    if (const auto at = static_cast<std::size_t>(dimension); from[at] != 1) how.order.push_back(number[at]);
  return withRunsJoined(how);
}

std::optional<Rearrangement> composed(const Rearrangement &first, const Rearrangement &second) {
  Shape between;
  std::vector<std::size_t> place(first.parts.size()); // of each part of the source, between the two
  for (std::size_t i = 0; i < first.order.size(); ++i) {
    between.push_back(first.parts[first.order[i]]);
    place[first.order[i]] = i;
  }
  const std::optional<Refinement> common = refined(between, second.parts);
  if (!common) return std::nullopt;
  Rearrangement both;
  std::vector<std::size_t> number(common->parts.size()); // of each common part, in the source
  for (std::size_t at : place)
    for (std::size_t part : common->ofFirst[at]) {
      number[part] = both.parts.size();
      both.parts.push_back(common->parts[part]);
    }
  for (std::size_t at : second.order)
    for (std::size_t part : common->ofSecond[at])
      both.order.push_back(number[part]);
  return withRunsJoined(both);
}

std::optional<Shape> transposeOrder(const Rearrangement &how, const Shape &from, const Shape &to) {
  if (from.size() != to.size()) return std::nullopt;
  const Shape extents = withoutOnes(from);
  const std::optional<Refinement> common = refined(how.parts, extents);
  // Each part has to be whole dimensions.
  if (!common || common->parts.size() != extents.size()) return std::nullopt;
  std::vector<std::size_t> dimensions; // of the result, by their number in `extents`
  for (std::size_t part : how.order)
    std::ranges::copy(common->ofFirst[part], std::back_inserter(dimensions));
  std::vector<std::int64_t> ones, others; // dimensions of `from`
  for (std::size_t i = 0; i < from.size(); ++i)
    (from[i] == 1 ? ones : others).push_back(static_cast<std::int64_t>(i));
  Shape order;
  std::size_t one = 0, other = 0;
  for (std::int64_t extent : to) {
    if (extent == 1 ? one == ones.size() : other == others.size()) return std::nullopt;
    order.push_back(extent == 1 ? ones[one++] : others[dimensions[other++]]);
    if (from[static_cast<std::size_t>(order.back())] != extent) return std::nullopt;
  }
  return order;
}

std::vector<std::size_t> sourcesOf(const Rearrangement &how) {
  std::vector<std::size_t> strides(how.parts.size(), 1);
  for (std::size_t i = how.parts.size(); i-- > 1;)
    strides[i - 1] = strides[i] * static_cast<std::size_t>(how.parts[i]);
  std::vector<std::size_t> sources{0};
  for (std::size_t part : how.order) { // each one so far stands for as many as the part has
    std::vector<std::size_t> finer;
    finer.reserve(sources.size() * static_cast<std::size_t>(how.parts[part]));
    for (std::size_t start : sources)
      for (std::size_t i = 0; i < static_cast<std::size_t>(how.parts[part]); ++i)
        finer.push_back(start + i * strides[part]);
    sources = std::move(finer);
  }
  return sources;
}

Moved movedFrom(const Graph &graph, Value value) {
  Moved moved{value, unmoved(elementCount(graph.type(value).shape)), {}, 0};
  while (isMover(graph.op(moved.source.node))) {
    const Node mover = moved.source.node;
    const Value before = graph.operand(mover, 0);
    const auto *transpose = graph.as<Transpose>(mover);
    if (transpose) {
      std::optional<Rearrangement> both =
          composed(rearrangementOf(*transpose, graph.type(before).shape), moved.how);
      if (!both) break;
      moved.how = *std::move(both);
      ++moved.transposes;
    }
    moved.movers.push_back(mover);
    moved.source = before;
  }
  return moved;
}

} // namespace ninc
