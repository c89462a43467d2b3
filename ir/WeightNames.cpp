#include "ir/WeightNames.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <vector>

#include "support/Array.h"

namespace ninc {

namespace {

// What a parameter is called here and elsewhere. A batch_norm's scale is PyTorch's weight.
struct Alias {
  std::string_view ours, theirs;
};

constexpr std::array aliases{
    Alias{"scale", "weight"},     Alias{"scale", "gamma"},
    Alias{"bias", "beta"},        Alias{"mean", "running_mean"},
    Alias{"mean", "moving_mean"}, Alias{"variance", "running_var"},
    Alias{"variance", "var"},     Alias{"variance", "moving_variance"},
    Alias{"weight", "kernel"},    Alias{"weight", "w"},
    Alias{"bias", "b"},           Alias{"slope", "weight"},
};

// The shape without its ones.
Shape squeezed(Shape shape) {
  std::erase(shape, 1);
  return shape;
}

Shape permuted(const Shape &shape, const std::vector<std::size_t> &order) {
  Shape result;
  for (std::size_t dimension : order)
    result.push_back(shape[dimension]);
  return result;
}

// Another order of dimensions: ours [i] is theirs [order[i]].
struct Order {
  std::string_view whose;
  std::vector<std::size_t> order;
  std::string_view help;
};

std::vector<Order> foreignOrders() {
  return {
      {"transposed: weights are [out, in]", {1, 0}, "save it with .t()"},
      {"in TensorFlow's order, [height, width, in, out]", {3, 2, 0, 1}, "save it with .permute(3, 2, 0, 1)"},
      {"in the order [out, height, width, in]", {0, 3, 1, 2}, "save it with .permute(0, 3, 1, 2)"},
      {"in the order [in, out, height, width]", {1, 0, 2, 3}, "save it with .transpose(0, 1)"},
  };
}

} // namespace

bool isBookkeeping(std::string_view tensor) {
  constexpr std::string_view counter = "num_batches_tracked";
  return tensor == counter || tensor.ends_with(fmt::format(".{}", counter));
}

std::string commonPrefix(const std::set<std::string> &missing, const std::set<std::string> &surplus) {
  std::map<std::string, std::size_t, std::less<>> served;
  for (const std::string &name : surplus)
    for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
      std::string rest = name.substr(dot + 1);
      // A word without a dot, `bias`, ends too many names.
      if (rest.find('.') != rest.npos && missing.contains(rest)) ++served[name.substr(0, dot + 1)];
    }
  auto best = std::ranges::max_element(served, {}, [](const auto &pair) { return pair.second; });
  if (best == served.end() || best->second * 2 < missing.size()) return {};
  return best->first;
}

std::optional<std::string> foreignName(std::string_view needed, const std::set<std::string> &names) {
  std::size_t dot = needed.rfind('.');
  if (dot == needed.npos) return {};
  for (const Alias &alias : aliases) {
    if (needed.substr(dot + 1) != alias.ours) continue;
    std::string name = fmt::format("{}.{}", needed.substr(0, dot), alias.theirs);
    if (names.contains(name)) return name;
  }
  return {};
}

std::string shapeHelp(const Shape &needed, const Shape &found) {
  for (const Order &order : foreignOrders())
    if (found.size() == order.order.size() && permuted(found, order.order) == needed)
      return fmt::format("it is {}; {}", order.whose, order.help);
  bool hasSameRows = countElements(needed) == countElements(found) && !needed.empty() && !found.empty() &&
                     needed[0] == found[0];
  if (squeezed(needed) != squeezed(found) && !hasSameRows) return {};
  return fmt::format("it has as many numbers; save it with .reshape({})", fmt::join(needed, ", "));
}

std::string dtypeHelp(std::string_view dtype) {
  if (dtype.starts_with("F8") || dtype.starts_with("F6") || dtype.starts_with("F4") || dtype == "I8" ||
      dtype == "U8")
    return "if it is quantised, save the numbers that it stands for, scale and all, as F32";
  if (dtype.starts_with("C")) return "parameters are real numbers";
  return "save it as F32, in PyTorch with .float()";
}

} // namespace ninc
