// Type rules of what a graph starts from.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "ir/ops/TypeRule.h"

namespace ninc::rules {

namespace {

// Numbers of a preprocessing: none, one for all channels, or one a channel.
Checked<void> checkChannels(std::string_view word, const std::vector<float> &numbers, const Shape &shape) {
  if (!std::ranges::all_of(numbers, [](float number) { return std::isfinite(number); }))
    return refuse(Part::number(word), fmt::format("input {} must be finite", word));
  if (numbers.size() < 2) return {};
  if (static_cast<std::int64_t>(numbers.size()) != shape[0])
    return refuse(
        Part::number(word),
        fmt::format("input {} has {} numbers, but there are {} channels: give one, or one a channel", word,
                    numbers.size(), shape[0]));
  if (shape[0] > mostPreprocessedChannels)
    return refuse(Part::number(word),
                  fmt::format("input {} may have a number a channel for up to {} channels, not {}; use a "
                              "constant and an op for more",
                              word, mostPreprocessedChannels, shape[0]));
  return {};
}

Checked<void> checkInput(const TensorType &type) {
  const Preprocessing &preprocessing = type.preprocessing;
  if (type.element != ElementType::f32 && type.element != ElementType::u8)
    return refuse({Part::Kind::shape}, fmt::format("inputs are f32 or u8, not {}", spellingOf(type.element)));
  if (type.layout == Layout::hwc && type.shape.size() != 3)
    return refuse(
        {Part::Kind::shape},
        fmt::format("hwc is an order of maps [rows, columns, channels], not of {}", toString(type.shape)));
  if (auto ok = checkChannels("mean", preprocessing.mean, type.shape); !ok) return ok;
  const std::string_view scale = preprocessing.divides ? "std" : "scale";
  if (auto ok = checkChannels(scale, preprocessing.scale, type.shape); !ok) return ok;
  if (std::ranges::any_of(preprocessing.scale,
                          [&](float number) { return preprocessing.divides ? !(number > 0) : number == 0; }))
    return refuse(Part::number(scale),
                  preprocessing.divides ? "input std must be more than 0" : "input scale must not be 0");
  if (preprocessing.reversed && (type.shape.size() != 3 || type.shape[0] != 3))
    return refuse(Part::number("bgr"),
                  fmt::format("bgr turns round the three channels of maps, but the input is {}",
                              toString(shapeInMemory(type))));
  return {};
}

} // namespace

Checked<Types> resultTypes(const Input &op, Operands operands) {
  if (auto ok = expectOperands("input", operands, 0); !ok) return tl::unexpected(ok.error());
  auto types = single(op.type.shape, {Part::Kind::shape});
  if (!types) return types;
  if (auto ok = checkInput(op.type); !ok) return tl::unexpected(ok.error());
  types->front() = op.type;
  return types;
}

Checked<Types> resultTypes(const Constant &op, Operands operands) {
  if (auto ok = expectOperands("constant", operands, 0); !ok) return tl::unexpected(ok.error());
  return single(op.shape, {Part::Kind::shape});
}

} // namespace ninc::rules
