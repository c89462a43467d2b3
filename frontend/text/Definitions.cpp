#include "frontend/text/Definitions.h"

#include <algorithm>
#include <fmt/format.h>

#include "ir/Names.h"
#include "support/Counted.h"

namespace ninc::text {

namespace {

// Each level of nesting is a level of recursion here.
constexpr int deepestNesting = 200;

} // namespace

void DefinitionParser::parse(Statement statement, std::size_t length) {
  Statement names = statement.first(length);
  bool namesAreGood = bindings_.check(names);
  Cursor cursor(statement, diagnostics_);
  for (std::size_t i = 0; i < length; ++i)
    cursor.take();

  std::vector<std::string> results;
  for (std::size_t i = 0; i < length; i += 2)
    results.emplace_back(names[i].text);
  Node node = parseOp(cursor, {.names = results, .nameTokens = names, .usable = namesAreGood}, 0);
  if (node)
    bindings_.bind(names, node);
  else
    bindings_.poison(names);
}

// OP OPERANDS ATTRIBUTES [: TYPES], up to the end of the statement or the closing parenthesis. None if it was
// wrong, which has been reported, or reads a poisoned value.
Node DefinitionParser::parseOp(Cursor &cursor, const Results &results, int depth) {
  Token spelling = cursor.expect(TokenKind::word, "an op");
  if (!cursor.ok()) return {};
  if (!isOp(spelling.text)) {
    std::string help = adviceOnOp(spelling.text);
    if (help.empty() && bindings_.has(spelling.text)) // relu(x)
      help = fmt::format("'{}' is a value, which stands behind its op as it is: relu {}", spelling.text,
                         spelling.text);
    cursor.error(spelling.where, fmt::format("unknown op '{}'", spelling.text), std::move(help));
    return {};
  }
  OpPlaces places;
  places.spelling = spelling.where;
  cursor.forgetWords();
  std::optional<std::vector<Value>> operands = std::vector<Value>();
  if (takesOperands(spelling.text)) operands = parseOperands(spelling.text, cursor, places, depth);
  cursor.forgetWords();
  std::optional<Op> op = parseAttributes(spelling.text, cursor, places);
  if (auto *input = op ? std::get_if<Input>(&*op) : nullptr; input && results.names.size() == 1) {
    giveShape(*input, results.names[0]);
    originals_.take(cursor, results.names[0], true);
  }

  const bool isNested = results.names.empty();
  const Annotation annotation = isNested ? Annotation{} : parseAnnotation(cursor);
  bool closes = isNested && cursor.nextIs(TokenKind::rightParenthesis);
  if (!closes && !cursor.atEnd()) {
    if (operands)
      rejectRest(cursor, spelling.text);
    else
      cursor.abandon(); // the rest may make no sense because of them
  }
  if (!cursor.ok() || !op || !operands) return {};
  return append(std::move(*op), *operands, results, places, annotation);
}

void DefinitionParser::rejectRest(Cursor &cursor, std::string_view op) {
  if (cursor.nextIs(TokenKind::comma))
    cursor.error(cursor.peek().where, "operands and attributes are separated by blanks, not commas");
  else if (cursor.nextIs(TokenKind::leftParenthesis))
    cursor.error(cursor.peek().where, "operands come before attributes");
  else
    cursor.unexpected(op);
}

// Whether the word behind the op, and behind `before` operands, is one too. The spelling of an op is if there
// is such a value, unless it may be the activation of a layer, which has its one operand by then.
bool DefinitionParser::isOperand(std::string_view word, std::string_view op, std::size_t before) const {
  if (!isLanguageWord(word)) return true;
  if (isReservedWord(word) || !bindings_.has(word)) return false;
  return before == 0 || !takesActivation(op);
}

std::optional<std::vector<Value>> DefinitionParser::parseOperands(std::string_view op, Cursor &cursor,
                                                                  OpPlaces &places, int depth) {
  std::vector<Value> operands;
  bool allKnown = true;
  while (cursor.ok()) {
    Token first = cursor.peek();
    std::optional<Value> operand;
    if (cursor.nextIs(TokenKind::leftParenthesis)) {
      operand = parseNested(cursor, depth + 1);
    } else if (cursor.nextIs(TokenKind::word) && isOperand(first.text, op, places.operands.size())) {
      operand = bindings_.lookUp(cursor.take());
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

std::optional<Value> DefinitionParser::parseNested(Cursor &cursor, int depth) {
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

Node DefinitionParser::append(Op op, const std::vector<Value> &operands, const Results &results,
                              const OpPlaces &places, Annotation annotation) {
  std::vector<TensorType> operandTypes;
  for (Value operand : operands)
    operandTypes.push_back(graph_.type(operand));
  auto types = checkTypes(op, operandTypes);
  if (!types) {
    diagnostics_.error(placeOf(types.error().part, places), types.error().message);
    return {};
  }
  std::vector<std::string> names = results.names;
  while (names.size() < types->size() && results.names.empty())
    names.push_back(bindings_.madeUpName(op));
  if (!results.usable || !checkCounts(op, types->size(), names.size(), results)) return {};
  Result<Node> node = graph_.append(std::move(op), operands, std::move(names), places.spelling);
  if (!node) {
    diagnostics_.error(places.spelling, node.error().message);
    return {};
  }
  if (!shapes_.empty())
    for (std::size_t i = 0; i < annotation.types.size() && i < graph_.resultCount(*node); ++i)
      annotation.types[i].shape = graph_.type(graph_.result(*node, i)).shape;
  applyAnnotation(annotation, graph_, *node, diagnostics_);
  return *node;
}

void DefinitionParser::giveShape(Input &input, const std::string &name) const {
  const auto given = std::ranges::find(shapes_, name, &std::pair<std::string, Shape>::first);
  if (given == shapes_.end()) return;
  input.type.shape = given->second; // as the text counts dimensions
  if (input.type.layout == Layout::hwc && given->second.size() == 3)
    input.type.shape = {given->second[2], given->second[0], given->second[1]};
}

bool DefinitionParser::checkCounts(const Op &op, std::size_t resultCount, std::size_t nameCount,
                                   const Results &results) {
  if (resultCount == nameCount) return true;
  const Token &at = results.nameTokens[resultCount < nameCount ? 2 * resultCount : 0];
  diagnostics_.error(at.where,
                     fmt::format("{} gives {} here, but {} given", spellingOf(op),
                                 counted(resultCount, "result"), counted(nameCount, "name is", "names are")),
                     resultCount == 1
                         ? "only top_k, and 'global_avg_pool keep_maps' behind an mlpconv, give a "
                           "second result"
                     : std::holds_alternative<TopK>(op)
                         ? "the first result is the elements' numbers, the second the elements"
                         : "the first result is the average, the second the maps");
  return false;
}

// "conv" stands for conv2d more likely than for any op that is spelled alike.
std::string DefinitionParser::adviceOnOp(std::string_view word) {
  auto longer = std::ranges::find_if(opSpellings(), [&](auto op) { return op.starts_with(word); });
  if (word.size() > 2 && longer != opSpellings().end()) return fmt::format("did you mean '{}'?", *longer);
  return advice_.on(word, opSpellings());
}

} // namespace ninc::text
