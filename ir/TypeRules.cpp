#include "ir/TypeRules.h"

#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace ninc {

namespace {

using Types = std::vector<TensorType>;
using Operands = std::span<const TensorType>;

constexpr std::int64_t largestExtent = std::numeric_limits<std::int32_t>::max();

Result<Types> single(Shape shape) {
  if (Result<void> ok = checkShape(shape); !ok) return tl::unexpected(ok.error());
  return Types{TensorType{ElementType::f32, std::move(shape), Layout::chw}};
}

Result<void> expectOperands(std::string_view op, Operands operands, std::size_t count) {
  if (operands.size() == count) return {};
  return fail(
      fmt::format("{} takes {} operand{}, not {}", op, count, count == 1 ? "" : "s", operands.size()));
}

Result<void> expectMap(std::string_view op, Operands operands) {
  if (Result<void> ok = expectOperands(op, operands, 1); !ok) return ok;
  if (operands[0].shape.size() == 3) return {};
  return fail(fmt::format("{} works on maps [channels, height, width], but its operand is {}", op,
                          toString(operands[0])));
}

std::string describe(const Window &window) {
  return fmt::format("{}x{}", window.kernel[0], window.kernel[1]);
}

bool inRange(std::int64_t value, std::int64_t low) {
  return value >= low && value <= largestExtent;
}

Result<void> checkWindow(std::string_view op, const Window &window) {
  for (int axis = 0; axis < 2; ++axis) {
    if (!inRange(window.kernel[axis], 1))
      return fail(fmt::format("{} kernel {} has an extent that is not between 1 and {}", op, describe(window),
                              largestExtent));
    if (!inRange(window.stride[axis], 1))
      return fail(
          fmt::format("{} stride {} is not between 1 and {}", op, window.stride[axis], largestExtent));
    if (!inRange(window.dilation[axis], 1))
      return fail(
          fmt::format("{} dilation {} is not between 1 and {}", op, window.dilation[axis], largestExtent));
  }
  for (std::int64_t pad : {window.pad.top, window.pad.left, window.pad.bottom, window.pad.right})
    if (!inRange(pad, 0))
      return fail(fmt::format("{} pad {} is not between 0 and {}", op, pad, largestExtent));
  return {};
}

bool hasPadding(const Window &window) {
  return window.pad != Padding{};
}

// The maps' height and width after a window, or the sentence that explains why nothing is left.
Result<std::array<std::int64_t, 2>> slide(std::string_view op, const Window &window, PoolExtent extent,
                                          const Shape &input) {
  if (Result<void> ok = checkWindow(op, window); !ok) return tl::unexpected(ok.error());
  std::array<std::int64_t, 2> output{};
  for (int axis = 0; axis < 2; ++axis) {
    output[axis] = windowOutput(window, extent, axis, input[1 + axis]);
    if (output[axis] < 1) {
      bool dilated = window.dilation != std::array<std::int64_t, 2>{1, 1};
      return fail(fmt::format(
          "{} {}{} on a {}x{} input {} leaves no output", op, describe(window),
          dilated ? fmt::format(" dilation {}x{}", window.dilation[0], window.dilation[1]) : std::string(),
          input[1], input[2],
          hasPadding(window) ? fmt::format("with pad {},{},{},{}", window.pad.top, window.pad.left,
                                           window.pad.bottom, window.pad.right)
                             : std::string("without pad")));
    }
  }
  return output;
}

// Whether one of the windows that start in the leading padding steps over an input of that extent: its first
// row behind the padding, start mod dilation, is beyond the input already. Only a dilation greater than the
// input can do that.
bool stepsOverInput(const Window &window, int axis, std::int64_t input, std::int64_t outputs) {
  std::int64_t dilation = window.dilation[axis];
  if (dilation <= input) return false;
  std::int64_t start = -(axis == 0 ? window.pad.top : window.pad.left);
  for (std::int64_t i = 0; i < outputs && start < 0; ++i, start += window.stride[axis])
    if ((start % dilation + dilation) % dilation >= input) return true;
  return false;
}

// Every pooling window must have an element of the input: the padding is smaller than the window's reach,
// and no dilated window has all of its rows outside.
Result<void> checkPoolPadding(std::string_view op, const Window &window, const Shape &input,
                              std::array<std::int64_t, 2> output) {
  for (int axis = 0; axis < 2; ++axis) {
    std::int64_t reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
    std::int64_t before = axis == 0 ? window.pad.top : window.pad.left;
    std::int64_t after = axis == 0 ? window.pad.bottom : window.pad.right;
    if (before >= reach || after >= reach)
      return fail(fmt::format("{} {} with pad {} has windows that lie in the padding alone; the pad must be "
                              "smaller than the window",
                              op, describe(window), std::max(before, after)));
    if (stepsOverInput(window, axis, input[1 + axis], output[axis]))
      return fail(
          fmt::format("{} {} with pad {} and dilation {} on a {}x{} input has windows that lie in the "
                      "padding alone",
                      op, describe(window), before, window.dilation[axis], input[1], input[2]));
  }
  return {};
}

Result<void> checkActivation(const Activation &activation) {
  return activation ? checkNumbers(*activation) : Result<void>{};
}

Result<Shape> convolve(std::string_view op, const ConvLayer &layer, const Shape &input) {
  if (!inRange(layer.outChannels, 1))
    return fail(fmt::format("{} needs at least 1 output channel, not {}", op, layer.outChannels));
  if (!inRange(layer.groups, 1))
    return fail(fmt::format("{} needs at least 1 group, not {}", op, layer.groups));
  if (input[0] % layer.groups != 0 || layer.outChannels % layer.groups != 0)
    return fail(fmt::format("{} has {} input and {} output channels, which {} groups don't divide", op,
                            input[0], layer.outChannels, layer.groups));
  if (Result<void> ok = checkActivation(layer.activation); !ok) return tl::unexpected(ok.error());
  auto extents = slide(op, layer.window, PoolExtent::floor, input);
  if (!extents) return tl::unexpected(extents.error());
  Shape weight{layer.outChannels, input[0] / layer.groups, layer.window.kernel[0], layer.window.kernel[1]};
  if (Result<void> ok = checkShape(weight); !ok)
    return fail(fmt::format("{} weights: {}", op, ok.error().message));
  return Shape{layer.outChannels, (*extents)[0], (*extents)[1]};
}

bool isPointwise(const ConvLayer &layer) {
  return layer.window == Window{} && layer.groups == 1;
}

Result<Shape> pool(std::string_view op, const Window &window, PoolExtent extent, const Shape &input) {
  auto extents = slide(op, window, extent, input);
  if (!extents) return tl::unexpected(extents.error());
  if (Result<void> ok = checkPoolPadding(op, window, input, *extents); !ok) return tl::unexpected(ok.error());
  return Shape{input[0], (*extents)[0], (*extents)[1]};
}

Result<Types> elementwise(std::string_view op, Operands operands) {
  if (Result<void> ok = expectOperands(op, operands, 1); !ok) return tl::unexpected(ok.error());
  return single(operands[0].shape);
}

Result<Types> broadcast(std::string_view op, Operands operands) {
  if (Result<void> ok = expectOperands(op, operands, 2); !ok) return tl::unexpected(ok.error());
  const Shape &a = operands[0].shape, &b = operands[1].shape;
  if (a.size() != b.size())
    return fail(
        fmt::format("{} takes operands of the same rank, not {} and {}", op, toString(a), toString(b)));
  Shape shape(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && a[i] != 1 && b[i] != 1)
      return fail(fmt::format("{} can't match {} with {}: dimension {} is {} here and {} there", op,
                              toString(a), toString(b), i, a[i], b[i]));
    shape[i] = std::max(a[i], b[i]);
  }
  return single(std::move(shape));
}

