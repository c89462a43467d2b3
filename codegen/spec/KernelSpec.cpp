#include "codegen/spec/KernelSpec.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

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

KernelSpec kernelSpecOf(const Graph &graph, Node node, const Target &target) {
  KernelSpec spec{graph.op(node), graph.operandTypes(node), {}, target, 1};
  for (std::size_t i = 0; i < graph.resultCount(node); ++i)
    spec.outputs.push_back(graph.type(graph.result(node, i)));
  spec.op = withoutParameters(std::move(spec.op), spec.inputs);
  return spec;
}

bool canComputeImages(const KernelSpec &spec) {
  const auto *conv = std::get_if<Conv2d>(&spec.op);
  const auto *mlpconv = std::get_if<Mlpconv>(&spec.op);
  if (!mlpconv && !(conv && conv->layer.groups == 1)) return false;
  if (mlpconv && std::holds_alternative<PoolEpilogue>(mlpconv->epilogue)) return false;
  auto isGapless = [](const TensorType &type) {
    return type.shape.size() == 1 || type.layout == Layout::hwc;
  };
  return std::ranges::all_of(spec.outputs, isGapless);
}

std::string toString(const KernelSpec &spec) {
  return fmt::format("{} ({}) -> {}{} @ {}", printOp(spec.op), listOf(spec.inputs, spec.constants),
                     listOf(spec.outputs), spec.images > 1 ? fmt::format(" x {} images", spec.images) : "",
                     spec.gpu ? toString(*spec.gpu) : toString(spec.target));
}

std::string hashOf(const KernelSpec &spec) {
  return fmt::format("{:016x}", fnv1a(toString(spec)));
}

} // namespace ninc
