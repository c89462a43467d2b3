#include "codegen/spec/KernelSpec.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "codegen/spec/ConvStage.h"
#include "ir/Printer.h"
#include "ir/ops/Parameters.h"
#include "support/Hash.h"

namespace ninc {

namespace {

// The op without its parameters: only their existence is part of what a kernel computes.
Op withoutParameters(Op op, const std::vector<TensorType> &inputs) {
  for (ParameterSlot &slot : parameterSlots(op, inputs))
    *slot.parameter = nullptr;
  return op;
}

std::string listOf(const std::vector<TensorType> &types, const std::vector<std::size_t> &constants = {}) {
  std::vector<std::string> texts;
  for (const TensorType &type : types)
    texts.push_back(toString(type));
  for (const std::size_t i : constants)
    texts.at(i) += " constant";
  return fmt::format("{}", fmt::join(texts, ", "));
}

} // namespace

bool KernelSpec::isConstant(std::size_t operand) const {
  return std::ranges::find(constants, operand) != constants.end();
}

KernelSpec kernelSpecOf(const Graph &graph, Node node, const KernelTarget &target) {
  KernelSpec spec{graph.op(node), graph.operandTypes(node), {}, target, 1};
  for (std::size_t i = 0; i < graph.resultCount(node); ++i)
    spec.outputs.push_back(graph.type(graph.result(node, i)));
  spec.op = withoutParameters(std::move(spec.op), spec.inputs);
  return spec;
}

std::int64_t tensorBytes(const KernelSpec &spec) {
  std::int64_t bytes = 0;
  for (const std::vector<TensorType> *types : {&spec.inputs, &spec.outputs})
    for (const TensorType &type : *types)
      bytes += byteCount(type);
  return bytes;
}

bool canComputeImages(const KernelSpec &spec) {
  const std::optional<ConvStage> stage = stageOf(spec.op, spec.inputs);
  if (!stage || stage->firstWindow != FirstWindow::dense) return false;
  if (std::holds_alternative<PoolEpilogue>(stage->epilogue)) return false;
  auto isGapless = [](const TensorType &type) {
    return type.shape.size() == 1 || type.layout == Layout::hwc;
  };
  return std::ranges::all_of(spec.outputs, isGapless) &&
         std::ranges::all_of(stage->epilogueOperands,
                             [&](std::size_t operand) { return isGapless(spec.inputs[operand]); });
}

std::string toString(const KernelSpec &spec) {
  return fmt::format("{} ({}) -> {}{} @ {}", printOp(spec.op), listOf(spec.inputs, spec.constants),
                     listOf(spec.outputs), spec.images > 1 ? fmt::format(" x {} images", spec.images) : "",
                     std::visit([](const auto &target) { return toString(target); }, spec.target));
}

std::string hashOf(const KernelSpec &spec) {
  return fmt::format("{:016x}", fnv1a(toString(spec)));
}

} // namespace ninc