struct InferTypes {
  Operands operands;

  Result<Types> operator()(const Input &op) const {
    if (Result<void> ok = expectOperands("input", operands, 0); !ok) return tl::unexpected(ok.error());
    return single(op.type.shape);
  }

  Result<Types> operator()(const Constant &op) const {
    if (Result<void> ok = expectOperands("constant", operands, 0); !ok) return tl::unexpected(ok.error());
    return single(op.shape);
  }

  Result<Types> operator()(const Conv2d &op) const {
    if (Result<void> ok = expectMap("conv2d", operands); !ok) return tl::unexpected(ok.error());
    Result<Shape> shape = convolve("conv", op.layer, operands[0].shape);
    if (!shape) return tl::unexpected(shape.error());
    return single(std::move(*shape));
  }

  Result<Types> operator()(const Mlpconv &op) const {
    if (Result<void> ok = expectMap("mlpconv", operands); !ok) return tl::unexpected(ok.error());
    if (op.layers.empty()) return fail("mlpconv needs at least one layer");
    Shape maps = operands[0].shape;
    for (std::size_t i = 0; i < op.layers.size(); ++i) {
      if (i > 0 && !isPointwise(op.layers[i]))
        return fail(
            fmt::format("layer {} of an mlpconv must be a 1x1 convolution; only the first has a window", i));
      if (op.layers[i].groups != 1) return fail("an mlpconv's convolutions have one group");
      Result<Shape> next = convolve("conv", op.layers[i], maps);
      if (!next) return tl::unexpected(next.error());
      maps = std::move(*next);
      if (Result<void> ok = checkShape(maps); !ok) return tl::unexpected(ok.error());
    }
    if (const auto *pooled = std::get_if<PoolEpilogue>(&op.epilogue)) {
      Result<Shape> shape = pool(pooled->kind == PoolKind::max ? "max_pool" : "average_pool", pooled->window,
                                 pooled->extent, maps);
      if (!shape) return tl::unexpected(shape.error());
      return single(std::move(*shape));
    }
    if (const auto *gap = std::get_if<GapEpilogue>(&op.epilogue)) {
      Result<Types> types = single({maps[0]});
      if (types && gap->keepMaps) types->push_back(TensorType{ElementType::f32, maps, Layout::chw});
      return types;
    }
    return single(std::move(maps));
  }

