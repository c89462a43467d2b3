// Attributes that an op lists beside its struct are printed one behind the other. By hand are written those
// of an input, which is a type, of conv2d and mlpconv, which have layers, and the numbers of functions of
// elements, which are a table's.
#include "ir/ops/AttributeText.h"

#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ninc {

namespace {

std::string shortExtents(const std::array<std::int64_t, 2> &pair) {
  return pair[0] == pair[1] ? fmt::format("{}", pair[0]) : toString(pair);
}

std::string text(const Padding &pad) {
  if (pad.top != pad.bottom || pad.left != pad.right)
    return fmt::format("{},{},{},{}", pad.top, pad.left, pad.bottom, pad.right);
  return shortExtents({pad.top, pad.left});
}

std::string text(const Window &window) {
  std::string words = toString(window.kernel);
  const Window plain;
  if (window.stride != plain.stride) words += " stride " + shortExtents(window.stride);
  if (window.pad != plain.pad) words += " pad " + text(window.pad);
  if (window.dilation != plain.dilation) words += " dilation " + shortExtents(window.dilation);
  return words;
}

// A bound, or a number that stands for what is beyond all: "6", "-inf" for the least there is.
std::string boundText(float number) {
  if (std::abs(number) < NamedNumber::largest) return fmt::format("{}", number);
  return number < 0 ? "-inf" : "inf";
}

// The function's first numbers, "0.01".
std::string numbersOf(const Unary &function, std::size_t count) {
  std::string words;
  for (std::size_t i = 0; i < count; ++i)
    words += (i == 0 ? "" : " ") + (functionOf(function.kind).names[i].isBound()
                                        ? boundText(function.numbers[i])
                                        : fmt::format("{}", function.numbers[i]));
  return words;
}

std::string text(const Activation &activation) {
  std::string words(spellingOf(activation));
  if (const std::size_t count = activation ? functionOf(activation->kind).count() : 0; count > 0)
    words += " " + numbersOf(*activation, count);
  return words;
}

// Attributes by their kind (Attributes.h).
template <class O, class T>
std::string textOf(const attribute::Named<O, T> &named, const O &op) {
  return fmt::format("{} {}", named.word, op.*named.member);
}
template <class O>
std::string textOf(const attribute::Leading<O> &leading, const O &op) {
  return fmt::format("{}", op.*leading.member);
}
template <class O, class T>
std::string textOf(const attribute::Flag<O, T> &flag, const O &op) {
  return op.*flag.member == flag.set ? std::string(flag.word) : std::string();
}
template <class O>
std::string textOf(const attribute::Sliding<O, Window> &sliding, const O &op) {
  return text(op.*sliding.member);
}
template <class O>
std::string textOf(const attribute::Outputs<O> &outputs, const O &op) {
  return fmt::format("-> {}", op.*outputs.member);
}
template <class O>
std::string textOf(const attribute::Counted<O> &counted, const O &op) {
  return fmt::format("{}", op.*counted.member);
}
template <class O>
std::string textOf(const attribute::Activated<O, Activation> &activated, const O &op) {
  const Activation &activation = op.*activated.member;
  return activation ? text(activation) : std::string();
}
template <class O>
std::string textOf(const attribute::Shaped<O, Shape> &shaped, const O &op) {
  return toString(op.*shaped.member);
}
template <class O>
std::string textOf(const attribute::NamedOrZero<O> &named, const O &op) {
  return op.*named.member == 0 ? "" : fmt::format("{} {}", named.word, boundText(op.*named.member));
}
template <class O>
std::string textOf(const attribute::NamedShape<O, Shape> &named, const O &op) {
  return (op.*named.member).empty() ? "" : fmt::format("{} {}", named.word, toString(op.*named.member));
}
template <class O>
std::string textOf(const attribute::Typed<O, Shape> &typed, const O &op) {
  return toString(TensorType{ElementType::f32, op.*typed.member, Layout::chw});
}

template <class O>
std::string textOf(const attribute::Unusual<O> &unusual, const O &op) {
  const float number = op.*unusual.member;
  return number == O{}.*unusual.member ? std::string() : fmt::format("{} {}", unusual.word, number);
}
template <class O, class T, std::size_t count>
std::string textOf(const attribute::Choice<O, T, count> &choice, const O &op) {
  const T value = op.*choice.member;
  if (value == O{}.*choice.member) return {};
  for (const attribute::Chosen<T> &each : choice.words)
    if (each.value == value) return std::string(each.word);
  return {};
}
template <class O>
std::string textOf(const attribute::Reals<O> &reals, const O &op) {
  const std::vector<float> &numbers = op.*reals.member;
  return numbers.empty() ? std::string() : fmt::format("{} [{}]", reals.word, fmt::join(numbers, ", "));
}

template <attribute::Listed O>
std::string textOf(const O &op) {
  std::string words;
  attribute::walk<O>([&](const auto &each) {
    const std::string word = textOf(each, op);
    if (!words.empty() && !word.empty()) words += ' ';
    words += word;
  });
  return words;
}

// Bounds that bound nothing are left out behind the others.
std::string textOf(const Unary &op) {
  const UnaryFunction &function = functionOf(op.kind);
  std::size_t count = function.count();
  while (count > 0 && function.names[count - 1].isBound() &&
         op.numbers[count - 1] == function.names[count - 1].usual)
    --count;
  return numbersOf(op, count);
}

// What stands behind a layer's channel count: " sigmoid nobias".
std::string afterCount(const ConvLayer &layer, const Activation &usual) {
  std::string words;
  if (layer.activation != usual) words += " " + text(layer.activation);
  if (!layer.hasBias) words += " nobias";
  return words;
}

// As the application keeps it: "u8[224, 224, 3] hwc mean 128".
std::string textOf(const Input &op) {
  TensorType type = op.type;
  type.shape = shapeInMemory(type);
  return toString(type);
}

std::string textOf(const Conv2d &op) {
  const ConvLayer &layer = op.layer;
  return text(layer.window) + (layer.groups == 1 ? "" : fmt::format(" groups {}", layer.groups)) +
         fmt::format(" -> {}", layer.outChannels) + afterCount(layer, std::nullopt);
}

// "mul $0 $1", "relu": a function of one number that reads the step before it needn't say so.
std::string textOf(const PointwiseStep &step, std::size_t number) {
  std::string words(spellingOf(step.function));
  const std::vector<PointwiseSource> before{{PointwiseSource::Kind::step, number - 1}};
  if (number == 0 || step.sources != before)
    for (const PointwiseSource &source : step.sources)
      words += " " + toString(source);
  const std::string attributes =
      std::visit([](const auto &function) { return textOf(function); }, step.function);
  return attributes.empty() ? words : words + " " + attributes;
}

std::string textOf(const PointwiseChain &chain) {
  std::string words = "[";
  for (std::size_t i = 0; i < chain.steps.size(); ++i)
    words += (i == 0 ? "" : ", ") + textOf(chain.steps[i], i);
  return words + "]";
}

std::string textOf(const Pointwise &op) {
  return textOf(op.chain);
}

std::string epilogueText(const NoEpilogue &) {
  return "";
}
// As the op that it stands for.
std::string epilogueText(const PoolEpilogue &pool) {
  if (pool.kind == PoolKind::max) return " max_pool " + textOf(MaxPool{pool.window, pool.extent});
  return " average_pool " + textOf(AveragePool{pool.window, pool.extent, pool.countIncludePad});
}
std::string epilogueText(const GapEpilogue &gap) {
  return fmt::format(" global_avg_pool{}{}", gap.softmax ? " softmax" : "", gap.keepMaps ? " keep_maps" : "");
}
std::string epilogueText(const PointwiseEpilogue &pointwise) {
  return " pointwise " + textOf(pointwise.chain);
}

std::string textOf(const Mlpconv &op) {
  std::string words = "[conv " + text(op.layers.empty() ? Window{} : op.layers[0].window) + " -> ";
  for (std::size_t i = 0; i < op.layers.size(); ++i)
    words += fmt::format("{}{}{}", i == 0 ? "" : ", ", op.layers[i].outChannels,
                         afterCount(op.layers[i], Unary{UnaryKind::relu}));
  return words + "]" + std::visit([](const auto &epilogue) { return epilogueText(epilogue); }, op.epilogue);
}

} // namespace

std::string attributeText(const Op &op) {
  return std::visit([](const auto &one) { return textOf(one); }, op);
}

} // namespace ninc
