// Type rules say what is wrong with an op, not where: they know nothing of texts. This asks them again about
// parts of the op, an operand less, a layer less, and so finds the first part that they object to.
#include <algorithm>

#include "frontend/text/OpSyntax.h"
#include "ir/TypeRules.h"

namespace ninc::text {

namespace {

using Types = std::span<const TensorType>;

bool isMap(Types operands) {
  return operands.size() == 1 && operands[0].shape.size() == 3;
}

bool leavesOutput(const Window &window, PoolExtent extent, const Shape &maps) {
  return windowOutput(window, extent, 0, maps[1]) >= 1 && windowOutput(window, extent, 1, maps[2]) >= 1;
}

struct FindCulprit {
  Types operands;
  const OpPlaces &places;

  // The operand at fault where there is one operand; the op itself if there is none or there are too many.
  SourceRange onlyOperand() const {
    return places.operands.size() == 1 ? places.operands[0] : places.spelling;
  }

  SourceRange convolution(const ConvLayer &layer) const {
    if (!isMap(operands)) return onlyOperand();
    const Shape &maps = operands[0].shape;
    if (maps[0] % layer.groups != 0 || layer.outChannels % layer.groups != 0) return places.groups;
    if (!leavesOutput(layer.window, PoolExtent::floor, maps)) return places.kernel;
    return places.counts[0];
  }

  SourceRange pool(const Window &window, PoolExtent extent) const {
    if (!isMap(operands)) return onlyOperand();
    if (!leavesOutput(window, extent, operands[0].shape) || !places.pad.valid()) return places.kernel;
    return places.pad;
  }

  SourceRange operator()(const Input &) const { return places.shape; }
  SourceRange operator()(const Constant &) const { return places.shape; }
  SourceRange operator()(const Conv2d &op) const { return convolution(op.layer); }

  SourceRange operator()(const Mlpconv &op) const {
    if (!isMap(operands)) return onlyOperand();
    Mlpconv part;
    for (std::size_t i = 0; i < op.layers.size(); ++i) {
      part.layers.push_back(op.layers[i]);
      if (!inferTypes(part, operands)) return i == 0 ? convolution(op.layers[0]) : places.counts[i];
    }
    const auto *pool = std::get_if<PoolEpilogue>(&op.epilogue);
    if (!pool) return places.spelling;
    Shape maps = inferTypes(part, operands)->front().shape;
    if (!leavesOutput(pool->window, pool->extent, maps)) return places.epilogueKernel;
    return places.epiloguePad.valid() ? places.epiloguePad : places.epilogueKernel;
  }

  SourceRange operator()(const MaxPool &op) const { return pool(op.window, op.extent); }
  SourceRange operator()(const AveragePool &op) const { return pool(op.window, op.extent); }
  SourceRange operator()(const GlobalAveragePool &) const { return onlyOperand(); }
  SourceRange operator()(const Dropout &) const { return numberOrOperand(); }
  SourceRange operator()(const Unary &) const { return numberOrOperand(); }
  SourceRange operator()(const BatchNorm &) const { return numberOrOperand(); }
  SourceRange operator()(const Binary &) const { return lastOperand(2); }

  SourceRange operator()(const Concat &op) const {
    if (operands.empty()) return places.spelling;
    if (op.axis >= static_cast<std::int64_t>(operands[0].shape.size())) return places.number;
    for (std::size_t count = 1; count <= operands.size(); ++count)
      if (!inferTypes(op, operands.first(count))) return places.operands[count - 1];
    return places.spelling;
  }

  SourceRange operator()(const Flatten &) const { return onlyOperand(); }
  SourceRange operator()(const Reshape &) const {
    return operands.size() == 1 ? places.shape : places.spelling;
  }
  SourceRange operator()(const Dense &) const {
    return operands.size() == 1 && operands[0].shape.size() == 1 ? places.counts[0] : onlyOperand();
  }
  SourceRange operator()(const Softmax &) const { return onlyOperand(); }
  SourceRange operator()(const Lrn &) const { return onlyOperand(); }

  SourceRange numberOrOperand() const { return operands.size() == 1 ? places.number : places.spelling; }
  SourceRange lastOperand(std::size_t count) const {
    return operands.size() == count ? places.operands.back() : places.spelling;
  }
};

} // namespace

SourceRange culprit(const Op &op, Types operands, const OpPlaces &places) {
  SourceRange where = std::visit(FindCulprit{operands, places}, op);
  return where.valid() ? where : places.spelling;
}

} // namespace ninc::text