  Result<Types> operator()(const MaxPool &op) const {
    if (Result<void> ok = expectMap("max_pool", operands); !ok) return tl::unexpected(ok.error());
    Result<Shape> shape = pool("max_pool", op.window, op.extent, operands[0].shape);
    if (!shape) return tl::unexpected(shape.error());
    return single(std::move(*shape));
  }

  Result<Types> operator()(const AveragePool &op) const {
    if (Result<void> ok = expectMap("average_pool", operands); !ok) return tl::unexpected(ok.error());
    if (op.window.dilation != std::array<std::int64_t, 2>{1, 1}) return fail("average_pool has no dilation");
    Result<Shape> shape = pool("average_pool", op.window, op.extent, operands[0].shape);
    if (!shape) return tl::unexpected(shape.error());
    return single(std::move(*shape));
  }

  Result<Types> operator()(const GlobalAveragePool &) const {
    if (Result<void> ok = expectMap("global_avg_pool", operands); !ok) return tl::unexpected(ok.error());
    return single({operands[0].shape[0]});
  }

  Result<Types> operator()(const Dropout &op) const {
    if (!(op.ratio >= 0 && op.ratio < 1))
      return fail(fmt::format("dropout ratio {} is not in [0, 1)", op.ratio));
    return elementwise("dropout", operands);
  }

  Result<Types> operator()(const Unary &op) const {
    if (Result<void> ok = checkNumbers(op); !ok) return tl::unexpected(ok.error());
    return elementwise(spellingOf(op.kind), operands);
  }

  Result<Types> operator()(const BatchNorm &op) const {
    if (!(op.epsilon >= 0) || !std::isfinite(op.epsilon))
      return fail(fmt::format("batch_norm epsilon {} is not a number from 0 up", op.epsilon));
    return elementwise("batch_norm", operands);
  }

  Result<Types> operator()(const Binary &op) const { return broadcast(spellingOf(op.kind), operands); }

