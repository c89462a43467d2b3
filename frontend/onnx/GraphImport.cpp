#include "frontend/onnx/GraphImport.h"

#include <algorithm>
#include <fmt/format.h>

#include "frontend/onnx/NodeImport.h"
#include "frontend/onnx/OperatorCheck.h"
#include "frontend/onnx/Operators.h"
#include "frontend/onnx/ReadModel.h"
#include "frontend/onnx/constants/Evaluators.h"
#include "support/Spelling.h"
#include "support/Utf8.h"

namespace ninc::onnx_import {

namespace {

class Attempt {
public:
  Attempt(const GraphSource &source, const std::string &name, std::optional<std::int64_t> batch,
          TensorReader &reader, ReadTensors &read, Diagnostics &diagnostics)
      : source_(source), read_(read), diagnostics_(diagnostics), builder_(name, batch, reader) {
    builder_.batchWritten = writtenBatch(source.inputs);
  }

  ImportAttempt run() {
    const std::size_t earlier = diagnostics_.errorCount();
    for (const InputShape &input : source_.inputs)
      builder_.names.of(input.name);
    for (const std::string &output : source_.outputs)
      builder_.names.of(output);
    for (const InputShape &input : source_.inputs)
      addInput(input);
    for (const onnx::NodeProto *node : source_.order.nodes) {
      importNode(*node, source_.order);
      if (!meeting_.empty()) return {std::nullopt, meeting_};
    }
    for (const std::string &output : source_.outputs)
      addOutput(output);
    if (!meeting_.empty()) return {std::nullopt, meeting_};
    if (diagnostics_.errorCount() > earlier) return {};
    Origin origin = builder_.origin();
    return {std::move(builder_.graph), {}, std::move(origin)};
  }

private:
  void addInput(const InputShape &input) {
    const std::string &name = builder_.names.of(input.name);
    const Shape shape = builder_.shapeOf(input.dims);
    Result<void> fits = checkShape(shape);
    Result<Node> node = fits
                            ? builder_.graph.append(Input{{ElementType::f32, shape, Layout::chw}}, {}, {name})
                            : tl::unexpected(fits.error());
    if (!node)
      return diagnostics_.error({},
                                fmt::format("input '{}': {}", shownName(input.name), node.error().message));
    builder_.keepOriginal(builder_.graph.result(*node), input.name);
    meanings_[input.name] = {input.dims, std::nullopt, builder_.graph.result(*node)};
  }

  // Of an input or an output of a node, or of a tensor of the file; null if what makes it was refused.
  const Meaning *meaningOfName(const std::string &name) {
    if (const auto found = meanings_.find(name); found != meanings_.end()) return &found->second;
    const auto tensor = source_.initializers.find(name);
    if (tensor == source_.initializers.end()) return nullptr;
    auto known = read_.find(name);
    if (known == read_.end()) {
      Result<Literal> literal = builder_.tensors.read(*tensor->second);
      if (!literal) {
        if (broken_.insert(name).second)
          diagnostics_.error({}, fmt::format("tensor '{}': {}", shownName(name), literal.error().message));
        return nullptr;
      }
      known = read_.emplace(name, std::move(*literal)).first;
    }
    builder_.roomForConstants.hasRead(known->second.count());
    return &meanings_.emplace(name, meaningOf(known->second)).first->second;
  }

  void importNode(const onnx::NodeProto &proto, const NodeOrder &order) {
    std::vector<const Meaning *> inputs;
    std::vector<std::string> numbers;
    bool isKnown = true;
    for (const std::string &name : proto.input()) {
      inputs.push_back(name.empty() ? nullptr : meaningOfName(name));
      if (!name.empty() && !inputs.back()) return; // was refused, and so is all that comes of it
      const bool isNumbers = !name.empty() && inputs.back()->literal;
      if (isNumbers && inputs.back()->literal->isReal()) numbers.push_back(asUtf8(name));
      isKnown &= name.empty() || isNumbers;
    }
    builder_.madeWith(std::move(numbers));
    const bool evaluated = isKnown || (asksForShapeAlone(proto.op_type()) && !inputs.empty());
    const Operator *function = evaluated ? findEvaluator(proto.op_type()) : nullptr;
    if (!function) function = findOperator(proto.op_type());
    NodeImport node(proto, source_.opset, std::move(inputs), builder_, diagnostics_);
    if (proto.op_type() == choice) return importChoice(proto, node, order);
    if (!function)
      return node.refuse(
          "the operator is computed only where its inputs are known when the model is compiled");
    function->import(node);
    checkAttributes(node);
    if (node.mixesImages())
      meeting_ = labelOf(proto);
    else if (!node.failed())
      keepOutputs(proto, node, order);
  }

