// input: how the application keeps a value, and what is done to it before the graph computes with it.
//
//   image = input u8[224, 224, 3] hwc mean 104, 117, 123 scale 0.017 bgr
//
// The shape is the application's, which is the order of memory. Words of preprocessing are names elsewhere:
// an input has no operands, and stands alone in its line.
#include "frontend/text/InputSyntax.h"

#include "frontend/text/AttributeReader.h"

namespace ninc::text {

namespace {

// "u8" or "f32"; none where neither is next.
std::optional<ElementType> element(Cursor &cursor) {
  if (cursor.accept("f32")) return ElementType::f32;
  if (cursor.accept("u8")) return ElementType::u8;
  return std::nullopt;
}

std::optional<Layout> layout(Cursor &cursor) {
  if (cursor.accept("hwc")) return Layout::hwc;
  if (cursor.accept("chw")) return Layout::chw;
  return std::nullopt;
}

// What is done to the numbers: words in any order.
bool preprocessingWord(Preprocessing &preprocessing, AttributeReader &reader) {
  if (reader.list("mean", preprocessing.mean)) return true;
  if (reader.word("unit")) return preprocessing.unit = true;
  if (reader.placedWord("bgr")) return preprocessing.reversed = true;
  const SourceRange where = reader.cursor().peek().where;
  std::vector<float> numbers;
  const bool divides = reader.cursor().nextIs("std");
  if (!reader.list("std", numbers) && !reader.list("scale", numbers)) return false;
  if (!preprocessing.scale.empty())
    reader.cursor().error(where, "'scale' and 'std' are two ways to say one thing: give one of them");
  preprocessing.scale = std::move(numbers);
  preprocessing.divides = divides;
  return true;
}

} // namespace

void readAttributes(Input &op, AttributeReader &reader) {
  Cursor &cursor = reader.cursor();
  SourceRange &where = reader.places().shape;
  where = cursor.peek().where;
  if (const std::optional<ElementType> kept = element(cursor))
    op.type.element = *kept;
  else
    cursor.error(cursor.peek().where, "expected a type, such as f32[3, 32, 32]",
                 cursor.nextIs(TokenKind::word) ? "inputs are f32 or u8" : "");
  op.type.shape = reader.shape();
  op.type.layout = layout(cursor).value_or(Layout::chw);
  where = cursor.since(where);
  if (op.type.layout == Layout::hwc && op.type.shape.size() == 3)
    op.type.shape = {op.type.shape[2], op.type.shape[0], op.type.shape[1]};
  while (cursor.ok() && preprocessingWord(op.type.preprocessing, reader)) {
  }
}

TensorType parseInputWords(const TensorType &given, Cursor &cursor, OpPlaces &places) {
  AttributeReader reader("an input", cursor, places);
  TensorType type = given;
  bool hasElement = false, hasLayout = false, isFresh = true;
  while (cursor.ok() && !cursor.atEnd()) {
    const SourceRange where = cursor.peek().where;
    if (const std::optional<ElementType> kept = element(cursor)) {
      if (std::exchange(hasElement, true)) cursor.error(where, "the element type is given twice");
      type.element = *kept;
    } else if (const std::optional<Layout> order = layout(cursor)) {
      if (std::exchange(hasLayout, true)) cursor.error(where, "the layout is given twice");
      type.layout = *order;
    } else {
      if (std::exchange(isFresh, false)) type.preprocessing = {};
      if (!preprocessingWord(type.preprocessing, reader)) cursor.unexpected("what is done to an input");
    }
  }
  return type;
}

} // namespace ninc::text
