// Reads an op's attributes by walking the list beside its struct (ir/ops/Attributes.h): first what stands
// first, then whatever of the rest comes next, and in the end it is asked whether all is there that must be.
#include "frontend/text/OpSyntax.h"

#include <algorithm>
#include <fmt/format.h>

#include "frontend/text/AttributeReader.h"

namespace ninc::text {

namespace {

// What stands first; other attributes don't.
template <class Attribute, class O>
void readFirst(const Attribute &, O &, AttributeReader &) {}
template <class O>
void readFirst(const attribute::Leading<O> &leading, O &op, AttributeReader &reader) {
  reader.leadingNumber(leading.name, fmt::format("{} {}", reader.op(), leading.name), op.*leading.member);
}
template <class O>
void readFirst(const attribute::Shaped<O, Shape> &shaped, O &op, AttributeReader &reader) {
  SourceRange &where = reader.places().shape;
  where = reader.cursor().peek().where;
  op.*shaped.member = reader.shape(shaped.least);
  where = reader.cursor().since(where);
}
template <class O>
void readFirst(const attribute::Typed<O, Shape> &typed, O &op, AttributeReader &reader) {
  op.*typed.member = reader.constantShape();
}
template <class O>
void readFirst(const attribute::Counted<O> &counted, O &op, AttributeReader &reader) {
  op.*counted.member = reader.leadingCount(counted.what);
}

// What may come in any order: true if it was next.
template <class Attribute, class O>
bool readNext(const Attribute &, O &, AttributeReader &) {
  return false;
}
template <class O, class T>
bool readNext(const attribute::Named<O, T> &named, O &op, AttributeReader &reader) {
  return reader.number(named.word, op.*named.member, named.least);
}
template <class O>
bool readNext(const attribute::NamedOrZero<O> &named, O &op, AttributeReader &reader) {
  return reader.bound(named.word, op.*named.member);
}
template <class O>
bool readNext(const attribute::NamedShape<O, Shape> &named, O &op, AttributeReader &reader) {
  return reader.numbers(named.word, op.*named.member, named.least);
}
template <class O, class T>
bool readNext(const attribute::Flag<O, T> &flag, O &op, AttributeReader &reader) {
  if (!reader.word(flag.word)) return false;
  op.*flag.member = flag.set;
  return true;
}
template <class O>
bool readNext(const attribute::Unusual<O> &unusual, O &op, AttributeReader &reader) {
  return reader.number(unusual.word, op.*unusual.member, 0);
}
template <class O, class T, std::size_t count>
bool readNext(const attribute::Choice<O, T, count> &choice, O &op, AttributeReader &reader) {
  for (const attribute::Chosen<T> &each : choice.words) {
    if (!reader.chosen(choice.what, each.word)) continue;
    op.*choice.member = each.value;
    return true;
  }
  return false;
}
template <class O>
bool readNext(const attribute::Reals<O> &reals, O &op, AttributeReader &reader) {
  return reader.numbers(reals.word, op.*reals.member);
}
template <class O>
bool readNext(const attribute::Sliding<O, Window> &sliding, O &op, AttributeReader &reader) {
  return reader.window(op.*sliding.member, reader.places().window);
}
template <class O>
bool readNext(const attribute::Outputs<O> &outputs, O &op, AttributeReader &reader) {
  if (!reader.places().counts.empty() || !reader.cursor().accept(TokenKind::arrow)) return false;
  op.*outputs.member = reader.count(outputs.what);
  return true;
}
template <class O>
bool readNext(const attribute::Activated<O, Activation> &activated, O &op, AttributeReader &reader) {
  return reader.activation(op.*activated.member);
}

// What mustn't be left out.
template <class Attribute>
void require(const Attribute &, AttributeReader &) {}
template <class O>
void require(const attribute::Sliding<O, Window> &, AttributeReader &reader) {
  reader.requireKernel(reader.op(), reader.places().window);
}
template <class O>
void require(const attribute::Outputs<O> &outputs, AttributeReader &reader) {
  if (reader.places().counts.empty())
    reader.missing(fmt::format("{} needs the number of its {}, such as '-> 10'", reader.op(), outputs.what));
}

template <attribute::Listed O>
void readAttributes(O &op, AttributeReader &reader) {
  attribute::walk<O>([&](const auto &each) { readFirst(each, op, reader); });
  for (bool more = true; more && reader.cursor().ok();) {
    more = false;
    attribute::walk<O>([&](const auto &each) { more = more || readNext(each, op, reader); });
  }
  attribute::walk<O>([&](const auto &each) { require(each, reader); });
}

// The numbers of a function of elements stand first, in the order of its row.
void readAttributes(Unary &op, AttributeReader &reader) {
  const UnaryFunction &function = functionOf(op.kind);
  for (std::size_t i = 0; i < function.count(); ++i) {
    const std::string_view name = function.names[i].name;
    const std::string what = fmt::format("{} {}", function.spelling, name);
    if (function.names[i].isBound())
      reader.leadingBound(name, what, op.numbers[i]);
    else
      reader.leadingNumber(name, what, op.numbers[i]);
  }
}

// Conv2d and Dense; mlpconv's functions stand in brackets.
template <class Attribute>
constexpr bool isActivation(const Attribute &) {
  return false;
}
template <class O>
constexpr bool isActivation(const attribute::Activated<O, Activation> &) {
  return true;
}
template <class O>
constexpr bool hasActivation() {
  bool found = std::is_same_v<O, Conv2d>;
  if constexpr (attribute::Listed<O>)
    attribute::walk<O>([&](const auto &each) { found = found || isActivation(each); });
  return found;
}

} // namespace

bool isOp(std::string_view word) {
  return std::ranges::find(opSpellings(), word) != opSpellings().end();
}

bool takesOperands(std::string_view spelling) {
  std::optional<Op> op = opNamed(spelling);
  return !op || !traitsOf(*op).source;
}

bool takesActivation(std::string_view spelling) {
  std::optional<Op> op = opNamed(spelling);
  return op && std::visit([]<class O>(const O &) { return hasActivation<O>(); }, *op);
}

std::optional<Op> parseAttributes(std::string_view spelling, Cursor &cursor, OpPlaces &places) {
  std::optional<Op> op = opNamed(spelling);
  AttributeReader reader(spelling, cursor, places);
  if (op) std::visit([&](auto &its) { readAttributes(its, reader); }, *op);
  return op;
}

TensorType parseType(Cursor &cursor) {
  OpPlaces unused;
  return AttributeReader("", cursor, unused).type();
}

} // namespace ninc::text
