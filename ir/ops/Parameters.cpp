// One number a channel is what most parameters are, and an op lists those beside its struct. Weights depend
// on the operand and are made here.
#include "ir/ops/Parameters.h"

#include <algorithm>
#include <fmt/format.h>

namespace ninc {

namespace {

struct CollectSlots {
  std::span<const TensorType> operands;
  std::vector<ParameterSlot> slots = {};

  void layer(ConvLayer &layer, std::int64_t inChannels, const std::string &prefix) {
    Shape weight{layer.outChannels, inChannels / layer.groups, layer.window.kernel[0],
                 layer.window.kernel[1]};
    std::int64_t fanIn = weight[1] * weight[2] * weight[3];
    slots.push_back({prefix + "weight", std::move(weight), fanIn, &layer.weight});
    if (layer.hasBias) slots.push_back({prefix + "bias", {layer.outChannels}, fanIn, &layer.bias});
  }

  void operator()(Constant &op) { slots.push_back({"", op.shape, 1, &op.value}); }
  void operator()(Conv2d &op) { layer(op.layer, operands[0].shape[0], ""); }
  void operator()(Mlpconv &op) {
    std::int64_t channels = operands[0].shape[0];
    for (std::size_t i = 0; i < op.layers.size(); ++i) {
      layer(op.layers[i], channels, fmt::format("{}.", i));
      channels = op.layers[i].outChannels;
    }
    if (auto *pointwise = std::get_if<PointwiseEpilogue>(&op.epilogue)) chain(pointwise->chain, channels);
  }
  void operator()(Pointwise &op) {
    std::int64_t channels = 1;
    for (const TensorType &operand : operands)
      channels = std::max(channels, operand.shape[0]);
    chain(op.chain, channels);
  }
  void operator()(Dense &op) {
    std::int64_t inputs = operands[0].shape[0];
    slots.push_back({"weight", {op.outFeatures, inputs}, inputs, &op.weight});
    if (op.hasBias) slots.push_back({"bias", {op.outFeatures}, inputs, &op.bias});
  }

  template <class O>
  void byChannel(O &op, std::int64_t channels, const std::string &prefix) {
    if constexpr (requires { O::channelParameters; })
      for (const auto &[suffix, parameter] : O::channelParameters)
        slots.push_back({prefix + std::string(suffix), {channels}, 1, &(op.*parameter)});
  }

  void chain(PointwiseChain &chain, std::int64_t channels) {
    for (std::size_t i = 0; i < chain.steps.size(); ++i)
      std::visit([&](auto &function) { byChannel(function, channels, fmt::format("step{}.", i)); },
                 chain.steps[i].function);
  }

  template <class O>
  void operator()(O &op) {
    if constexpr (requires { O::channelParameters; }) byChannel(op, operands[0].shape[0], "");
  }
};

} // namespace

std::vector<ParameterSlot> parameterSlots(Op &op, std::span<const TensorType> operands) {
  CollectSlots collect{operands};
  std::visit(collect, op);
  return std::move(collect.slots);
}

std::int64_t parameterCount(const Op &op, std::span<const TensorType> operands) {
  Op copy = op;
  std::int64_t sum = 0;
  for (const ParameterSlot &slot : parameterSlots(copy, operands))
    sum += elementCount(slot.shape);
  return sum;
}

} // namespace ninc
