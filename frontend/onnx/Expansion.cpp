#include "frontend/onnx/Expansion.h"

#include <algorithm>
#include <fmt/format.h>
#include <google/protobuf/unknown_field_set.h>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "frontend/onnx/ReadModel.h"

namespace ninc::onnx_import {

namespace {

using onnx::AttributeProto;
using onnx::FunctionProto;
using onnx::GraphProto;
using onnx::NodeProto;
using Nodes = google::protobuf::RepeatedPtrField<NodeProto>;

// What calls may become: bodies are copied, and those that call one another double each time.
constexpr std::size_t mostBytes = std::size_t{1} << 30;
constexpr std::size_t mostNodes = std::size_t{1} << 20;
constexpr std::size_t deepestCalls = 64;

// Values of attributes that a call may leave out: a field of ONNX 1.13 and later, so some distributions'
// schema doesn't know it.
std::vector<AttributeProto> defaultsOf(const FunctionProto &function) {
  constexpr int number = 11;
  const auto *reflection = FunctionProto::GetReflection();
  std::vector<AttributeProto> defaults;
  if (const auto *field = FunctionProto::GetDescriptor()->FindFieldByNumber(number)) {
    for (int i = 0; i < reflection->FieldSize(function, field); ++i)
      defaults.emplace_back().CopyFrom(reflection->GetRepeatedMessage(function, field, i));
    return defaults;
  }
  const auto &unknown = reflection->GetUnknownFields(function);
  for (int i = 0; i < unknown.field_count(); ++i)
    if (const auto &field = unknown.field(i);
        field.number() == number && field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      if (AttributeProto attribute; attribute.ParseFromString(field.length_delimited()))
        defaults.push_back(std::move(attribute));
  return defaults;
}

std::int64_t opsetOf(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto> &imports) {
  std::int64_t opset = 0;
  for (const auto &import : imports)
    if (isOwnDomain(import.domain())) opset = std::max<std::int64_t>(opset, import.version());
  return opset;
}

bool hasGraphs(const NodeProto &node) {
  return std::ranges::any_of(
      node.attribute(), [](const AttributeProto &each) { return each.has_g() || each.graphs_size() > 0; });
}

std::string shownFunction(const FunctionProto &function) {
  return fmt::format("function '{}'", shownName(function.name()));
}

// Where nodes come from: the file's graph, or a function's body as one call has it.
struct Scope {
  const NodeProto *call = nullptr; // null in the file's graph
  std::vector<AttributeProto> defaults;
  std::unordered_map<std::string, std::string> names; // the scope's -> the file's, where they differ
};

class Expansion {
public:
  Expansion(onnx::ModelProto &model, Diagnostics &diagnostics)
      : model_(model), diagnostics_(diagnostics), opset_(opsetOf(model.opset_import())) {}

  bool run() {
    const std::size_t earlier = diagnostics_.errorCount();
    GraphProto &graph = *model_.mutable_graph();
    const bool isPlain = model_.functions_size() == 0 && std::ranges::none_of(graph.node(), hasGraphs);
    if (isPlain) return true;
    for (const FunctionProto &function : model_.functions())
      if (!functions_.emplace(std::pair(function.domain(), function.name()), &function).second)
        diagnostics_.error({}, fmt::format("{} of '{}' is there twice", shownFunction(function),
                                           shownName(function.domain())));
    if (diagnostics_.errorCount() > earlier) return false;
    takeNames(graph);
    Nodes nodes;
    nodes.Swap(graph.mutable_node());
    Scope file;
    expand(nodes, file, *graph.mutable_node());
    if (diagnostics_.errorCount() > earlier) return false;
    model_.clear_functions();
    if (opsetOf(model_.opset_import()) == 0 && opset_ > 0) model_.add_opset_import()->set_version(opset_);
    return true;
  }

private:
  void takeNames(const GraphProto &graph) {
    for (const auto &input : graph.input())
      taken_.insert(input.name());
    for (const auto &tensor : graph.initializer())
      taken_.insert(tensor.name());
    for (const auto &node : graph.node())
      taken_.insert(node.output().begin(), node.output().end());
  }

  std::string unique(const std::string &base) {
    if (taken_.insert(base).second) return base;
    for (std::size_t &number = next_[base];;)
      if (std::string name = fmt::format("{}_{}", base, ++number + 1); taken_.insert(name).second)
        return name;
  }

  // What the file calls a name of the scope. In a body it is a new one, "call/name", at its first mention.
  std::string nameOf(const std::string &name, Scope &scope) {
    if (name.empty()) return name;
    if (const auto found = scope.names.find(name); found != scope.names.end()) return found->second;
    if (!scope.call) return name;
    return scope.names[name] = unique(inside(*scope.call, name));
  }

  static std::string inside(const NodeProto &call, const std::string &name) {
    const std::string &caller =
        !call.name().empty() || call.output_size() == 0 ? call.name() : call.output(0);
    return caller.empty() ? name : caller + "/" + name;
  }

  bool isTooMuch(std::size_t bytes) {
    bytes_ += bytes;
    if (++nodes_ <= mostNodes && bytes_ <= mostBytes) return false;
    if (!isFull_) diagnostics_.error({}, "the model's functions are too large where they are called");
    return isFull_ = true;
  }

  void expand(const Nodes &nodes, Scope &scope, Nodes &expanded) {
    for (const NodeProto &node : nodes) {
      if (isFull_ || (scope.call && isTooMuch(node.ByteSizeLong()))) return;
      const auto function = functions_.find(std::pair(node.domain(), node.op_type()));
      if (function == functions_.end()) {
        rewrite(node, scope, *expanded.Add());
        continue;
      }
      NodeProto call;
      rewrite(node, scope, call);
      expandCall(call, *function->second, expanded);
    }
  }

  // The node with the names and attributes that it has in the file.
  void rewrite(const NodeProto &node, Scope &scope, NodeProto &rewritten) {
    rewritten.set_op_type(node.op_type());
    rewritten.set_domain(node.domain());
    rewritten.set_name(scope.call && !node.name().empty() ? inside(*scope.call, node.name()) : node.name());
    for (const std::string &name : node.input())
      rewritten.add_input(nameOf(name, scope));
    for (const std::string &name : node.output())
      rewritten.add_output(nameOf(name, scope));
    for (const AttributeProto &attribute : node.attribute())
      if (const AttributeProto *given = resolved(attribute, scope)) {
        AttributeProto &own = *rewritten.add_attribute();
        own = *given;
        own.set_name(attribute.name());
        if (given != &attribute) continue; // the call's, which is as it is in the file
        if (own.has_g()) rewriteGraph(*own.mutable_g(), scope);
        for (GraphProto &graph : *own.mutable_graphs())
          rewriteGraph(graph, scope);
      }
  }

  // What a body's attribute that stands for one of the call says; null if neither call nor function say it.
  static const AttributeProto *resolved(const AttributeProto &attribute, const Scope &scope) {
    const std::string &wanted = attribute.ref_attr_name();
    if (wanted.empty() || !scope.call) return &attribute;
    const auto isWanted = [&](const AttributeProto &each) { return each.name() == wanted; };
    const auto given = std::ranges::find_if(scope.call->attribute(), isWanted);
    if (given != scope.call->attribute().end()) return &*given;
    const auto usual = std::ranges::find_if(scope.defaults, isWanted);
    return usual == scope.defaults.end() ? nullptr : &*usual;
  }

  // A branch: it sees the scope's names, and its own are seen by nobody else.
  void rewriteGraph(GraphProto &graph, Scope &scope) {
    std::map<std::string, std::string> hidden;
    const auto own = [&](const std::string &name) {
      if (name.empty() || hidden.contains(name)) return;
      const auto seen = scope.names.find(name);
      hidden[name] = seen == scope.names.end() ? std::string() : seen->second;
      scope.names[name] = unique(scope.call ? inside(*scope.call, name) : name);
    };
    for (auto &input : *graph.mutable_input()) {
      own(input.name());
      input.set_name(nameOf(input.name(), scope));
    }
    for (auto &tensor : *graph.mutable_initializer()) {
      own(tensor.name());
      tensor.set_name(nameOf(tensor.name(), scope));
    }
    for (const auto &node : graph.node())
      for (const std::string &name : node.output())
        own(name);
    Nodes nodes;
    nodes.Swap(graph.mutable_node());
    expand(nodes, scope, *graph.mutable_node());
    for (auto &output : *graph.mutable_output())
      output.set_name(nameOf(output.name(), scope));
    for (auto &[name, before] : hidden)
      if (before.empty())
        scope.names.erase(name);
      else
        scope.names[name] = std::move(before);
  }

  bool mayCall(const NodeProto &call, const FunctionProto &function) {
    const std::size_t earlier = diagnostics_.errorCount();
    const auto refuse = [&](const std::string &why) { diagnostics_.errorAt(labelOf(call), why); };
    const std::int64_t opset = opsetOf(function.opset_import());
    if (opset_ == 0) opset_ = opset;
    if (std::ranges::count(calls_, &function) > 0)
      refuse(shownFunction(function) + " calls itself");
    else if (calls_.size() == deepestCalls)
      refuse(fmt::format("functions call one another more than {} deep", deepestCalls));
    else if (call.input_size() > function.input_size() || call.output_size() > function.output_size())
      refuse(fmt::format("it has {} inputs and {} outputs, {} has {} and {}", call.input_size(),
                         call.output_size(), shownFunction(function), function.input_size(),
                         function.output_size()));
    else if (opset > 0 && opset != opset_)
      refuse(fmt::format("{} is written in opset {}, and what calls it in {}; one opset is supported",
                         shownFunction(function), opset, opset_));
    return diagnostics_.errorCount() == earlier;
  }

  void expandCall(const NodeProto &call, const FunctionProto &function, Nodes &expanded) {
    if (!mayCall(call, function)) return;
    Scope body{&call, defaultsOf(function), {}};
    for (int i = 0; i < function.input_size(); ++i)
      body.names[function.input(i)] = i < call.input_size() ? call.input(i) : "";
    std::vector<std::pair<std::string, std::string>> copies; // of inputs that are outputs, or outputs twice
    for (int i = 0; i < call.output_size(); ++i)
      if (const std::string &inner = function.output(i); !call.output(i).empty())
        if (const auto [found, isNew] = body.names.emplace(inner, call.output(i)); !isNew)
          copies.emplace_back(found->second, call.output(i));
    calls_.push_back(&function);
    expand(function.node(), body, expanded);
    calls_.pop_back();
    for (const auto &[from, to] : copies) {
      NodeProto &copy = *expanded.Add();
      copy.set_op_type("Identity");
      copy.add_input(from);
      copy.add_output(to);
    }
  }

  onnx::ModelProto &model_;
  Diagnostics &diagnostics_;
  std::int64_t opset_; // that nodes are written in; 0 until somebody says it
  std::map<std::pair<std::string, std::string>, const FunctionProto *> functions_; // by domain and name
  std::vector<const FunctionProto *> calls_;                                       // from the outermost on
  std::unordered_set<std::string> taken_;
  std::unordered_map<std::string, std::size_t> next_;
  std::size_t nodes_ = 0, bytes_ = 0;
  bool isFull_ = false;
};

} // namespace

bool expandFunctions(onnx::ModelProto &model, Diagnostics &diagnostics) {
  return Expansion(model, diagnostics).run();
}

} // namespace ninc::onnx_import
