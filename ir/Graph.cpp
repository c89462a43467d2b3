#include "ir/Graph.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <boost/graph/graphviz.hpp>
#include <boost/graph/reverse_graph.hpp>
#include <fmt/format.h>
#include <map>
#include <numeric>
#include <queue>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include "ir/ops/TypeRules.h"
#include "support/Counted.h"

namespace ninc {

namespace {

struct NodeData {
  Op op;
  SourceRange where;
  std::vector<TensorType> types;  // one a result
  std::vector<std::string> names; // one a result
  double order = 0;               // its key in Storage::inOrder
};

// An operand: which result of the source vertex is which operand of the target vertex.
struct OperandData {
  std::size_t result = 0;
  std::size_t operand = 0;
};

using Adjacency =
    boost::adjacency_list<boost::listS, boost::listS, boost::bidirectionalS, NodeData, OperandData>;
using Vertex = Adjacency::vertex_descriptor;
using Edge = Adjacency::edge_descriptor;

std::vector<TensorType> typesOf(const Graph &graph, std::span<const Value> values) {
  std::vector<TensorType> types;
  for (Value value : values)
    types.push_back(graph.type(value));
  return types;
}

} // namespace

struct Graph::Storage {
  std::string name;
  Adjacency graph;
  std::vector<Value> outputs;
  std::unordered_set<Value> outputSet; // the members of outputs
  std::unordered_map<std::string, Value> byName;
  // Nodes in insertion order. The keys only compare: insertBefore takes the middle between two.
  std::map<double, Node> inOrder;
  std::map<std::string_view, std::size_t> madeUp; // per spelling of an op: the last number madeUpName tried

  NodeData &data(Node node) { return graph[static_cast<Vertex>(node.vertex_)]; }

  static Vertex vertexOf(Node node) { return static_cast<Vertex>(node.vertex_); }
  static Node nodeOf(Vertex vertex) { return Node(vertex); }

  // Operand edges sorted by operand position: edges carry the position since list order means nothing.
  std::vector<Edge> operandEdges(Node node) const {
    auto [first, last] = boost::in_edges(vertexOf(node), graph);
    std::vector<Edge> edges(first, last);
    std::ranges::sort(edges, {}, [&](const Edge &edge) { return graph[edge].operand; });
    return edges;
  }

  void connect(Value value, Node user, std::size_t operand) {
    boost::add_edge(vertexOf(value.node), vertexOf(user), OperandData{value.result, operand}, graph);
  }

  std::string freeName(const std::string &base) const {
    if (!byName.contains(base)) return base;
    for (int suffix = 2;; ++suffix) {
      std::string candidate = fmt::format("{}_{}", base, suffix);
      if (!byName.contains(candidate)) return candidate;
    }
  }

  // "relu_1", "relu_2", ...: the next that is free.
  std::string madeUpName(const Op &op) {
    for (std::size_t &number = madeUp[spellingOf(op)];;)
      if (std::string candidate = fmt::format("{}_{}", spellingOf(op), ++number); !byName.contains(candidate))
        return candidate;
  }

  double keyAtEnd() const { return inOrder.empty() ? 0 : inOrder.rbegin()->first + 1; }

  void place(Node node, double key) {
    data(node).order = key;
    inOrder.emplace(key, node);
  }

  // A key between `before` and the node ahead of it. Half a gap remains each time, so after some fifty
  // insertions at one place there is none left, and all nodes get whole numbers again.
  double keyBefore(Node before) {
    auto next = inOrder.find(data(before).order);
    if (next == inOrder.begin()) return next->first - 1;
    double low = std::prev(next)->first, key = std::midpoint(low, next->first);
    if (low < key && key < next->first) return key;
    std::vector<Node> nodes = inInsertionOrder();
    inOrder.clear();
    for (Node node : nodes)
      place(node, keyAtEnd());
    return data(before).order - 0.5;
  }

