#include "driver/import/Naming.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <string>

#include "driver/import/ForeignNames.h"
#include "driver/import/Nesting.h"
#include "frontend/import/NameMap.h"
#include "ir/ops/Parameters.h"

namespace ninc {

namespace {

bool hasWeights(const Graph &graph, Node node) {
  Op op = graph.op(node);
  return !parameterSlots(op, graph.operandTypes(node)).empty();
}

bool isConvolution(const Op &op) {
  return std::holds_alternative<Conv2d>(op) || std::holds_alternative<Mlpconv>(op);
}

// Whether the written op's weights are what the tidied one has.
bool isOfKind(const Op &tidied, const Op &written) {
  return tidied.index() == written.index() || (isConvolution(tidied) && isConvolution(written)) ||
         (std::holds_alternative<Dense>(tidied) && isConvolution(written));
}

// What ops of a kind are called where they are counted: "pool" for "pool1".
std::string kindOf(const Op &op) {
  static const std::map<std::string_view, std::string> shorter{
      {"conv2d", "conv"},     {"dense", "fc"},          {"mlpconv", "stage"},
      {"max_pool", "pool"},   {"average_pool", "pool"}, {"global_avg_pool", "mean"},
      {"batch_norm", "norm"}, {"pointwise", "chain"}};
  const auto found = shorter.find(spellingOf(op));
  return found == shorter.end() ? std::string(spellingOf(op)) : found->second;
}

bool isJoin(const Graph &graph, Node node) {
  if (graph.as<Concat>(node)) return true;
  const auto isComputed = [&](Value value) { return !graph.as<Constant>(value.node); };
  return graph.as<Binary>(node) && std::ranges::all_of(graph.operands(node), isComputed);
}

class Namer {
public:
  Namer(Graph &tidied, const Graph &written, const Provenance &provenance, const Origin &origin)
      : tidied_(tidied), written_(written), provenance_(provenance), origin_(origin),
        nested_(nestedNodes(tidied, NamedLines::mayGo)) {}

  void run() {
    const std::vector<Node> order = tidied_.topologicalOrder();
    std::vector<std::string> given;
    for (Node node : order) {
      if (keepsName(node))
        for (std::size_t i = 0; i < tidied_.resultCount(node); ++i)
          names_.fresh(tidied_.name({node, i}));
      inFile_[node] = nested_.contains(node) || isStage(node) ? "" : ofFile(node);
      if (!inFile_[node].empty() && !keepsName(node)) given.push_back(inFile_[node]);
    }
    const std::size_t scope = sharedScope(given);
    for (auto &[node, name] : inFile_)
      name.erase(0, std::min(scope, name.size()));
    for (Node node : order)
      choose(node);
    rename();
  }

private:
  // Users know inputs and outputs by their names.
  bool keepsName(Node node) const {
    for (std::size_t i = 0; i < tidied_.resultCount(node); ++i)
      if (tidied_.isOutput({node, i})) return true;
    return tidied_.as<Input>(node) != nullptr;
  }

  // An mlpconv that was found among the file's convolutions.
  bool isStage(Node node) const {
    const auto isLone = [&](Node each) { return written_.as<Conv2d>(each) != nullptr; };
    return tidied_.as<Mlpconv>(node) && std::ranges::count_if(provenance_.at(node), isLone) > 1;
  }

  std::string ofFile(Node node) const {
    const std::string &name = tidied_.name(tidied_.result(node));
    if (tidied_.as<Constant>(node)) return numbersInFile(name);
    if (hasWeights(tidied_, node))
      for (Node each : provenance_.at(node))
        if (isOfKind(tidied_.op(node), written_.op(each)))
          if (std::string found = nameInFile(written_, each, origin_); !found.empty()) return found;
    const auto foreign = origin_.values.find(name);
    return foreign == origin_.values.end() ? "" : valueNamed(foreign->second);
  }

