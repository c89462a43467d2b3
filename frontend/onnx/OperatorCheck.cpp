#include "frontend/onnx/OperatorCheck.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <set>
#include <string>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/ReadModel.h"
#include "frontend/onnx/constants/Evaluators.h"

namespace ninc::onnx_import {

namespace {

bool isSupported(const onnx::NodeProto &node) {
  return isOwnDomain(node.domain()) &&
         (node.op_type() == choice || findOperator(node.op_type()) || findEvaluator(node.op_type()));
}

bool isOfIntegers(const std::string &op) {
  return op.ends_with("QuantizeLinear") || op.starts_with("QLinear") || op.ends_with("Integer");
}

bool carriesState(const std::string &op) {
  return op == "LSTM" || op == "GRU" || op == "RNN" || op == "Loop" || op == "Scan";
}

// What is known of those who write such nodes, or of what would work.
std::string adviceOn(const onnx::NodeProto &node) {
  const std::string &domain = node.domain();
  if (isOfIntegers(node.op_type()))
    return "the model is quantised; take the file from before that, whose weights and maps are floats";
  if (domain == "com.microsoft" || domain == "com.microsoft.nchwc")
    return "ONNX Runtime writes them where it has optimized a model; take the file from before that";
  if (domain == "ai.onnx.ml") return "they are for trees, scalers and their like, which have no layers";
  if (isOwnDomain(domain) && carriesState(node.op_type()))
    return "models here are feed-forward: what a step hands to the next one isn't computed";
  return {};
}

// What supported nodes compute, none of them behind an unsupported one, and nothing reads but those that are
// left out: names for --outputs. Empty if there is nothing, or too much of it to type.
std::string soundPart(const NodeOrder &order, const std::vector<std::string> &inputs,
                      const std::vector<std::string> &outputs) {
  constexpr std::size_t most = 8;
  const Names known(inputs.begin(), inputs.end());
  Names computed = known, unsound, readInside, wanted(outputs.begin(), outputs.end());
  std::vector<std::string_view> made;
  for (const onnx::NodeProto *node : order.nodes) {
    const auto isIn = [](const Names &names) {
      return [&](const std::string &name) { return names.contains(name); };
    };
    const bool isSound = isSupported(*node) && std::ranges::none_of(node->input(), isIn(unsound));
    // Numbers that are known are nothing to end with, and so are shapes.
    const bool computes =
        !asksForShapeAlone(node->op_type()) && std::ranges::any_of(node->input(), isIn(computed));
    (isSound ? readInside : wanted).insert(node->input().begin(), node->input().end());
    if (!isSound) unsound.insert(node->output().begin(), node->output().end());
    if (!isSound || !computes) continue;
    computed.insert(node->output().begin(), node->output().end());
    made.insert(made.end(), node->output().begin(), node->output().end());
  }
  std::vector<std::string> names;
  for (const std::string_view name : made)
    if (wanted.contains(name) && !readInside.contains(name)) names.push_back(shownName(name));
  return names.size() > most ? std::string() : fmt::format("{}", fmt::join(names, ","));
}

} // namespace

bool checkOperators(const NodeOrder &order, const std::vector<std::string> &inputs,
                    const std::vector<std::string> &outputs, Diagnostics &diagnostics) {
  std::vector<const onnx::NodeProto *> refused;
  std::ranges::copy_if(order.nodes, std::back_inserter(refused),
                       [](const onnx::NodeProto *node) { return !isSupported(*node); });
  if (refused.empty()) return true;
  const std::string rest = soundPart(order, inputs, outputs);
  std::set<std::string> advised;
  for (const onnx::NodeProto *node : refused) {
    const std::string &domain = node->domain();
    std::string help = adviceOn(*node);
    if (!help.empty() && !advised.insert(help).second) help.clear();
    if (node == refused.back() && !rest.empty())
      help += fmt::format("{}where the rest is wanted, --outputs {} ends the model before it",
                          help.empty() ? "" : "; ", rest);
    diagnostics.errorAt(labelOf(*node),
                        isOwnDomain(domain)
                            ? "the operator isn't supported"
                            : fmt::format("operators of the domain '{}' aren't supported", shownName(domain)),
                        help);
  }
  return false;
}

} // namespace ninc::onnx_import
