// The attributes that ops are made of, one by one: each function takes its tokens if they are next, keeps
// where they stood, and reports through the cursor what is wrong with them. Attributes come in any order,
// each at most once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/text/OpSyntax.h"

namespace ninc::text {

class AttributeReader {
public:
  // `op` is its spelling, for messages. All three outlive the reader.
  AttributeReader(std::string_view op, Cursor &cursor, OpPlaces &places)
      : cursor_(cursor), places_(places), op_(op) {}

  Cursor &cursor() { return cursor_; }
  OpPlaces &places() { return places_; }
  std::string_view op() const { return op_; }

  // Attributes may be given once; in an mlpconv once in each of its parts.
  void beginGroup() { seen_.clear(); }

  // True if the word was next, and taken.
  bool word(std::string_view name);
  // The same; its place is that of the number `name`.
  bool placedWord(std::string_view name);

  // KERNEL | stride N | pad P | dilation N. True if there was one, and it was right.
  bool window(Window &window, WindowPlaces &places);
  void requireKernel(std::string_view whose, const WindowPlaces &places);

  // A word and its number: "epsilon 1e-5". A whole number is at least `least`; floats aren't asked.
  bool number(std::string_view name, float &value, std::int64_t);
  bool number(std::string_view name, std::int64_t &value, std::int64_t least);
  // A word and its numbers: "before [0, 1, 1]".
  bool numbers(std::string_view name, Shape &values, std::int64_t least);
  // A word and numbers: "scales [1, 1.5]".
  bool numbers(std::string_view name, std::vector<float> &values);
  // The same without brackets: "mean 104, 117, 123".
  bool list(std::string_view name, std::vector<float> &values);
  // True if `word`, one of those for `what`, was next.
  bool chosen(std::string_view what, std::string_view word);
  // A number alone, if one is next. `name` as in Part::number; `what` is what messages call it.
  void leadingNumber(std::string_view name, const std::string &what, float &value);
  // The same of what may be a bound: "-inf", too.
  void leadingBound(std::string_view name, const std::string &what, float &value);
  bool bound(std::string_view name, float &value);

  // The number behind "->" or, in an mlpconv, behind a comma.
  std::int64_t count(std::string_view what);
  // "none", or a function of elements with its numbers.
  bool activation(Activation &result);

  // "$0" or "%0", which must be next.
  PointwiseSource source();

  // "[3, 32, 32]".
  Shape shape(std::int64_t least = 1);
  // "f32[3, 32, 32]", with "hwc" or "chw" behind it if there is one.
  TensorType type();
  // The type of a constant: f32, row-major.
  Shape constantShape();
  // A whole number from 1 on, which must be next; `what` is what messages call it.
  std::int64_t leadingCount(std::string_view what);

  // Reports what was left out; but a word that is left over is the likelier mistake, and whoever asked for
  // the attributes reports it.
  void missing(std::string message);
  // `open` is the bracket that `kind` closes.
  void closeBracket(const Token &open, TokenKind kind);

private:
  void once(std::string_view what, SourceRange where);
  Padding padding();
  void place(std::string_view name) { places_.numbers.emplace_back(name, cursor_.peek().where); }

  Cursor &cursor_;
  OpPlaces &places_;
  std::string_view op_;
  std::vector<std::string_view> seen_;
};

// "[mul $0 $1, relu]" (PointwiseSyntax.cpp).
PointwiseChain readChain(AttributeReader &reader);

// Ops whose attributes aren't listed beside their structs (ConvolutionSyntax.cpp, InputSyntax.cpp,
// PointwiseSyntax.cpp).
void readAttributes(Input &op, AttributeReader &reader);
void readAttributes(Pointwise &op, AttributeReader &reader);
void readAttributes(Conv2d &op, AttributeReader &reader);
void readAttributes(Mlpconv &op, AttributeReader &reader);

} // namespace ninc::text
