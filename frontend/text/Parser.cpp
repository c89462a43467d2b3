// Statements in, graph out: the model's name, where its weights are, definitions (Definitions.h), outputs.
#include "frontend/text/Parser.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unordered_set>
#include <vector>

#include "frontend/text/Definitions.h"
#include "frontend/text/OriginalNames.h"
#include "frontend/text/Statements.h"
#include "ir/ModelName.h"
#include "support/Spelling.h"

namespace ninc {

namespace {

using namespace text;

class Parser {
public:
  Parser(const std::vector<std::pair<std::string, Shape>> &shapes, Diagnostics &diagnostics)
      : diagnostics_(diagnostics), earlierErrors_(diagnostics.errorCount()), bindings_(advice_, diagnostics),
        originals_(diagnostics), shapes_(shapes),
        definitions_(graph_, bindings_, originals_, advice_, shapes, diagnostics) {}

  std::optional<Graph> run(std::string_view source) {
    std::vector<Token> tokens = tokenize(source, diagnostics_);
    std::vector<Statement> statements = splitStatements(tokens);
    for (Statement statement : statements)
      bindings_.collect(statement.first(definitionLength(statement)));
    checkModelComesFirst(statements);
    for (Statement statement : statements)
      parse(statement);
    if (!outputs_.valid() && !foundErrors())
      diagnostics_.error(statements.back().back().where, "the model has no output",
                         "end it with 'output' and the names of its results");
    checkShapes();
    if (foundErrors()) return std::nullopt;
    originals_.giveTo(graph_);
    warnOfUnusedValues();
    return std::move(graph_);
  }

private:
  // In this text; the diagnostics may hold errors of others.
  bool foundErrors() const { return diagnostics_.errorCount() > earlierErrors_; }

  void checkModelComesFirst(const std::vector<Statement> &statements) {
    if (statements.empty()) {
      if (!foundErrors())
        diagnostics_.error({}, "the model is empty", "a model begins with 'model' and its name");
      return;
    }
    Statement first = statements[0];
    bool comesEarly = definitionLength(first) > 0 || first[0].text == "weights" || first[0].text == "output";
    if (comesEarly) diagnostics_.error(first[0].where, "a model begins with 'model' and its name");
  }

  void checkShapes() {
    std::vector<std::string> known;
    for (const Node node : graph_.inputs())
      known.push_back(graph_.name(graph_.result(node)));
    for (const auto &[name, shape] : shapes_)
      if (!foundErrors() && std::ranges::count(known, name) == 0)
        diagnostics_.error(
            {}, fmt::format("--shape: the model has no input '{}'; it has {}", name, fmt::join(known, ", ")),
            didYouMean(name, known));
  }

  static bool isBroken(Statement statement) {
    return std::ranges::any_of(statement,
                               [](const Token &token) { return token.kind == TokenKind::invalid; });
  }

  void parse(Statement statement) {
    if (std::size_t length = definitionLength(statement); isBroken(statement))
      bindings_.poison(statement.first(length));
    else if (length > 0)
      definitions_.parse(statement, length);
    else if (statement[0].text == "model")
      parseModelName(statement);
    else if (statement[0].text == "weights")
      parseWeights(statement);
    else if (statement[0].text == "output")
      parseOutputs(statement);
    else
      rejectStatement(statement);
  }

  void rejectStatement(Statement statement) {
    const Token &first = statement[0];
    std::string help = "a line is 'NAME = OP ...', 'model', 'weights' or 'output'";
    if (isOp(first.text))
      help = fmt::format("name the result: 'y = {} ...'", first.text);
    else if (first.kind == TokenKind::leftBracket || first.kind == TokenKind::leftParenthesis)
      help = "lines may be broken inside brackets only, so the bracket must open on the line before";
    else if (std::string meant =
                 advice_.on(first.text, std::vector<std::string_view>{"model", "weights", "output"});
             !meant.empty())
      help = std::move(meant);
    diagnostics_.error(first.where, "this is no statement", std::move(help));
  }

