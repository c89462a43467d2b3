#include "driver/import/Comments.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "driver/import/ForeignNames.h"
#include "support/Utf8.h"

namespace ninc {

namespace {

std::size_t layersOf(const Op &op) {
  if (const auto *mlpconv = std::get_if<Mlpconv>(&op)) return mlpconv->layers.size();
  return std::holds_alternative<Conv2d>(op) || std::holds_alternative<Dense>(op) ? 1 : 0;
}

bool hasBias(const Op &op) {
  if (const auto *conv = std::get_if<Conv2d>(&op)) return conv->layer.hasBias;
  if (const auto *dense = std::get_if<Dense>(&op)) return dense->hasBias;
  return false;
}

bool readsConstant(const Graph &graph, Node node) {
  return std::ranges::any_of(graph.operands(node),
                             [&](Value value) { return graph.as<Constant>(value.node) != nullptr; });
}

class Notes {
public:
  Notes(const Graph &tidied, const History &written, const History &recognised, const Origin &origin)
      : tidied_(tidied), written_(written), graph_(recognised.graph), provenance_(recognised.provenance),
        origin_(origin) {}

  Comment of(Node node) const {
    Comment comment = carried(node);
    for (const std::string &note : {stageNote(node), foldingNote(node), numbersNote(node)})
      if (!note.empty()) comment.behind += (comment.behind.empty() ? "" : "; ") + note;
    return comment;
  }

private:
  const Comment *writtenAt(const std::string &name) const {
    const auto found = origin_.comments.find(name);
    return found == origin_.comments.end() ? nullptr : &found->second;
  }

  // What people wrote at the op; above it also what they wrote at ops that are part of it now.
  Comment carried(Node node) const {
    Comment comment;
    const std::string &name = tidied_.name(tidied_.result(node));
    for (Node each : written_.provenance.at(node)) {
      const std::string &other = written_.graph.name(written_.graph.result(each));
      const Comment *found = other == name || tidied_.find(other) ? nullptr : writtenAt(other);
      if (!found) continue;
      comment.above.insert(comment.above.end(), found->above.begin(), found->above.end());
      if (!found->behind.empty()) comment.above.push_back(fmt::format("{}: {}", other, found->behind));
    }
    if (const Comment *own = writtenAt(name)) {
      comment.above.insert(comment.above.end(), own->above.begin(), own->above.end());
      comment.behind = own->behind;
    }
    return comment;
  }

  std::vector<Node> layersBehind(Node node) const {
    std::vector<Node> layers;
    for (Node each : provenance_.at(node))
      if (layersOf(graph_.op(each)) > 0) layers.push_back(each);
    return layers;
  }

  std::string nameOf(Node node) const {
    if (origin_.namesStay) return graph_.name(graph_.result(node));
    return asLine(nameInFile(graph_, node, origin_));
  }

  // "conv1, cccp1, cccp2".
  std::string stageNote(Node node) const {
    const std::vector<Node> layers = layersBehind(node);
    const auto isLone = [&](Node each) { return graph_.as<Mlpconv>(each) == nullptr; };
    if (!tidied_.as<Mlpconv>(node) || layers.size() < 2 || !std::ranges::all_of(layers, isLone)) return {};
    std::vector<std::string> names;
    for (Node each : layers)
      if (std::string name = nameOf(each); !name.empty()) names.push_back(std::move(name));
    return fmt::format("{}", fmt::join(names, ", "));
  }

  // "1e-05", "0.485, 0.456, 0.406": what a constant is that people would have written out. A text's own is
  // theirs.
  std::string numbersNote(Node node) const {
    constexpr std::size_t most = 4;
    const auto *constant = tidied_.as<Constant>(node);
    if (!constant || !constant->value || origin_.namesStay || constant->value->data.size() > most) return {};
    return fmt::format("{}", fmt::join(constant->value->data, ", "));
  }

  // Whether a sum is nothing but the bias that the layer didn't have.
  bool isBias(Node sum, Node node) const {
    const auto *binary = graph_.as<Binary>(sum);
    const auto lacksBias = [&](Node layer) { return !hasBias(graph_.op(layer)); };
    return binary && binary->kind == BinaryKind::add && std::ranges::all_of(layersBehind(node), lacksBias);
  }

  // "batch_norm bn1 is in its weights".
  std::string foldingNote(Node node) const {
    const std::size_t layers = layersOf(tidied_.op(node));
    const bool isNorm = tidied_.as<BatchNorm>(node) != nullptr;
    if (layers == 0 && !isNorm) return {};
    const std::vector<Node> behind = layersBehind(node);
    const std::string layer = behind.empty() ? "" : nameOf(behind.front());
    std::vector<std::string> folded;
    std::size_t seen = 0, sums = 0, norms = 0;
    bool isPlainBias = true;
    for (Node each : provenance_.at(node)) {
      const Op &op = graph_.op(each);
      seen += layersOf(op);
      const bool isLinear = std::holds_alternative<BatchNorm>(op) || is(op, UnaryKind::neg) ||
                            (std::holds_alternative<Binary>(op) && readsConstant(graph_, each)) ||
                            (layersOf(op) > 0 && seen > layers);
      const bool isItself = isNorm && std::holds_alternative<BatchNorm>(op) && norms++ == 0;
      if (!isLinear || isItself) continue;
      if (isBias(each, node))
        ++sums;
      else
        isPlainBias = false;
      std::string name = nameOf(each);
      if (!origin_.namesStay && !layer.empty() && name.starts_with(layer))
        name.clear(); // "conv1_bn" of conv1
      folded.push_back(std::string(spellingOf(op)) + (name.empty() ? "" : " " + name));
    }
    if (folded.empty() || (isPlainBias && sums <= layers)) return {};
    return fmt::format("{} {} in its weights", listed(folded), folded.size() == 1 ? "is" : "are");
  }

  // "a, b and c"; equal ones once, and of many the first.
  static std::string listed(std::vector<std::string> words) {
    constexpr std::size_t most = 4;
    words.erase(std::unique(words.begin(), words.end()), words.end());
    if (words.size() > most) {
      words[most - 1] = fmt::format("{} others", words.size() - most + 1);
      words.resize(most);
    }
    if (words.size() == 1) return words[0];
    const std::string last = words.back();
    words.pop_back();
    return fmt::format("{} and {}", fmt::join(words, ", "), last);
  }

  const Graph &tidied_;
  const History &written_;
  const Graph &graph_; // recognised
  const Provenance &provenance_;
  const Origin &origin_;
};

} // namespace

std::unordered_map<Node, Comment> commentsOf(const Graph &tidied, const History &written,
                                             const History &recognised, const Origin &origin) {
  const Notes notes(tidied, written, recognised, origin);
  std::unordered_map<Node, Comment> comments;
  for (Node node : tidied.nodes())
    comments[node] = notes.of(node);
  return comments;
}

} // namespace ninc