  std::vector<Node> inInsertionOrder() const {
    std::vector<Node> nodes;
    for (const auto &[key, node] : inOrder)
      nodes.push_back(node);
    return nodes;
  }
};

Graph::Graph(std::string name) : storage_(std::make_unique<Storage>()) {
  storage_->name = std::move(name);
}
Graph::~Graph() = default;
Graph::Graph(Graph &&) noexcept = default;
Graph &Graph::operator=(Graph &&) noexcept = default;

Graph Graph::clone() const {
  Graph copy(storage_->name);
  copy.weightSource = weightSource;
  copy.originalNames = originalNames;
  std::unordered_map<Node, Node> twin;
  for (Node node : nodes()) {
    Vertex vertex = boost::add_vertex(storage_->data(node), copy.storage_->graph);
    twin[node] = Storage::nodeOf(vertex);
    copy.storage_->inOrder.emplace(storage_->data(node).order, twin[node]);
  }
  for (Node node : nodes()) {
    std::vector<Value> read = operands(node);
    for (std::size_t i = 0; i < read.size(); ++i)
      copy.storage_->connect({twin[read[i].node], read[i].result}, twin[node], i);
  }
  for (const auto &[name, value] : storage_->byName)
    copy.storage_->byName[name] = {twin[value.node], value.result};
  for (Value value : storage_->outputs)
    copy.storage_->outputs.push_back({twin[value.node], value.result});
  copy.storage_->outputSet.insert(copy.storage_->outputs.begin(), copy.storage_->outputs.end());
  copy.storage_->madeUp = storage_->madeUp;
  return copy;
}

const std::string &Graph::name() const {
  return storage_->name;
}
void Graph::setName(std::string name) {
  storage_->name = std::move(name);
}

Result<Node> Graph::append(Op op, std::span<const Value> operands, std::vector<std::string> names,
                           SourceRange where) {
  std::vector<TensorType> operandTypes = typesOf(*this, operands);
  Result<std::vector<TensorType>> types = inferTypes(op, operandTypes);
  if (!types) return tl::unexpected(types.error());
  if (names.empty()) {
    names.push_back(storage_->madeUpName(op));
    while (names.size() < types->size())
      names.push_back(storage_->freeName(fmt::format("{}_{}", names[0], names.size())));
  }
  if (names.size() != types->size())
    return fail(fmt::format("{} has {}, but {} given", spellingOf(op), counted(types->size(), "result"),
                            counted(names.size(), "name is", "names are")));
  for (std::size_t i = 0; i < names.size(); ++i)
    if (storage_->byName.contains(names[i]) ||
        std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
            names.begin() + static_cast<std::ptrdiff_t>(i))
      return fail(fmt::format("the name '{}' is already in use", names[i]));

  Vertex vertex = boost::add_vertex(storage_->graph);
  Node node = Storage::nodeOf(vertex);
  storage_->graph[vertex] = NodeData{std::move(op), where, std::move(*types), std::move(names)};
  storage_->place(node, storage_->keyAtEnd());
  for (std::size_t i = 0; i < operands.size(); ++i)
    storage_->connect(operands[i], node, i);
  const std::vector<std::string> &given = storage_->data(node).names;
  for (std::size_t i = 0; i < given.size(); ++i)
    storage_->byName[given[i]] = {node, i};
  return node;
}

Result<Node> Graph::insertBefore(Node before, Op op, std::span<const Value> operands,
                                 std::vector<std::string> names, SourceRange where) {
  Result<Node> node = append(std::move(op), operands, std::move(names), where);
  if (!node) return node;
  storage_->inOrder.erase(storage_->data(*node).order);
  storage_->place(*node, storage_->keyBefore(before));
  return node;
}

Result<void> Graph::replaceOp(Node node, Op op) {
  Result<std::vector<TensorType>> types = inferTypes(op, operandTypes(node));
  if (!types) return tl::unexpected(types.error());
  NodeData &data = storage_->data(node);
  for (std::size_t i = types->size(); i < data.types.size(); ++i) {
    if (useCount({node, i}) > 0)
      return failInternal(fmt::format("replacing '{}' drops a result that is still read", data.names[i]));
    storage_->byName.erase(data.names[i]);
  }
  data.names.resize(std::min(data.names.size(), types->size()));
  while (data.names.size() < types->size()) {
    std::string made = storage_->freeName(fmt::format("{}_{}", data.names.front(), data.names.size()));
    storage_->byName[made] = {node, data.names.size()};
    data.names.push_back(std::move(made));
  }
  const bool isSource = traitsOf(op).source; // whose type is its own
  for (std::size_t i = 0; i < types->size() && i < data.types.size(); ++i)
    if (!isSource && (*types)[i].shape == data.types[i].shape) (*types)[i].layout = data.types[i].layout;
  data.op = std::move(op);
  data.types = std::move(*types);
  return {};
}

Result<void> Graph::refreshTypes() {
  for (Node node : topologicalOrder())
    if (Result<void> done = replaceOp(node, op(node)); !done) return done;
  return {};
}

void Graph::erase(Node node) {
  for (const std::string &name : storage_->data(node).names)
    storage_->byName.erase(name);
  storage_->inOrder.erase(storage_->data(node).order);
  Vertex vertex = Storage::vertexOf(node);
  boost::clear_vertex(vertex, storage_->graph);
  boost::remove_vertex(vertex, storage_->graph);
}

void Graph::replaceAllUses(Value from, Value to) {
  for (Use use : uses(from))
    setOperand(use.user, use.operand, to);
  if (storage_->outputSet.erase(from) == 0) return;
  std::ranges::replace(storage_->outputs, from, to);
  storage_->outputSet.insert(to);
}

void Graph::setOperand(Node user, std::size_t operand, Value value) {
  for (const Edge &edge :
       boost::make_iterator_range(boost::in_edges(Storage::vertexOf(user), storage_->graph)))
    if (storage_->graph[edge].operand == operand) {
      boost::remove_edge(edge, storage_->graph);
      break;
    }
  storage_->connect(value, user, operand);
}

const Op &Graph::op(Node node) const {
  return storage_->data(node).op;
}
SourceRange Graph::where(Node node) const {
  return storage_->data(node).where;
}
std::size_t Graph::resultCount(Node node) const {
  return storage_->data(node).types.size();
}

std::vector<Value> Graph::operands(Node node) const {
  std::vector<Value> values;
  for (const Edge &edge : storage_->operandEdges(node))
    values.push_back({Storage::nodeOf(boost::source(edge, storage_->graph)), storage_->graph[edge].result});
  return values;
}

Value Graph::operand(Node node, std::size_t index) const {
  for (const Edge &edge :
       boost::make_iterator_range(boost::in_edges(Storage::vertexOf(node), storage_->graph)))
    if (storage_->graph[edge].operand == index)
      return {Storage::nodeOf(boost::source(edge, storage_->graph)), storage_->graph[edge].result};
  return {};
}
std::size_t Graph::operandCount(Node node) const {
  return boost::in_degree(Storage::vertexOf(node), storage_->graph);
}

std::vector<TensorType> Graph::operandTypes(Node node) const {
  return typesOf(*this, operands(node));
}

const TensorType &Graph::type(Value value) const {
  return storage_->data(value.node).types.at(value.result);
}
void Graph::setLayout(Value value, Layout layout) {
  storage_->data(value.node).types.at(value.result).layout = layout;
}

const std::string &Graph::name(Value value) const {
  return storage_->data(value.node).names.at(value.result);
}

void Graph::rename(Value value, std::string name) {
  std::string &current = storage_->data(value.node).names.at(value.result);
  storage_->byName.erase(current);
  current = std::move(name);
  storage_->byName[current] = value;
}

Value Graph::find(std::string_view name) const {
  auto found = storage_->byName.find(std::string(name));
  return found == storage_->byName.end() ? Value{} : found->second;
}

std::vector<Use> Graph::uses(Value value) const {
  auto [first, last] = boost::out_edges(Storage::vertexOf(value.node), storage_->graph);
  std::vector<Use> readers;
  for (auto edge = first; edge != last; ++edge)
    if (storage_->graph[*edge].result == value.result)
      readers.push_back(
          {Storage::nodeOf(boost::target(*edge, storage_->graph)), storage_->graph[*edge].operand});
  std::ranges::sort(readers, {},
                    [&](const Use &use) { return std::pair(storage_->data(use.user).order, use.operand); });
  return readers;
}

std::size_t Graph::useCount(Value value) const {
  auto edges = boost::make_iterator_range(boost::out_edges(Storage::vertexOf(value.node), storage_->graph));
  auto reads = std::ranges::count_if(
      edges, [&](const Edge &edge) { return storage_->graph[edge].result == value.result; });
  return static_cast<std::size_t>(reads) + (isOutput(value) ? 1 : 0);
}
bool Graph::isOutput(Value value) const {
  return storage_->outputSet.contains(value);
}

Result<void> Graph::addOutput(Value value) {
  if (isOutput(value)) return fail(fmt::format("'{}' is already an output", name(value)));
  storage_->outputs.push_back(value);
  storage_->outputSet.insert(value);
  return {};
}

const std::vector<Value> &Graph::outputs() const {
  return storage_->outputs;
}

std::size_t Graph::nodeCount() const {
  return boost::num_vertices(storage_->graph);
}
std::vector<Node> Graph::nodes() const {
  return storage_->inInsertionOrder();
}

std::vector<Node> Graph::inputs() const {
  std::vector<Node> found = nodes();
  std::erase_if(found, [&](Node node) { return !as<Input>(node); });
  return found;
}

// Kahn's algorithm with a priority queue: the ready node that was inserted first goes next, so the order is
// the text's order wherever that is a topological one. (boost::topological_sort gives a valid order too,
// but not this one, and it throws on a cycle.)
std::vector<Node> Graph::topologicalOrder() const {
  const Adjacency &graph = storage_->graph;
  auto later = [&](Vertex a, Vertex b) { return graph[a].order > graph[b].order; };
  std::priority_queue<Vertex, std::vector<Vertex>, decltype(later)> ready(later);
  std::unordered_map<Vertex, std::size_t> waiting;
  for (Vertex vertex : boost::make_iterator_range(boost::vertices(graph))) {
    waiting[vertex] = boost::in_degree(vertex, graph);
    if (waiting[vertex] == 0) ready.push(vertex);
  }
  std::vector<Node> order;
  while (!ready.empty()) {
    Vertex vertex = ready.top();
    ready.pop();
    order.push_back(Storage::nodeOf(vertex));
    for (const Edge &edge : boost::make_iterator_range(boost::out_edges(vertex, graph)))
      if (--waiting[boost::target(edge, graph)] == 0) ready.push(boost::target(edge, graph));
  }
  if (order.size() != nodeCount()) order.clear();
  return order;
}

std::vector<Node> Graph::dependencies(Node node) const {
  std::map<Vertex, boost::default_color_type> colors; // of the vertices reached
  boost::depth_first_visit(boost::make_reverse_graph(std::as_const(storage_->graph)), Storage::vertexOf(node),
                           boost::default_dfs_visitor(), boost::make_assoc_property_map(colors));
  colors.erase(Storage::vertexOf(node));
  std::vector<Node> order = topologicalOrder();
  std::erase_if(order, [&](Node other) { return !colors.contains(Storage::vertexOf(other)); });
  return order;
}

std::string Graph::toGraphviz(const std::function<std::string(Node)> &nodeAttributes,
                              const std::function<std::string(Value)> &edgeAttributes) const {
  std::map<Vertex, std::size_t> number; // vertices in lists have no index of their own
  for (Node node : nodes())
    number.emplace(Storage::vertexOf(node), number.size());
  const Adjacency &graph = storage_->graph;
  std::ostringstream text;
  boost::write_graphviz(
      text, graph,
      [&](std::ostream &out, Vertex vertex) { out << '[' << nodeAttributes(Storage::nodeOf(vertex)) << ']'; },
      [&](std::ostream &out, const Edge &edge) {
        out << '[' << edgeAttributes({Storage::nodeOf(boost::source(edge, graph)), graph[edge].result})
            << ']';
      },
      [&](std::ostream &out) { out << "label=\"" << name() << "\"\nnode [fontname=\"sans-serif\"]\n"; },
      boost::make_assoc_property_map(number));
  return text.str();
}

} // namespace ninc