  // The nodes of the branch that is taken, which is known now.
  void importChoice(const onnx::NodeProto &proto, NodeImport &node, const NodeOrder &order) {
    const Literal condition = node.constant(0, "its condition");
    if (!node.failed() && (condition.isReal() || condition.count() != 1))
      node.refuse("its condition isn't one boolean");
    if (node.failed()) return;
    const std::string_view taken = condition.integers()[0] != 0 ? "then_branch" : "else_branch";
    const auto found = std::ranges::find_if(proto.attribute(), [&](const onnx::AttributeProto &attribute) {
      return attribute.name() == taken && attribute.has_g();
    });
    if (found == proto.attribute().end()) return node.refuse(fmt::format("it has no {}", taken));
    const onnx::GraphProto &branch = found->g();
    if (branch.output_size() != proto.output_size())
      return node.refuse(
          fmt::format("its {} has {} outputs, not {}", taken, branch.output_size(), proto.output_size()));
    std::vector<std::string> outputs;
    for (const auto &output : branch.output())
      outputs.push_back(output.name());
    const std::vector<std::string_view> outside = readFromOutside(branch);
    const std::optional<NodeOrder> inside =
        orderOf(branch, outputs, diagnostics_, Names(outside.begin(), outside.end()));
    if (!inside || !checkOperators(*inside, {}, {}, diagnostics_)) return;
    for (const onnx::NodeProto *each : inside->nodes) {
      importNode(*each, *inside);
      if (!meeting_.empty()) return;
    }
    for (int i = 0; i < branch.output_size(); ++i)
      if (order.read.contains(proto.output(i)))
        if (const Meaning *meaning = meaningOfName(branch.output(i).name()))
          meanings_.insert_or_assign(proto.output(i), Meaning(*meaning));
  }

  static void checkAttributes(NodeImport &node) {
    if (node.failed()) return;
    if (const std::string &wrong = node.attributes.ofAnotherKind(); !wrong.empty())
      node.refuse(
          fmt::format("its attribute '{}' is of another type than the operator has", shownName(wrong)));
    else if (const std::string unread = node.attributes.unread(); !unread.empty())
      node.refuse(fmt::format("its attribute '{}' isn't supported", shownName(unread)),
                  didYouMean(unread, node.attributes.asked()));
  }

  // What takes a truth first and isn't made to give something else moves its elements.
  static bool handsOnTruths(NodeImport &node) {
    const std::string &name = node.operatorName();
    return node.has(0) && node.input(0).isTruth && name != "Cast" && name != "CastLike" && name != "Where";
  }

  void keepOutputs(const onnx::NodeProto &proto, NodeImport &node, const NodeOrder &order) {
    for (int i = 0; i < proto.output_size(); ++i) {
      const std::string &name = proto.output(i);
      std::optional<Meaning> &given = node.outputs()[static_cast<std::size_t>(i)];
      if (name.empty() || !order.read.contains(name)) continue;
      if (!given) {
        node.refuse(fmt::format("its output number {} ('{}') isn't supported", i, shownName(name)));
        continue;
      }
      if (!given->literal) builder_.nameAfter(given->value, name);
      given->isTruth = given->isTruth || (!given->literal && handsOnTruths(node));
      meanings_.insert_or_assign(name, std::move(*given));
    }
  }

  void addOutput(const std::string &foreign) {
    const Meaning *meaning = meaningOfName(foreign);
    if (!meaning) return; // its node was refused
    const std::string shown = shownName(foreign);
    if (meaning->literal && meaning->literal->kind == NumberKind::integer)
      return diagnostics_.error({}, fmt::format("output '{}' is of {} numbers; outputs are floats", shown,
                                                spellingOf(meaning->literal->kind)));
    if (meaning->literal && builder_.isSplit()) {
      meeting_ = fmt::format("output '{}', which is the same for all images", shown);
      return;
    }
    if (meaning->isTruth || (meaning->literal && !meaning->literal->isReal()))
      diagnostics_.remark("import", {}, fmt::format("output '{}' is of booleans: 0 and 1 as floats", shown));
    const Shape shape = builder_.shapeOf(meaning->dims);
    Value value = meaning->value;
    if (meaning->literal) {
      Result<Value> constant = constantOf(*meaning->literal, shape);
      if (!constant)
        return diagnostics_.error({}, fmt::format("output '{}': {}", shown, constant.error().message));
      value = *constant;
    }
    if (Result<void> added = builder_.addOutput(value, foreign); !added)
      diagnostics_.error({}, fmt::format("output '{}': {}", shown, added.error().message));
  }

  Result<Value> constantOf(const Literal &literal, const Shape &shape) {
    if (Result<void> fits = checkShape(shape); !fits) return tl::unexpected(fits.error());
    return builder_.append(Constant{shape, parameterOf(literal, shape)}, {}, "constant");
  }

  const GraphSource &source_;
  ReadTensors &read_;
  Diagnostics &diagnostics_;
  GraphBuilder builder_;
  std::unordered_map<std::string, Meaning> meanings_;
  std::unordered_set<std::string> broken_;
  std::string meeting_;
};

} // namespace

ImportAttempt importGraph(const GraphSource &source, const std::string &name,
                          std::optional<std::int64_t> batch, TensorReader &reader, ReadTensors &read,
                          Diagnostics &diagnostics) {
  return Attempt(source, name, batch, reader, read, diagnostics).run();
}

} // namespace ninc::onnx_import