  Result<Types> operator()(const Concat &op) const {
    if (operands.empty()) return fail("concat needs at least one operand");
    Shape shape = operands[0].shape;
    if (op.axis < 0 || op.axis >= static_cast<std::int64_t>(shape.size()))
      return fail(fmt::format("concat axis {} is not a dimension of {}", op.axis, toString(shape)));
    auto axis = static_cast<std::size_t>(op.axis);
    for (const TensorType &operand : operands.subspan(1)) {
      Shape expected = shape;
      if (operand.shape.size() == shape.size()) expected[axis] = operand.shape[axis];
      if (operand.shape != expected)
        return fail(fmt::format("concat along axis {} can't join {} with {}: the other extents differ",
                                op.axis, toString(operands[0].shape), toString(operand.shape)));
      shape[axis] += operand.shape[axis];
    }
    return single(std::move(shape));
  }

  Result<Types> operator()(const Flatten &) const {
    if (Result<void> ok = expectOperands("flatten", operands, 1); !ok) return tl::unexpected(ok.error());
    return single({elementCount(operands[0].shape)});
  }

  Result<Types> operator()(const Reshape &op) const {
    if (Result<void> ok = expectOperands("reshape", operands, 1); !ok) return tl::unexpected(ok.error());
    if (Result<void> ok = checkShape(op.shape); !ok) return tl::unexpected(ok.error());
    if (elementCount(op.shape) != elementCount(operands[0].shape))
      return fail(fmt::format("reshape from {} with {} elements to {} with {}", toString(operands[0].shape),
                              elementCount(operands[0].shape), toString(op.shape), elementCount(op.shape)));
    return single(op.shape);
  }

  Result<Types> operator()(const Dense &op) const {
    if (Result<void> ok = expectOperands("dense", operands, 1); !ok) return tl::unexpected(ok.error());
    if (operands[0].shape.size() != 1)
      return fail(fmt::format("dense works on a vector, but its operand is {}; put a flatten before it",
                              toString(operands[0])));
    if (!inRange(op.outFeatures, 1))
      return fail(fmt::format("dense needs at least 1 output, not {}", op.outFeatures));
    if (Result<void> ok = checkActivation(op.activation); !ok) return tl::unexpected(ok.error());
    if (Result<void> ok = checkShape({op.outFeatures, operands[0].shape[0]}); !ok)
      return fail(fmt::format("dense weights: {}", ok.error().message));
    return single({op.outFeatures});
  }

  Result<Types> operator()(const Softmax &) const { return elementwise("softmax", operands); }

  Result<Types> operator()(const Lrn &op) const {
    if (Result<void> ok = expectMap("lrn", operands); !ok) return tl::unexpected(ok.error());
    if (!inRange(op.size, 1)) return fail(fmt::format("lrn size {} is not a positive number", op.size));
    if (!std::isfinite(op.alpha) || !std::isfinite(op.beta) || !std::isfinite(op.k))
      return fail("lrn alpha, beta and k must be finite numbers");
    if (op.alpha < 0 || op.k < 0 || (op.alpha == 0 && op.k == 0))
      return fail(
          fmt::format("lrn raises k + alpha/size * (a sum of squares) to a power, so it needs alpha and k "
                      "from 0 up, one of them above it; they are {} and {}",
                      op.alpha, op.k));
    return elementwise("lrn", operands);
  }
};

void addConvSlots(std::vector<ParameterSlot> &slots, ConvLayer &layer, std::int64_t inChannels,
                  const std::string &prefix) {
  Shape weight{layer.outChannels, inChannels / layer.groups, layer.window.kernel[0], layer.window.kernel[1]};
  std::int64_t fanIn = weight[1] * weight[2] * weight[3];
  slots.push_back({prefix + "weight", std::move(weight), fanIn, &layer.weight});
  if (layer.hasBias) slots.push_back({prefix + "bias", {layer.outChannels}, fanIn, &layer.bias});
}

struct CollectSlots {
  Operands operands;
  std::vector<ParameterSlot> slots = {};