  // A constant is called as its numbers.
  std::string numbersInFile(const std::string &name) const {
    const auto numbers = origin_.numbers.find(name);
    return numbers == origin_.numbers.end() ? "" : valueNamed(numbers->second.front());
  }

  // The path of a join: what its operands with names of the file have in common.
  std::string pathOfJoin(Node node) const {
    std::vector<std::string> paths;
    for (Value operand : tidied_.operands(node))
      if (const auto path = paths_.find(operand.node); path != paths_.end() && !path->second.empty())
        paths.push_back(path->second);
    return paths.size() == 1 ? parentPath(paths[0]) : commonPath(paths);
  }

  void choose(Node node) {
    const Op &op = tidied_.op(node);
    std::string path = inFile_[node];
    if (path.empty() && isJoin(tidied_, node)) joins_[node] = pathOfJoin(node);
    const Node before = tidied_.operandCount(node) > 0 ? tidied_.operand(node, 0).node : Node();
    const bool isFunction = tidied_.as<Unary>(node) != nullptr;
    if (path.empty() && isFunction && joins_.contains(before)) joins_[node] = joins_[before];
    if (path.empty() && isFunction && nested_.contains(node)) paths_[node] = paths_[before];
    if (hasWeights(tidied_, node)) paths_[node] = path;
    if (path.empty() && joins_.contains(node) && !joins_[node].empty())
      path = unused(fmt::format("{}/{}", joins_[node], spellingOf(op)));
    if (keepsName(node)) return;
    for (std::size_t i = 0; i < tidied_.resultCount(node); ++i)
      chosen_.emplace_back(tidied_.result(node, i), nameOf(node, path));
  }

  // Nothing for a join's path that another has already: it would say less than a number.
  std::string unused(std::string path) { return joinPaths_.insert(path).second ? path : std::string(); }

  std::string nameOf(Node node, const std::string &path) {
    const Op &op = tidied_.op(node);
    if (nested_.contains(node)) return names_.fresh(fmt::format("{}_1", spellingOf(op)));
    if (path.empty()) {
      const std::string kind = kindOf(op);
      return names_.fresh(fmt::format("{}{}", kind, ++counts_[kind]));
    }
    std::string name = identifierLike(path);
    if (!hasWeights(tidied_, node) && isMadeUpName(op, name)) name.erase(spellingOf(op).size(), 1);
    return names_.fresh(name);
  }

  // In two steps, since a name may be one that another value still has.
  void rename() {
    for (std::size_t i = 0; i < chosen_.size(); ++i)
      tidied_.rename(chosen_[i].first, fmt::format("renamed by ninc {}", i));
    for (auto &[value, name] : chosen_)
      tidied_.rename(value, std::move(name));
  }

  Graph &tidied_;
  const Graph &written_;
  const Provenance &provenance_;
  const Origin &origin_;
  std::unordered_set<Node> nested_;
  NameMap names_;
  std::unordered_map<Node, std::string> inFile_; // without the shared scope
  std::unordered_map<Node, std::string> paths_;  // of ops with weights, and of functions of them
  std::unordered_map<Node, std::string> joins_;  // what a join's operands have in common
  std::set<std::string> joinPaths_;
  std::map<std::string, int> counts_; // of names by kind
  std::vector<std::pair<Value, std::string>> chosen_;
};

} // namespace

std::string nameInFile(const Graph &written, Node node, const Origin &origin) {
  const std::string &name = written.name(written.result(node));
  if (const auto numbers = origin.numbers.find(name); numbers != origin.numbers.end())
    for (const std::string &each : numbers->second)
      if (std::string layer = layerNamed(each); !layer.empty()) return layer;
  const auto foreign = origin.values.find(name);
  return foreign == origin.values.end() ? "" : valueNamed(foreign->second);
}

void nameForPeople(Graph &tidied, const Graph &written, const Provenance &provenance, const Origin &origin) {
  Namer(tidied, written, provenance, origin).run();
}

} // namespace ninc