  // True for the first statement of its kind.
  bool once(Statement statement, SourceRange &earlier) {
    if (earlier.valid()) {
      diagnostics_.error(statement[0].where,
                         fmt::format("'{}' was already said on line {}", statement[0].text, earlier.line));
      return false;
    }
    earlier = statement[0].where;
    return true;
  }

  void parseModelName(Statement statement) {
    if (!once(statement, model_)) return;
    Cursor cursor(statement, diagnostics_);
    cursor.take();
    Token name = cursor.expect(TokenKind::word, "the model's name");
    if (cursor.ok())
      if (Result<void> fits = checkModelName(name.text); !fits)
        cursor.error(name.where, fits.error().message);
    expectEnd(cursor, "'model'");
    if (cursor.ok()) graph_.setName(std::string(name.text));
  }

  void parseWeights(Statement statement) {
    if (!once(statement, weights_)) return;
    Cursor cursor(statement, diagnostics_);
    cursor.take();
    WeightSource source;
    if (cursor.accept("random")) {
      source.kind = WeightSource::Kind::random;
      if (!cursor.accept("seed")) cursor.expect(TokenKind::word, "'seed' and a number");
      source.seed = cursor.seed();
    } else {
      source.kind = WeightSource::Kind::file;
      const SourceRange where = cursor.peek().where;
      source.path = cursor.quoted("a file name in quotes, or 'random seed 7'");
      if (source.path.empty()) cursor.error(where, "the file name is empty");
    }
    expectEnd(cursor, "'weights'");
    source.where = cursor.since(statement[0].where);
    if (cursor.ok()) graph_.weightSource = std::move(source);
  }

  void parseOutputs(Statement statement) {
    if (!once(statement, outputs_)) return;
    Cursor cursor(statement, diagnostics_);
    cursor.take();
    do {
      Token name = cursor.expect(TokenKind::word, "the name of a value");
      if (cursor.ok()) addOutput(name);
      originals_.take(cursor, name.text, false);
    } while (cursor.accept(TokenKind::comma));
    if (cursor.nextIs(TokenKind::word)) cursor.error(cursor.peek().where, "outputs are separated by commas");
    expectEnd(cursor, "'output'");
  }

  void addOutput(const Token &name) {
    std::optional<Value> value = bindings_.lookUp(name);
    if (!value) return;
    std::string_view what = graph_.as<Input>(value->node)      ? "an input"
                            : graph_.as<Constant>(value->node) ? "a constant"
                                                               : "";
    if (!what.empty())
      diagnostics_.error(name.where,
                         fmt::format("'{}' is {}; an output must be computed by an op", name.text, what),
                         "the caller has this value already, and the model would have nothing to do for it");
    else if (Result<void> added = graph_.addOutput(*value); !added)
      diagnostics_.error(name.where, added.error().message);
  }

  void expectEnd(Cursor &cursor, std::string_view what) {
    if (!cursor.atEnd()) cursor.unexpected(what);
  }

  void warnOfUnusedValues() {
    std::unordered_set<Value> used(graph_.outputs().begin(), graph_.outputs().end());
    for (Node node : graph_.nodes())
      for (Value operand : graph_.operands(node))
        used.insert(operand);
    for (Node node : graph_.nodes())
      for (std::size_t i = 0; i < graph_.resultCount(node); ++i)
        if (Value value{node, i}; !used.contains(value)) {
          const std::string &name = graph_.name(value);
          const SourceRange defined = bindings_.definition(name);
          diagnostics_.warning(defined.valid() ? defined : graph_.where(node),
                               fmt::format("'{}' is never used", name),
                               graph_.as<Input>(node) ? "it stays an argument of the compiled model" : "");
        }
  }

  Diagnostics &diagnostics_;
  std::size_t earlierErrors_;
  Graph graph_;
  Advice advice_;
  Bindings bindings_;
  OriginalNames originals_;
  const std::vector<std::pair<std::string, Shape>> &shapes_;
  DefinitionParser definitions_;
  SourceRange model_, weights_, outputs_;
};

} // namespace

std::optional<Graph> parseModel(std::string_view text, Diagnostics &diagnostics,
                                const std::vector<std::pair<std::string, Shape>> &shapes) {
  return Parser(shapes, diagnostics).run(text);
}

} // namespace ninc
