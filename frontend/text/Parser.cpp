// Statements in, graph out. Names are collected before anything is parsed, so that a name read too early is
// told apart from one that doesn't exist. A value is `later` until its line is reached, then `bound`, or
// `poisoned` if that line was wrong: what reads a poisoned value is poisoned too, without a word.
#include "frontend/text/Parser.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <unordered_map>
#include <unordered_set>

#include "frontend/text/OpSyntax.h"
#include "frontend/text/Statements.h"
#include "ir/ModelName.h"
#include "ir/Names.h"
#include "ir/TypeRules.h"
#include "support/Spelling.h"

namespace ninc {

namespace {

using namespace text;

// Each level of nesting is a level of recursion here.
constexpr int deepestNesting = 200;
// Advice compares a word with every name there is; a file of nothing but mistakes gets it this often.
constexpr int mostAdvice = 100;

enum class Standing { later, poisoned, bound };

struct Binding {
  Standing standing = Standing::later;
  SourceRange where; // of the definition
  Value value;       // once bound
};

class Parser {
public:
  explicit Parser(Diagnostics &diagnostics)
      : diagnostics_(diagnostics), earlierErrors_(diagnostics.errorCount()) {}

  std::optional<Graph> run(std::string_view source) {
    std::vector<Token> tokens = tokenize(source, diagnostics_);
    std::vector<Statement> statements = splitStatements(tokens);
    for (Statement statement : statements)
      collectNames(statement);
    checkModelComesFirst(statements);
    for (Statement statement : statements)
      parse(statement);
    if (!outputs_.valid() && !foundErrors())
      diagnostics_.error(statements.back().back().where, "the model has no output",
                         "end it with 'output' and the names of its results");
    if (foundErrors()) return std::nullopt;
    warnOfUnusedValues();
    return std::move(graph_);
  }

private:
  // In this text; the diagnostics may hold errors of others.
  bool foundErrors() const { return diagnostics_.errorCount() > earlierErrors_; }

  // Statements.

  void collectNames(Statement statement) {
    std::size_t length = definitionLength(statement);
    for (std::size_t i = 0; i < length; i += 2)
      bindings_.try_emplace(statement[i].text, Binding{Standing::later, statement[i].where, {}});
  }

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

  static bool isBroken(Statement statement) {
    return std::ranges::any_of(statement,
                               [](const Token &token) { return token.kind == TokenKind::invalid; });
  }

  void parse(Statement statement) {
    if (std::size_t length = definitionLength(statement); isBroken(statement))
      poison(statement.first(length));
    else if (length > 0)
      parseDefinition(statement, length);
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
                 adviceFor(first.text, std::vector<std::string_view>{"model", "weights", "output"});
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
      Token path = cursor.expect(TokenKind::string, "a file name in quotes, or 'random seed 7'");
      if (cursor.ok()) source.path = unquote(path, cursor);
    }
    expectEnd(cursor, "'weights'");
    source.where = cursor.since(statement[0].where);
    if (cursor.ok()) graph_.weightSource = std::move(source);
  }

