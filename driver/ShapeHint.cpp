#include "driver/ShapeHint.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <vector>

namespace ninc {

namespace {

using Axes = std::vector<std::size_t>;

// For each wanted dimension the first of the array's that is as long and not `without` or taken.
std::optional<Axes> orderOf(const Shape &array, const Shape &wanted, std::optional<std::size_t> without) {
  Axes order;
  for (const std::int64_t length : wanted) {
    std::size_t axis = 0;
    while (axis < array.size() &&
           (array[axis] != length || axis == without || std::ranges::count(order, axis) > 0))
      ++axis;
    if (axis == array.size()) return std::nullopt;
    order.push_back(axis);
  }
  return order;
}

// The array's axes in the wanted order, images first if it has a dimension more.
std::optional<Axes> transposition(const Shape &array, const Shape &wanted) {
  if (array.size() == wanted.size()) return orderOf(array, wanted, std::nullopt);
  if (array.size() != wanted.size() + 1) return std::nullopt;
  for (std::size_t images = 0; images < array.size(); ++images) {
    std::optional<Axes> order = orderOf(array, wanted, images);
    if (!order) continue;
    order->insert(order->begin(), images);
    return order;
  }
  return std::nullopt;
}

} // namespace

std::string shapeHint(const Shape &array, const Shape &wanted) {
  if (std::ranges::any_of(array, [](std::int64_t length) { return length <= 0; })) return {};
  if (const std::optional<Axes> order = transposition(array, wanted)) {
    if (std::ranges::is_sorted(*order)) return {};
    Shape turned;
    for (const std::size_t axis : *order)
      turned.push_back(array[axis]);
    return fmt::format("; numpy.transpose(array, ({})) gives the order {}", fmt::join(*order, ", "),
                       toString(turned));
  }
  if (elementCount(array) != elementCount(wanted)) return {};
  return fmt::format("; it has as many numbers: numpy.reshape(array, ({}{})), if they are in that order",
                     fmt::join(wanted, ", "), wanted.size() == 1 ? "," : "");
}

} // namespace ninc
