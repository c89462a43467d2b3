#include "codegen/KernelSpec.h"

#include <fmt/format.h>

#include "ir/Printer.h"
#include "ir/TypeRules.h"
#include "support/Hash.h"

namespace ninc {

namespace {

// The op without its parameters: only their existence is part of what a kernel computes.
Op withoutParameters(Op op, const std::vector<TensorType> &inputs) {
  for (ParameterSlot &slot : parameterSlots(op, inputs))
    *slot.parameter = nullptr;
  return op;
}

std::string listOf(const std::vector<TensorType> &types) {
  std::string text;
  for (const TensorType &type : types)
    text += (text.empty() ? "" : ", ") + toString(type);
  return text;
}

} // namespace

KernelSpec kernelSpecOf(const Graph &graph, Node node, const Target &target) {
  KernelSpec spec{graph.op(node), graph.operandTypes(node), {}, target};
  for (std::size_t i = 0; i < graph.resultCount(node); ++i)
    spec.outputs.push_back(graph.type(graph.result(node, i)));
  spec.op = withoutParameters(std::move(spec.op), spec.inputs);
  return spec;
}

std::string toString(const KernelSpec &spec) {
  return fmt::format("{} ({}) -> {} @ {}", printOp(spec.op), listOf(spec.inputs), listOf(spec.outputs),
                     toString(spec.target));
}

std::string hashOf(const KernelSpec &spec) {
  return fmt::format("{:016x}", fnv1a(toString(spec)));
}

} // namespace ninc