  // \" \\ and \xHH, any byte but zero, which no path can hold.
  static std::string unquote(const Token &token, Cursor &cursor) {
    std::string_view text = token.text.substr(1, token.text.size() - 2);
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\') {
        result += text[i];
        continue;
      }
      char next = i + 1 < text.size() ? text[i + 1] : '\0';
      unsigned byte = 0;
      if (next == '"' || next == '\\') {
        result += next;
        i += 1;
      } else if (next == 'x' && i + 3 < text.size() &&
                 std::from_chars(&text[i + 2], &text[i + 2] + 2, byte, 16).ptr == &text[i + 2] + 2 &&
                 byte != 0) {
        result += static_cast<char>(byte);
        i += 3;
      } else {
        SourceRange where{token.where.line, token.where.column + 1 + static_cast<int>(i), 2};
        cursor.error(where, "unknown escape in a string",
                     "there are \\\", \\\\ and \\x with two hexadecimal digits");
        return result;
      }
    }
    if (result.empty()) cursor.error(token.where, "the file name is empty");
    return result;
  }

  void parseOutputs(Statement statement) {
    if (!once(statement, outputs_)) return;
    Cursor cursor(statement, diagnostics_);
    cursor.take();
    do {
      Token name = cursor.expect(TokenKind::word, "the name of a value");
      if (cursor.ok()) addOutput(name);
    } while (cursor.accept(TokenKind::comma));
    if (cursor.nextIs(TokenKind::word)) cursor.error(cursor.peek().where, "outputs are separated by commas");
    expectEnd(cursor, "'output'");
  }

  void addOutput(const Token &name) {
    std::optional<Value> value = lookUp(name);
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

  // Definitions.

  void parseDefinition(Statement statement, std::size_t length) {
    Statement names = statement.first(length);
    bool namesAreGood = checkNames(names);
    Cursor cursor(statement, diagnostics_);
    for (std::size_t i = 0; i < length; ++i)
      cursor.take();

    std::vector<std::string> results;
    for (std::size_t i = 0; i < length; i += 2)
      results.emplace_back(names[i].text);
    Node node = parseOp(cursor, {.names = results, .nameTokens = names, .usable = namesAreGood}, 0);
    if (!node) return poison(names);
    for (std::size_t i = 0; i < results.size(); ++i) {
      Binding &binding = bindings_.at(names[2 * i].text);
      binding.standing = Standing::bound;
      binding.value = {node, i};
    }
  }

  bool checkNames(Statement names) {
    bool good = true;
    for (std::size_t i = 0; i < names.size(); i += 2) {
      const Token &name = names[i];
      SourceRange first = bindings_.at(name.text).where;
      Result<void> fits = checkName(name.text);
      if (!fits)
        diagnostics_.error(name.where, fits.error().message);
      else if (first != name.where)
        diagnostics_.error(
            name.where, fmt::format("'{}' is defined twice", name.text),
            fmt::format("the first definition is on line {}, column {}", first.line, first.column));
      else
        continue;
      good = false;
    }
    return good;
  }

  // What is left of a definition that was wrong. A second definition leaves the first one alone.
  void poison(Statement names) {
    for (std::size_t i = 0; i < names.size(); i += 2)
      if (Binding &binding = bindings_.at(names[i].text); binding.standing == Standing::later)
        binding.standing = Standing::poisoned;
  }

  // Ops.

  // What an op's results are to be called.
  struct Results {
    std::vector<std::string> names; // empty for an op in parentheses: names are made up
    Statement nameTokens;           // NAME , NAME =
    bool usable = true;             // false if a name was already found wrong
  };

  // OP OPERANDS ATTRIBUTES [: TYPES], up to the end of the statement or the closing parenthesis. None if it
  // was wrong, which has been reported, or reads a poisoned value.
  Node parseOp(Cursor &cursor, const Results &results, int depth) {
    Token spelling = cursor.expect(TokenKind::word, "an op");
    if (!cursor.ok()) return {};
    if (!isOp(spelling.text)) {
      cursor.error(spelling.where, fmt::format("unknown op '{}'", spelling.text), adviceOnOp(spelling.text));
      return {};
    }
    OpPlaces places;
    places.spelling = spelling.where;
    cursor.forgetWords();
    std::optional<std::vector<Value>> operands = std::vector<Value>();
    if (takesOperands(spelling.text)) operands = parseOperands(cursor, places, depth);
    cursor.forgetWords();
    std::optional<Op> op = parseAttributes(spelling.text, cursor, places);

    std::vector<TensorType> annotation;
    SourceRange annotated = cursor.peek().where;
    if (!results.names.empty() && cursor.accept(TokenKind::colon)) annotation = parseTypes(cursor, annotated);
    bool closes = results.names.empty() && cursor.nextIs(TokenKind::rightParenthesis);
    if (!closes && !cursor.atEnd()) {
      if (operands)
        rejectRest(cursor, spelling.text);
      else
        cursor.abandon(); // the rest may make no sense because of them
    }
    if (!cursor.ok() || !op || !operands) return {};
    return append(std::move(*op), *operands, results, places, {annotation, annotated});
  }

  void rejectRest(Cursor &cursor, std::string_view op) {
    if (cursor.nextIs(TokenKind::comma))
      cursor.error(cursor.peek().where, "operands and attributes are separated by blanks, not commas");
    else if (cursor.nextIs(TokenKind::leftParenthesis))
      cursor.error(cursor.peek().where, "operands come before attributes");
    else
      cursor.unexpected(op);
  }

  std::optional<std::vector<Value>> parseOperands(Cursor &cursor, OpPlaces &places, int depth) {
    std::vector<Value> operands;
    bool allKnown = true;
    while (cursor.ok()) {
      Token first = cursor.peek();
      std::optional<Value> operand;
      if (cursor.nextIs(TokenKind::leftParenthesis)) {
        operand = parseNested(cursor, depth + 1);
      } else if (cursor.nextIs(TokenKind::word) && !isLanguageWord(first.text)) {
        operand = lookUp(cursor.take());
      } else {
        break;
      }
      places.operands.push_back(cursor.since(first.where));
      if (operand)
        operands.push_back(*operand);
      else
        allKnown = false;
    }
    if (cursor.ok() && cursor.nextIs(TokenKind::word) && isOp(cursor.peek().text) && places.operands.empty())
      cursor.error(cursor.peek().where,
                   fmt::format("'{}' is an op, and an operand is a value", cursor.peek().text),
                   fmt::format("put an op that is an operand in parentheses: ({} ...)", cursor.peek().text));
    if (!allKnown) return std::nullopt;
    return operands;
  }

  std::optional<Value> parseNested(Cursor &cursor, int depth) {
    Token open = cursor.take();
    if (depth > deepestNesting) {
      cursor.error(open.where, fmt::format("ops are nested more than {} deep", deepestNesting),
                   "give the inner ones names and lines of their own");
      return std::nullopt;
    }
    if (cursor.ok() && !takesOperands(cursor.peek().text))
      cursor.error(cursor.peek().where,
                   fmt::format("{} {} needs a name and a line of its own",
                               cursor.peek().text.starts_with('i') ? "an" : "a", cursor.peek().text));
    Node node = parseOp(cursor, {}, depth);
    if (cursor.ok() && cursor.atEnd()) cursor.error(open.where, "this '(' is never closed");
    cursor.expect(TokenKind::rightParenthesis, "')'");
    if (!node) return std::nullopt;
    if (graph_.resultCount(node) == 1) return graph_.result(node);
    cursor.error(cursor.since(open.where), "an operand is one value, but this op has two results");
    return std::nullopt;
  }

  std::vector<TensorType> parseTypes(Cursor &cursor, SourceRange &where) {
    where = cursor.peek().where;
    std::vector<TensorType> types;
    do
      types.push_back(parseType(cursor));
    while (cursor.accept(TokenKind::comma));
    where = cursor.since(where);
    return types;
  }

  struct Annotation {
    std::vector<TensorType> types; // empty if there is none
    SourceRange where;
  };

  Node append(Op op, const std::vector<Value> &operands, const Results &results, const OpPlaces &places,
              const Annotation &annotation) {
    std::vector<TensorType> operandTypes;
    for (Value operand : operands)
      operandTypes.push_back(graph_.type(operand));
    Result<std::vector<TensorType>> types = inferTypes(op, operandTypes);
    if (!types) {
      diagnostics_.error(culprit(op, operandTypes, places), types.error().message);
      return {};
    }
    std::vector<std::string> names = results.names;
    while (names.size() < types->size() && results.names.empty())
      names.push_back(madeUpName(op));
    if (!results.usable || !checkCounts(op, types->size(), names.size(), results)) return {};
    Result<Node> node = graph_.append(std::move(op), operands, std::move(names), places.spelling);
    if (!node) {
      diagnostics_.error(places.spelling, node.error().message);
      return {};
    }
    applyAnnotation(*node, annotation);
    return *node;
  }

  bool checkCounts(const Op &op, std::size_t resultCount, std::size_t nameCount, const Results &results) {
    if (resultCount == nameCount) return true;
    const Token &at = results.nameTokens[resultCount < nameCount ? 2 * resultCount : 0];
    diagnostics_.error(
        at.where,
        fmt::format("{} gives {} result{} here, but {} name{} given", spellingOf(op), resultCount,
                    resultCount == 1 ? "" : "s", nameCount, nameCount == 1 ? " is" : "s are"),
        resultCount == 1 ? "only 'global_avg_pool keep_maps' behind an mlpconv gives a second result"
                         : "the first result is the average, the second the maps");
    return false;
  }

  // The layout comes from the annotation; everything else must be what the op makes of its operands.
  void applyAnnotation(Node node, const Annotation &annotation) {
    const std::vector<TensorType> &types = annotation.types;
    if (types.empty()) return;
    if (types.size() != graph_.resultCount(node)) {
      diagnostics_.error(annotation.where,
                         fmt::format("types given: {}, but {} gives {}", types.size(),
                                     spellingOf(graph_.op(node)), graph_.resultCount(node)));
      return;
    }
    for (std::size_t i = 0; i < types.size(); ++i) {
      const TensorType &inferred = graph_.type({node, i});
      if (types[i].shape != inferred.shape)
        diagnostics_.error(annotation.where,
                           fmt::format("'{}' is said to be {}, but {} gives {}", graph_.name({node, i}),
                                       toString(types[i]), spellingOf(graph_.op(node)), toString(inferred)));
      else if (types[i].layout == Layout::hwc && inferred.shape.size() != 3)
        diagnostics_.error(annotation.where, "only maps [channels, height, width] have layout hwc");
      else if (types[i].layout == Layout::hwc && (graph_.as<Input>(node) || graph_.as<Constant>(node)))
        diagnostics_.error(annotation.where, "inputs and constants always have layout chw");
      else
        graph_.setLayout({node, i}, types[i].layout);
    }
  }

  // Names.

  // A name that neither the graph nor a line further down uses.
  std::string madeUpName(const Op &op) {
    std::size_t &number = madeUp_[spellingOf(op)];
    std::string name;
    do
      name = fmt::format("{}_{}", spellingOf(op), ++number);
    while (bindings_.contains(name));
    return name;
  }

  // The value of that name. None if there is none, which is reported, or if it is poisoned, which isn't.
  std::optional<Value> lookUp(const Token &name) {
    auto found = bindings_.find(name.text);
    if (found == bindings_.end()) {
      std::vector<std::string_view> candidates;
      if (advice_ < mostAdvice)
        for (const auto &[known, binding] : bindings_)
          if (binding.standing != Standing::later) candidates.push_back(known);
      std::ranges::sort(candidates);
      candidates.insert(candidates.end(), languageWords().begin(), languageWords().end());
      diagnostics_.error(name.where, fmt::format("unknown value '{}'", name.text),
                         adviceFor(name.text, candidates));
      return std::nullopt;
    }
    const Binding &binding = found->second;
    if (binding.standing == Standing::bound) return binding.value;
    if (binding.standing == Standing::poisoned) return std::nullopt;
    if (binding.where.line <= name.where.line)
      diagnostics_.error(name.where, fmt::format("'{}' is computed from itself", name.text),
                         "a network has no cycles; give the result another name");
    else
      diagnostics_.error(name.where,
                         fmt::format("'{}' is defined later, on line {}; ops come after their operands",
                                     name.text, binding.where.line));
    return std::nullopt;
  }

  template <class Words>
  std::string adviceFor(std::string_view word, const Words &candidates) {
    if (advice_ >= mostAdvice) return {};
    ++advice_;
    return didYouMean(word, candidates);
  }

  // "conv" stands for conv2d more likely than for any op that is spelled alike.
  std::string adviceOnOp(std::string_view word) {
    auto longer = std::ranges::find_if(opSpellings(), [&](auto op) { return op.starts_with(word); });
    if (word.size() > 2 && longer != opSpellings().end()) return fmt::format("did you mean '{}'?", *longer);
    return adviceFor(word, opSpellings());
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
          auto binding = bindings_.find(name);
          diagnostics_.warning(binding == bindings_.end() ? graph_.where(node) : binding->second.where,
                               fmt::format("'{}' is never used", name),
                               graph_.as<Input>(node) ? "it stays an argument of the compiled model" : "");
        }
  }

  Diagnostics &diagnostics_;
  std::size_t earlierErrors_;
  Graph graph_;
  std::unordered_map<std::string_view, Binding> bindings_;
  SourceRange model_, weights_, outputs_;
  std::unordered_map<std::string_view, std::size_t> madeUp_; // by spelling
  int advice_ = 0;
};

} // namespace

std::optional<Graph> parseModel(std::string_view text, Diagnostics &diagnostics) {
  return Parser(diagnostics).run(text);
}

} // namespace ninc
