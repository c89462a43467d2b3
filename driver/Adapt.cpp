#include "driver/Adapt.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "frontend/InputWords.h"
#include "ir/ops/TypeRules.h"

namespace ninc {

namespace {

tl::unexpected<Error> misused(std::string message) {
  return tl::unexpected(Error{ErrorKind::usage, std::move(message)});
}

struct NamedWords {
  Value value;
  std::string_view words;
};

// "NAME=WORDS" of one of these values, by the name that the file has for it or by its own.
Result<NamedWords> parseNamed(std::string_view option, std::string_view text, const Graph &graph,
                              const std::vector<Value> &values) {
  std::vector<std::string> names;
  for (const Value value : values) {
    const std::string &name = graph.name(value);
    const auto original = graph.originalNames.find(name);
    names.push_back(original == graph.originalNames.end() ? name : original->second);
    for (const std::string &each : {names.back(), name})
      if (text.starts_with(each) && text.substr(each.size()).starts_with('='))
        return NamedWords{value, text.substr(each.size() + 1)};
  }
  return misused(fmt::format("{} '{}' isn't NAME=WORDS of one of: {}", option, text, fmt::join(names, ", ")));
}

// The ops that turn [rows, columns, channels] into maps, from their one reader on: a transpose, or one of
// pixels between reshapes, as which it is imported. Empty where something else reads it.
std::vector<Node> turnsChannelsToTheFront(const Graph &graph, Node reader, const Shape &pixels) {
  const std::int64_t rows = pixels[0], columns = pixels[1], channels = pixels[2];
  const auto readerOf = [&](Node node) {
    const std::vector<Use> uses = graph.uses(graph.result(node));
    return uses.size() == 1 && !graph.isOutput(graph.result(node)) ? uses.front().user : Node();
  };
  const auto isReshape = [&](Node node, const Shape &shape) {
    const auto *reshape = node ? graph.as<Reshape>(node) : nullptr;
    return reshape && reshape->shape == shape;
  };
  const auto isTranspose = [&](Node node, const Shape &order) {
    const auto *transpose = node ? graph.as<Transpose>(node) : nullptr;
    return transpose && transpose->order == order;
  };
  std::vector<Node> turn;
  if (isTranspose(reader, {2, 0, 1})) turn = {reader};
  if (isReshape(reader, {rows * columns, channels}))
    if (const Node transpose = readerOf(reader); isTranspose(transpose, {1, 0}))
      if (const Node back = readerOf(transpose); isReshape(back, {channels, rows, columns}))
        turn = {reader, transpose, back};
  if (!turn.empty() && graph.isOutput(graph.result(turn.back()))) return {};
  return turn;
}

// Those of all readers; empty where one doesn't turn.
std::vector<std::vector<Node>> turnsOf(const Graph &graph, Value input) {
  std::vector<std::vector<Node>> turns;
  for (const Use &use : graph.uses(input))
    turns.push_back(turnsChannelsToTheFront(graph, use.user, graph.type(input).shape));
  if (std::ranges::any_of(turns, &std::vector<Node>::empty)) return {};
  return turns;
}

Result<void> preprocess(Graph &graph, const std::string &option) {
  std::vector<Value> inputs;
  for (const Node node : graph.inputs())
    inputs.push_back(graph.result(node));
  Result<NamedWords> named = parseNamed("--preprocess", option, graph, inputs);
  if (!named) return tl::unexpected(named.error());
  const Value input = named->value;
  const auto refused = [&](const std::string &why) {
    return misused(fmt::format("--preprocess '{}': {}", option, why));
  };
  const TensorType given = graph.type(input);
  Result<TensorType> type = typeByWords(named->words, given);
  if (!type) return refused(type.error().message);
  // Pixels that the model turns round itself, first of all, are the maps that it makes of them.
  std::vector<std::vector<Node>> turns;
  if (type->layout == Layout::hwc && given.layout == Layout::chw && given.shape.size() == 3)
    turns = turnsOf(graph, input);
  if (!turns.empty()) type->shape = {given.shape[2], given.shape[0], given.shape[1]};
  if (Result<std::vector<TensorType>> fits = inferTypes(Input{*type}, {}); !fits)
    return refused(fits.error().message);
  if (auto done = graph.replaceOp(input.node, Input{*type}); !done) return done;
  for (const std::vector<Node> &turn : turns) {
    graph.replaceAllUses(graph.result(turn.back()), input);
    for (auto node = turn.rbegin(); node != turn.rend(); ++node)
      graph.erase(*node);
  }
  return {};
}

// A name that no value has yet.
std::string freeName(const Graph &graph, const std::string &base) {
  std::string name = base;
  for (int number = 2; graph.find(name); ++number)
    name = fmt::format("{}_{}", base, number);
  return name;
}

// How many elements are given out: 0 of "argmax".
Result<std::int64_t> countOf(std::string_view words) {
  if (words == "argmax") return 0;
  std::int64_t count = 0;
  if (words.starts_with("top")) {
    const std::string_view digits = words.substr(3);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (error == std::errc() && end == digits.data() + digits.size() && count > 0) return count;
  }
  return fail(fmt::format("'{}' is neither argmax nor top with a number behind it, such as top5", words));
}

// The values that stand for an output.
Result<std::vector<Value>> choiceOf(Graph &graph, Value output, std::int64_t count) {
  const Shape &shape = graph.type(output).shape;
  const auto several = std::ranges::find_if(shape, [](std::int64_t extent) { return extent > 1; });
  const std::int64_t axis = several == shape.end() ? 0 : several - shape.begin();
  const std::string name = graph.name(output);
  std::vector<std::string> names;
  for (const char *what : count == 0 ? std::vector{"argmax"} : std::vector{"indices", "values"})
    names.push_back(freeName(graph, fmt::format("{}_{}", name, what)));
  Op op = TopK{count, axis};
  if (count == 0) op = ArgMax{axis};
  Result<Node> node = graph.append(std::move(op), {{output}}, names, graph.where(output.node));
  if (!node) return tl::unexpected(node.error());
  std::vector<Value> results;
  for (std::size_t i = 0; i < names.size(); ++i)
    results.push_back(graph.result(*node, i));
  return results;
}

// The same graph with these outputs.
Result<Graph> withOutputs(const Graph &graph, const std::vector<Value> &outputs) {
  Graph copy(graph.name());
  copy.weightSource = graph.weightSource;
  copy.originalNames = graph.originalNames;
  for (const Node node : graph.topologicalOrder()) {
    std::vector<Value> operands;
    for (const Value operand : graph.operands(node))
      operands.push_back(copy.find(graph.name(operand)));
    std::vector<std::string> names;
    for (std::size_t i = 0; i < graph.resultCount(node); ++i)
      names.push_back(graph.name(graph.result(node, i)));
    Result<Node> added = copy.append(graph.op(node), operands, names, graph.where(node));
    if (!added) return tl::unexpected(added.error());
    for (std::size_t i = 0; i < names.size(); ++i)
      copy.setLayout(copy.result(*added, i), graph.type(graph.result(node, i)).layout);
  }
  for (const Value output : outputs)
    if (auto added = copy.addOutput(copy.find(graph.name(output))); !added)
      return tl::unexpected(added.error());
  return copy;
}

Result<void> giveOutAs(Graph &graph, const std::string &option) {
  Result<NamedWords> named = parseNamed("--output-as", option, graph, graph.outputs());
  if (!named) return tl::unexpected(named.error());
  Result<std::int64_t> count = countOf(named->words);
  if (!count) return misused(fmt::format("--output-as '{}': {}", option, count.error().message));
  Result<std::vector<Value>> choice = choiceOf(graph, named->value, *count);
  if (!choice) return misused(fmt::format("--output-as '{}': {}", option, choice.error().message));
  std::vector<Value> outputs;
  for (const Value output : graph.outputs())
    if (output == named->value)
      outputs.insert(outputs.end(), choice->begin(), choice->end());
    else
      outputs.push_back(output);
  Result<Graph> changed = withOutputs(graph, outputs);
  if (!changed) return tl::unexpected(changed.error());
  graph = std::move(*changed);
  return {};
}

} // namespace

Result<void> adapt(Graph &graph, const Request &request) {
  for (const std::string &option : request.preprocess)
    if (auto done = preprocess(graph, option); !done) return done;
  for (const std::string &option : request.outputsAs)
    if (auto done = giveOutAs(graph, option); !done) return done;
  return {};
}

} // namespace ninc