  void operator()(Constant &op) { slots.push_back({"", op.shape, 1, &op.value}); }
  void operator()(Conv2d &op) { addConvSlots(slots, op.layer, operands[0].shape[0], ""); }
  void operator()(Mlpconv &op) {
    std::int64_t channels = operands[0].shape[0];
    for (std::size_t i = 0; i < op.layers.size(); ++i) {
      addConvSlots(slots, op.layers[i], channels, fmt::format("{}.", i));
      channels = op.layers[i].outChannels;
    }
  }
  void operator()(BatchNorm &op) {
    Shape shape{operands[0].shape[0]};
    slots.push_back({"scale", shape, 1, &op.scale});
    slots.push_back({"bias", shape, 1, &op.bias});
    slots.push_back({"mean", shape, 1, &op.mean});
    slots.push_back({"variance", shape, 1, &op.variance});
  }
  void operator()(Dense &op) {
    std::int64_t inputs = operands[0].shape[0];
    slots.push_back({"weight", {op.outFeatures, inputs}, inputs, &op.weight});
    if (op.hasBias) slots.push_back({"bias", {op.outFeatures}, inputs, &op.bias});
  }
  void operator()(Input &) {}
  void operator()(MaxPool &) {}
  void operator()(AveragePool &) {}
  void operator()(GlobalAveragePool &) {}
  void operator()(Dropout &) {}
  void operator()(Unary &) {}
  void operator()(Binary &) {}
  void operator()(Concat &) {}
  void operator()(Flatten &) {}
  void operator()(Reshape &) {}
  void operator()(Softmax &) {}
  void operator()(Lrn &) {}
};

std::int64_t convMultiplies(const ConvLayer &layer, Shape &maps) {
  std::int64_t perOutput = maps[0] / layer.groups * layer.window.kernel[0] * layer.window.kernel[1];
  maps = {layer.outChannels, windowOutput(layer.window, PoolExtent::floor, 0, maps[1]),
          windowOutput(layer.window, PoolExtent::floor, 1, maps[2])};
  return perOutput * elementCount(maps);
}

} // namespace

Result<std::vector<TensorType>> inferTypes(const Op &op, std::span<const TensorType> operands) {
  return std::visit(InferTypes{operands}, op);
}

std::size_t resultCountOf(const Op &op) {
  const auto *mlpconv = std::get_if<Mlpconv>(&op);
  if (!mlpconv) return 1;
  const auto *gap = std::get_if<GapEpilogue>(&mlpconv->epilogue);
  return gap && gap->keepMaps ? 2 : 1;
}

std::int64_t windowOutput(const Window &window, PoolExtent extent, int axis, std::int64_t input) {
  std::int64_t before = axis == 0 ? window.pad.top : window.pad.left;
  std::int64_t after = axis == 0 ? window.pad.bottom : window.pad.right;
  std::int64_t stride = window.stride[axis];
  std::int64_t room = input + before + after - (window.dilation[axis] * (window.kernel[axis] - 1) + 1);
  if (room < 0) return 0;
  std::int64_t output = room / stride + 1;
  if (extent == PoolExtent::ceil && room % stride != 0 && output * stride < input + before) ++output;
  return output;
}

std::vector<ParameterSlot> parameterSlots(Op &op, std::span<const TensorType> operands) {
  CollectSlots collect{operands};
  std::visit(collect, op);
  return std::move(collect.slots);
}

std::int64_t multiplyAccumulates(const Op &op, std::span<const TensorType> operands) {
  if (const auto *conv = std::get_if<Conv2d>(&op)) {
    Shape maps = operands[0].shape;
    return convMultiplies(conv->layer, maps);
  }
  if (const auto *mlpconv = std::get_if<Mlpconv>(&op)) {
    Shape maps = operands[0].shape;
    std::int64_t sum = 0;
    for (const ConvLayer &layer : mlpconv->layers)
      sum += convMultiplies(layer, maps);
    return sum;
  }
  if (const auto *dense = std::get_if<Dense>(&op)) return dense->outFeatures * operands[0].shape[0];
  return 0;
}

std::int64_t parameterCount(const Op &op, std::span<const TensorType> operands) {
  Op copy = op;
  std::int64_t sum = 0;
  for (const ParameterSlot &slot : parameterSlots(copy, operands))
    sum += elementCount(slot.shape);
  return sum;
}

} // namespace ninc
