#include "codegen/spec/ConvStage.h"

namespace ninc {

std::optional<ConvStage> stageOf(const Op &op, const std::vector<TensorType> &inputs) {
  if (const auto *mlpconv = std::get_if<Mlpconv>(&op)) {
    ConvStage stage{FirstWindow::dense, mlpconv->layers, mlpconv->epilogue};
    for (std::size_t i = 1; i < inputs.size(); ++i)
      stage.epilogueOperands.push_back(i);
    return stage;
  }
  const auto *conv = std::get_if<Conv2d>(&op);
  if (!conv) return std::nullopt;
  if (conv->layer.groups == 1) return ConvStage{FirstWindow::dense, {conv->layer}, NoEpilogue{}};
  if (isDepthwise(conv->layer, inputs[0]))
    return ConvStage{FirstWindow::depthwise, {conv->layer}, NoEpilogue{}};
  return std::nullopt;
}

bool isDepthwise(const ConvLayer &layer, const TensorType &input) {
  return layer.groups > 1 && layer.groups == input.shape[0];
}

} // namespace ninc
