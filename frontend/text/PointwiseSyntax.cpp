// Chains: steps in brackets, each a function of elements with its sources and its own attributes.
#include <algorithm>
#include <fmt/format.h>
#include <vector>

#include "frontend/text/AttributeReader.h"
#include "ir/Names.h"
#include "ir/ops/StepFunctions.h"

namespace ninc::text {

namespace {

// The spellings of what may be a step.
const std::vector<std::string_view> &stepSpellings() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> spellings;
    for (const std::string_view spelling : opSpellings())
      if (stepFunctionOf(opNamed(spelling).value())) spellings.push_back(spelling);
    return spellings;
  }();
  return all;
}

// $0 or %0.
std::vector<PointwiseSource> readSources(AttributeReader &reader) {
  std::vector<PointwiseSource> sources;
  Cursor &cursor = reader.cursor();
  while (cursor.ok() && cursor.nextIs(TokenKind::source))
    sources.push_back(reader.source());
  return sources;
}

// What people write behind a step that isn't its own.
void rejectNames(Cursor &cursor) {
  if (!cursor.ok() || !cursor.nextIs(TokenKind::word)) return;
  const Token word = cursor.peek();
  if (std::ranges::find(stepSpellings(), word.text) != stepSpellings().end())
    cursor.error(word.where, "a comma stands between the steps of a chain");
  else if (!isLanguageWord(word.text))
    cursor.error(word.where, fmt::format("a step has no name for '{}'", word.text),
                 "it reads the operands as $0, $1, ... and the steps before it as %0, %1, ...");
}

PointwiseStep readStep(AttributeReader &reader, std::size_t number) {
  Cursor &cursor = reader.cursor();
  const Token first = cursor.peek();
  for (const std::string_view spelling : stepSpellings()) {
    if (!cursor.accept(spelling)) continue;
    cursor.forgetWords();
    PointwiseStep step;
    step.sources = readSources(reader);
    OpPlaces inner;
    inner.spelling = first.where;
    step.function = stepFunctionOf(parseAttributes(spelling, cursor, inner).value()).value();
    if (cursor.ok() && cursor.nextIs(TokenKind::source))
      cursor.error(cursor.peek().where, "a step's sources come before its numbers");
    rejectNames(cursor);
    if (step.sources.empty() && arityOf(step.function) == 1) {
      if (number == 0 && cursor.ok())
        cursor.error(first.where, "the first step has none before it to read",
                     "say which operand it reads, such as $0");
      step.sources.push_back({PointwiseSource::Kind::step, number - 1});
    }
    reader.places().steps.push_back(cursor.since(first.where));
    return step;
  }
  if (cursor.nextIs(TokenKind::word))
    cursor.unexpected("a chain of functions of elements");
  else
    cursor.expect(TokenKind::word, "a function of elements, such as add $0 $1");
  return {};
}

} // namespace

PointwiseChain readChain(AttributeReader &reader) {
  Cursor &cursor = reader.cursor();
  PointwiseChain chain;
  const Token open = cursor.expect(TokenKind::leftBracket, "the steps, such as [add $0 $1, relu]");
  do
    chain.steps.push_back(readStep(reader, chain.steps.size()));
  while (cursor.ok() && cursor.accept(TokenKind::comma));
  if (!cursor.nextIs(TokenKind::rightBracket) && cursor.nextIs(TokenKind::word))
    cursor.unexpected("the step");
  reader.closeBracket(open, TokenKind::rightBracket);
  return chain;
}

void readAttributes(Pointwise &op, AttributeReader &reader) {
  op.chain = readChain(reader);
}

} // namespace ninc::text
