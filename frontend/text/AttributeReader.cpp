#include "frontend/text/AttributeReader.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace ninc::text {

namespace {

// "leaky_relu slope"
std::string nameOfNumber(const UnaryFunction &function, std::size_t index) {
  return fmt::format("{} {}", function.spelling, function.names[index].name);
}

} // namespace

bool AttributeReader::word(std::string_view name) {
  SourceRange where = cursor_.peek().where;
  if (!cursor_.accept(name)) return false;
  once(name, where);
  return true;
}

void AttributeReader::once(std::string_view what, SourceRange where) {
  if (std::ranges::find(seen_, what) != seen_.end())
    cursor_.error(where, fmt::format("{} is given twice", what));
  seen_.push_back(what);
}

bool AttributeReader::window(Window &window, WindowPlaces &places) {
  if (cursor_.nextIs(TokenKind::extents) || cursor_.nextIs(TokenKind::number)) {
    places.kernel = cursor_.peek().where;
    once("the kernel", places.kernel);
    window.kernel = cursor_.extents("kernel", 1);
  } else if (word("stride")) {
    places.stride = cursor_.peek().where;
    window.stride = cursor_.extents("stride", 1);
  } else if (word("pad")) {
    places.pad = cursor_.peek().where;
    window.pad = padding();
    places.pad = cursor_.since(places.pad);
  } else if (word("dilation")) {
    places.dilation = cursor_.peek().where;
    window.dilation = cursor_.extents("dilation", 1);
  } else {
    return false;
  }
  return cursor_.ok();
}

void AttributeReader::requireKernel(std::string_view whose, const WindowPlaces &places) {
  if (!places.kernel.valid()) missing(fmt::format("{} needs a kernel, such as 3x3", whose));
}

// 2 | 2x1 (rows x columns) | 1,0,1,0 (top, left, bottom, right)
Padding AttributeReader::padding() {
  const bool both = cursor_.nextIs(TokenKind::extents);
  auto [rows, columns] = cursor_.extents("pad", 0);
  if (both || !cursor_.nextIs(TokenKind::comma)) return {rows, columns, rows, columns};
  Padding pad{.top = rows};
  for (std::int64_t *side : {&pad.left, &pad.bottom, &pad.right}) {
    cursor_.expect(TokenKind::comma, "',': a pad is 2, or 2x1, or top,left,bottom,right");
    *side = cursor_.integer("pad", 0);
  }
  return pad;
}

bool AttributeReader::number(std::string_view name, float &value, std::int64_t) {
  if (!word(name)) return false;
  place(name);
  value = cursor_.real(name);
  return true;
}

bool AttributeReader::number(std::string_view name, std::int64_t &value, std::int64_t least) {
  if (!word(name)) return false;
  place(name);
  value = cursor_.integer(name, least);
  return true;
}

bool AttributeReader::numbers(std::string_view name, Shape &values, std::int64_t least) {
  if (!word(name)) return false;
  SourceRange where = cursor_.peek().where;
  values = shape(least);
  places_.numbers.emplace_back(name, cursor_.since(where));
  return true;
}

bool AttributeReader::numbers(std::string_view name, std::vector<float> &values) {
  if (!word(name)) return false;
  place(name);
  const Token open = cursor_.expect(TokenKind::leftBracket, "numbers, such as [1, 2.5]");
  do
    values.push_back(cursor_.real(name));
  while (cursor_.accept(TokenKind::comma));
  closeBracket(open, TokenKind::rightBracket);
  return true;
}

bool AttributeReader::list(std::string_view name, std::vector<float> &values) {
  if (!word(name)) return false;
  const SourceRange first = cursor_.peek().where;
  values.clear();
  do
    values.push_back(cursor_.real(name));
  while (cursor_.accept(TokenKind::comma));
  places_.numbers.emplace_back(name, cursor_.since(first));
  return true;
}

bool AttributeReader::placedWord(std::string_view name) {
  const SourceRange where = cursor_.peek().where;
  if (!word(name)) return false;
  places_.numbers.emplace_back(name, where);
  return true;
}

