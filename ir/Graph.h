// A model: ops, who reads whose results, and which results are the answer.
//
// The graph is directed and acyclic by construction: append() takes only values that exist, and the calls
// that rewire say what they require; the verifier (ir/Verifier.h) proves it. Underneath is a Boost.Graph
// adjacency_list whose vertices are the nodes and whose edges run from producer to consumer, carrying which
// result feeds which operand. Vertices live in a list, so a Node stays valid while others come and go.
// Everybody but the traversals of this floor sees only the words below.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/ops/Ops.h"
#include "support/Diagnostics.h"
#include "support/Result.h"

namespace ninc {

// Names a node of one graph. Valid until that node is erased; comparable, hashable, cheap to copy.
class Node {
public:
  Node() = default;
  explicit operator bool() const { return vertex_ != nullptr; }
  friend auto operator<=>(const Node &, const Node &) = default;

private:
  friend class Graph;
  friend struct std::hash<Node>;
  explicit Node(void *vertex) : vertex_(vertex) {}
  void *vertex_ = nullptr;
};

// One result of a node. Almost every op has one, number 0.
struct Value {
  Node node;
  std::size_t result = 0;

  explicit operator bool() const { return static_cast<bool>(node); }
  friend auto operator<=>(const Value &, const Value &) = default;
};

// A place where a value is read: operand number `operand` of `user`.
struct Use {
  Node user;
  std::size_t operand = 0;

  friend auto operator<=>(const Use &, const Use &) = default;
};

// Where the parameters of a model come from, as its text says it.
struct WeightSource {
  enum class Kind { none, file, random };
  Kind kind = Kind::none;
  std::string path;       // file: as written; relative to the model's folder
  std::uint64_t seed = 0; // random: He-initialised, see ir/Weights.h
  SourceRange where;

  friend bool operator==(const WeightSource &a, const WeightSource &b) {
    return a.kind == b.kind && a.path == b.path && a.seed == b.seed; // the place in a text isn't meaning
  }
};

// Not thread-safe while it changes; any number of threads may read it. Movable; clone() copies.
class Graph {
public:
  explicit Graph(std::string name = "model");
  ~Graph();
  Graph(Graph &&) noexcept;
  Graph &operator=(Graph &&) noexcept;

  // An equal graph that shares the parameters; nodes are new, order and names are kept.
  Graph clone() const;

  // The model's name: a C identifier, since symbols are made of it.
  const std::string &name() const;
  void setName(std::string name);

  WeightSource weightSource;

  // What the model's file calls its inputs and outputs, by their names here: those alone whose names are
  // others, since a file of another format may call a value anything (frontend/import/NameMap.h).
  std::map<std::string, std::string, std::less<>> originalNames;

  // Adds a node behind all others, infers its result types and names its results. `names` has one name a
  // result (or is empty: names are made up, "relu_1"). A name in use is an error, as is a type rule that
  // refuses the operands.
  Result<Node> append(Op op, std::span<const Value> operands, std::vector<std::string> names = {},
                      SourceRange where = {});

  // As append, but the node's place in topologicalOrder's tie-break is just before `before`.
  Result<Node> insertBefore(Node before, Op op, std::span<const Value> operands,
                            std::vector<std::string> names = {}, SourceRange where = {});

  // Puts another op in a node's place: same operands, result types inferred anew. The number of results may
  // only change when the ones that go have no uses. Result types may change; call refreshTypes() then.
  Result<void> replaceOp(Node node, Op op);

  // Recomputes every result type in topological order (layouts are kept where the shape is unchanged).
  Result<void> refreshTypes();

  // Removes a node none of whose results is used or is an output.
  void erase(Node node);

  // Every reader of `from`, graph outputs included, reads `to` from now on. Requires equal shapes and that
  // `to` doesn't depend on `from`.
  void replaceAllUses(Value from, Value to);
  void setOperand(Node user, std::size_t operand, Value value);

  // Looking. Ops are values: change a copy and hand it to replaceOp.
  const Op &op(Node node) const;
  SourceRange where(Node node) const;
  std::size_t resultCount(Node node) const;
  Value result(Node node, std::size_t index = 0) const { return {node, index}; }
  std::vector<Value> operands(Node node) const;
  Value operand(Node node, std::size_t index) const;
  std::size_t operandCount(Node node) const;
  std::vector<TensorType> operandTypes(Node node) const;

  const TensorType &type(Value value) const;
  void setLayout(Value value, Layout layout);
  const std::string &name(Value value) const;
  // The name must be free (or the value's own).
  void rename(Value value, std::string name);
  // The value of that name, or none.
  Value find(std::string_view name) const;

  // Readers, in the order in which nodes were inserted; graph outputs aren't among them.
  std::vector<Use> uses(Value value) const;
  // Readers plus graph outputs.
  std::size_t useCount(Value value) const;
  bool isOutput(Value value) const;

  // The answers, in order. A value may be named more than once by nobody: addOutput refuses a repetition.
  Result<void> addOutput(Value value);
  const std::vector<Value> &outputs() const;

  // The op of a node as a T, or null.
  template <class T>
  const T *as(Node node) const {
    return std::get_if<T>(&op(node));
  }

  std::size_t nodeCount() const;
  // Nodes in insertion order.
  std::vector<Node> nodes() const;
  // Inputs in insertion order: the order of the compiled function's arguments.
  std::vector<Node> inputs() const;
  // Producers before consumers; among free choices, insertion order. Empty if there is a cycle.
  std::vector<Node> topologicalOrder() const;
  // Every node on which `node` depends, itself excluded, in topological order.
  std::vector<Node> dependencies(Node node) const;

  // The graph as Graphviz text; the callbacks give the attributes inside [...] of a node and of an edge.
  // Pictures of it: ir/Dot.h.
  std::string toGraphviz(const std::function<std::string(Node)> &nodeAttributes,
                         const std::function<std::string(Value)> &edgeAttributes) const;

private:
  struct Storage;
  std::unique_ptr<Storage> storage_;
};

} // namespace ninc

template <>
struct std::hash<ninc::Node> {
  std::size_t operator()(const ninc::Node &node) const noexcept { return std::hash<void *>()(node.vertex_); }
};
template <>
struct std::hash<ninc::Value> {
  std::size_t operator()(const ninc::Value &value) const noexcept {
    return std::hash<ninc::Node>()(value.node) * 31 + value.result;
  }
};
