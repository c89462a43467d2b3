#include "driver/import/ModelText.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

#include "driver/import/Nesting.h"
#include "ir/Printer.h"
#include "ir/ops/AttributeText.h"

namespace ninc {

namespace {

constexpr std::size_t widest = 118; // columns, of a line with what is said behind it

// Rows and columns of maps; a section of a text has maps of one size.
using Size = std::pair<std::int64_t, std::int64_t>;

class Writer {
public:
  Writer(const Graph &graph, const std::unordered_set<Node> &nested, const TextRemarks &remarks)
      : graph_(graph), nested_(nested), remarks_(remarks) {
    for (Node node : graph.topologicalOrder())
      if (!nested.contains(node)) lines_.push_back(node);
  }

  std::string run() {
    writeHead();
    for (std::size_t i = 0; i < lines_.size(); ++i)
      writeDefinition(i);
    startParagraph();
    std::vector<std::string> outputs;
    for (Value output : graph_.outputs())
      outputs.push_back(graph_.name(output) + printOriginalName(graph_, output));
    writeLine(fmt::format("output {}", fmt::join(outputs, ", ")), remarks_.output);
    for (const std::string &line : remarks_.atEnd)
      writeComment(line);
    return std::move(text_);
  }

private:
  void writeHead() {
    writeLine("model " + graph_.name(), remarks_.model);
    const WeightSource &source = graph_.weightSource;
    if (source.kind == WeightSource::Kind::file)
      writeLine("weights " + ninc::quoted(source.path), remarks_.weights);
    if (source.kind == WeightSource::Kind::random)
      writeLine(fmt::format("weights random seed {}", source.seed), remarks_.weights);
    startParagraph();
  }

  void writeDefinition(std::size_t line) {
    const Node node = lines_[line];
    if (const std::optional<Size> next = startsSection(line)) {
      startParagraph();
      writeComment(fmt::format("{} x {}", next->first, next->second));
      section_ = next;
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < graph_.resultCount(node); ++i)
      names.push_back(graph_.name({node, i}));
    std::string text = fmt::format("{} = {}", fmt::join(names, ", "), expression(node));
    const bool isInput = graph_.as<Input>(node) != nullptr; // whose attribute is its type
    if (isInput) text += printOriginalName(graph_, graph_.result(node));
    const auto isOwn = [&](std::size_t i) { return graph_.type({node, i}).layout != Layout::chw; };
    if (!isInput && (isOwn(0) || (graph_.resultCount(node) > 1 && isOwn(1)))) text += typesOf(node);
    writeLine(text, remarks_.comments.at(node));
    if (endsBlock(line)) startParagraph();
  }

  std::string typesOf(Node node) const {
    std::vector<std::string> types;
    for (std::size_t i = 0; i < graph_.resultCount(node); ++i)
      types.push_back(toString(graph_.type({node, i})));
    return fmt::format(" : {}", fmt::join(types, ", "));
  }

  // "relu (add a b)".
  std::string expression(Node node) const {
    std::string text(spellingOf(graph_.op(node)));
    for (Value operand : graph_.operands(node))
      text += nested_.contains(operand.node) ? fmt::format(" ({})", expression(operand.node))
                                             : " " + graph_.name(operand);
    const std::string attributes = attributesToSay(graph_.op(node));
    return attributes.empty() ? text : text + " " + attributes;
  }

  // Nothing where all are as usual, if they may be left out then.
  static std::string attributesToSay(const Op &op) {
    std::string attributes = attributeText(op);
    const bool mayBeLeftOut = std::holds_alternative<Concat>(op) || std::holds_alternative<Unary>(op) ||
                              std::holds_alternative<BatchNorm>(op) || std::holds_alternative<Lrn>(op);
    const std::optional<Op> usual = mayBeLeftOut ? opNamed(spellingOf(op)) : std::nullopt;
    return usual && attributeText(*usual) == attributes ? std::string() : attributes;
  }

  // Of what the line computes, if it is maps of more than one pixel.
  std::optional<Size> sizeOf(std::size_t line) const {
    const Op &op = graph_.op(lines_[line]);
    const bool hasWindow = std::holds_alternative<Conv2d>(op) || std::holds_alternative<Mlpconv>(op) ||
                           std::holds_alternative<MaxPool>(op) || std::holds_alternative<AveragePool>(op);
    const Shape &shape = graph_.type(graph_.result(lines_[line])).shape;
    if (!hasWindow || shape.size() != 3 || shape[1] * shape[2] == 1) return std::nullopt;
    return Size{shape[1], shape[2]};
  }

  // The line's size, if it begins maps of another size than those above, and those end here: not where
  // branches of two sizes stand side by side.
  std::optional<Size> startsSection(std::size_t line) const {
    const std::optional<Size> size = sizeOf(line);
    if (!size || size == section_) return std::nullopt;
    constexpr std::size_t farthest = 8;
    for (std::size_t i = line + 1, seen = 0; i < lines_.size() && seen < farthest; ++i) {
      const std::optional<Size> later = sizeOf(i);
      if (!later) continue;
      if (later == section_) return std::nullopt;
      ++seen;
    }
    return size;
  }

  // Whether branches are joined in the node's line.
  bool joins(Node node) const {
    return joinsBranches(graph_, node) || std::ranges::any_of(graph_.operands(node), [&](Value value) {
             return nested_.contains(value.node) && joins(value.node);
           });
  }

  // A join, with the function behind it on a line of its own.
  bool endsBlock(std::size_t line) const {
    const Node node = lines_[line];
    const auto followsUp = [&](Node next) {
      return graph_.as<Unary>(next) && graph_.operand(next, 0).node == node;
    };
    if (joins(node)) return line + 1 == lines_.size() || !followsUp(lines_[line + 1]);
    return graph_.as<Unary>(node) && line > 0 && graph_.operand(node, 0).node == lines_[line - 1] &&
           joins(lines_[line - 1]);
  }

  void startParagraph() {
    if (!text_.ends_with("\n\n")) text_ += "\n";
  }

  void writeComment(const std::string &line) { text_ += line.empty() ? "#\n" : "# " + line + "\n"; }

  void writeLine(const std::string &line, const Comment &comment) {
    for (const std::string &above : comment.above)
      writeComment(above);
    const bool fits = line.size() + comment.behind.size() + 4 <= widest;
    if (!comment.behind.empty() && !fits) writeComment(comment.behind);
    text_ += line;
    if (!comment.behind.empty() && fits) text_ += "  # " + comment.behind;
    text_ += "\n";
  }

  const Graph &graph_;
  const std::unordered_set<Node> &nested_;
  const TextRemarks &remarks_;
  std::vector<Node> lines_;
  std::optional<Size> section_;
  std::string text_;
};

} // namespace

std::string modelText(const Graph &graph, const std::unordered_set<Node> &nested,
                      const TextRemarks &remarks) {
  return Writer(graph, nested, remarks).run();
}

bool isSectionTitle(std::string_view comment) {
  const std::size_t middle = comment.find(" x ");
  if (middle == comment.npos) return false;
  const auto isNumber = [](std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  };
  return isNumber(comment.substr(0, middle)) && isNumber(comment.substr(middle + 3));
}

} // namespace ninc