bool AttributeReader::chosen(std::string_view what, std::string_view word) {
  const SourceRange where = cursor_.peek().where;
  if (!cursor_.accept(word)) return false;
  once(what, where);
  return true;
}

void AttributeReader::leadingNumber(std::string_view name, const std::string &what, float &value) {
  if (!cursor_.nextIs(TokenKind::number)) return;
  place(name);
  value = cursor_.real(what);
}

void AttributeReader::leadingBound(std::string_view name, const std::string &what, float &value) {
  if (!cursor_.nextIsBound()) return;
  place(name);
  value = cursor_.bound(what);
}

bool AttributeReader::bound(std::string_view name, float &value) {
  if (!word(name)) return false;
  place(name);
  value = cursor_.bound(name);
  return true;
}

std::int64_t AttributeReader::count(std::string_view what) {
  places_.counts.push_back(cursor_.peek().where);
  return cursor_.integer(what, 1);
}

bool AttributeReader::activation(Activation &result) {
  const SourceRange where = cursor_.peek().where;
  if (cursor_.accept("none")) {
    once("the activation", where);
    result = std::nullopt;
    return true;
  }
  for (const UnaryFunction &function : unaryFunctions()) {
    if (!cursor_.accept(function.spelling)) continue;
    once("the activation", where);
    result = Unary{function.kind};
    for (std::size_t i = 0; i < function.count(); ++i)
      result->numbers[i] = function.names[i].isBound() ? cursor_.bound(nameOfNumber(function, i))
                                                       : cursor_.real(nameOfNumber(function, i));
    return true;
  }
  return false;
}

PointwiseSource AttributeReader::source() {
  const Token token = cursor_.take();
  PointwiseSource source;
  source.kind = token.text.starts_with('$') ? PointwiseSource::Kind::operand : PointwiseSource::Kind::step;
  const std::string_view digits = token.text.substr(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), source.index);
  if (error != std::errc() || end != digits.data() + digits.size())
    cursor_.error(token.where, fmt::format("there is no {}", token.text));
  return source;
}

Shape AttributeReader::shape(std::int64_t least) {
  Token open = cursor_.expect(TokenKind::leftBracket, "a shape, such as [3, 32, 32]");
  Shape result;
  do
    result.push_back(cursor_.integer("extent", least));
  while (cursor_.accept(TokenKind::comma));
  closeBracket(open, TokenKind::rightBracket);
  return result;
}

TensorType AttributeReader::type() {
  const bool isInteger = cursor_.accept("i64");
  if (!isInteger && !cursor_.accept("f32")) {
    std::string help =
        cursor_.nextIs(TokenKind::word) ? "elements are f32, or i64 where they are an arg_max's" : "";
    cursor_.error(cursor_.peek().where, "expected a type, such as f32[3, 32, 32]", std::move(help));
  }
  TensorType result{isInteger ? ElementType::i64 : ElementType::f32, shape(), Layout::chw};
  if (cursor_.accept("hwc"))
    result.layout = Layout::hwc;
  else
    cursor_.accept("chw");
  return result;
}

Shape AttributeReader::constantShape() {
  places_.shape = cursor_.peek().where;
  TensorType result = type();
  places_.shape = cursor_.since(places_.shape);
  if (result.element != ElementType::f32) cursor_.error(places_.shape, "constants are always f32");
  if (result.layout != Layout::chw) cursor_.error(places_.shape, "constants always have layout chw");
  return result.shape;
}

std::int64_t AttributeReader::leadingCount(std::string_view what) {
  if (!cursor_.nextIs(TokenKind::number))
    missing(fmt::format("{} needs the {}, such as '{} x 5'", op_, what, op_));
  return count(what);
}

void AttributeReader::missing(std::string message) {
  if (!cursor_.nextIs(TokenKind::word)) cursor_.error(cursor_.peek().where, std::move(message));
}

void AttributeReader::closeBracket(const Token &open, TokenKind kind) {
  if (cursor_.ok() && cursor_.atEnd())
    cursor_.error(open.where, fmt::format("this '{}' is never closed", open.text));
  else
    cursor_.expect(kind, "',' or ']'");
}

} // namespace ninc::text
