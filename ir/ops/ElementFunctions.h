// Functions of one element and of two, by a table: relu, sigmoid, add, ... are rows of it, not ops of their
// own. ElementFunctions.def has the rows; all that a row says is read through the structs below, so that a
// new function is a new row, here and for its kernel (codegen/halide/shared/ElementFunctions.h), and no more.
//
// What a function computes is its row's value: over doubles, rounded to f32 once. What it may differ by in a
// kernel is its rounding; what an error of its argument makes of it is found by looking where the argument
// may be (ir/interpreter/bounds/ElementErrors.h), which a monotone function answers at the ends. So there are
// no derivatives here to get wrong.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "ir/ops/Attributes.h"
#include "ir/ops/OpTraits.h"
#include "support/Result.h"

namespace ninc {

enum class UnaryKind : std::uint8_t {
#define NINC_UNARY(kind, ...) kind,
#include "ir/ops/ElementFunctions.def"
};

enum class BinaryKind : std::uint8_t {
#define NINC_BINARY(kind, ...) kind,
#include "ir/ops/ElementFunctions.def"
};

// How many there are.
constexpr std::size_t unaryKinds = 0
#define NINC_UNARY(...) +1
#include "ir/ops/ElementFunctions.def"
    ;
constexpr std::size_t binaryKinds = 0
#define NINC_BINARY(...) +1
#include "ir/ops/ElementFunctions.def"
    ;

// A function's numbers, as many as its row names; the others are 0.
using Numbers = std::array<float, 2>;

// y = f(x), element by element, any shape. Also what a layer does to its sums (Activation.h).
struct Unary {
  UnaryKind kind = UnaryKind::relu;
  Numbers numbers{};
  static constexpr OpTraits traits = {.elementwise = true, .uniform = true};
  friend bool operator==(const Unary &, const Unary &) = default;
};

// y = f(a, b), element by element, over two operands of equal rank; an extent of 1 stretches to the other
// operand's.
struct Binary {
  BinaryKind kind = BinaryKind::add;
  static constexpr OpTraits traits = {.elementwise = true, .uniform = true, .seesRows = true};
  static constexpr attribute::None attributes = {};
  friend bool operator==(const Binary &, const Binary &) = default;
};

// ---- rows

// A number that a function has: its name, and what it is where nobody says so. It must be finite.
struct NamedNumber {
  std::string_view name;
  float usual = 0;

  // Whether it bounds something, unless it is the largest number there is: that bounds nothing.
  constexpr bool isBound() const { return usual == largest || usual == -largest; }

  static constexpr float largest = std::numeric_limits<float>::max();
};

struct UnaryFunction {
  UnaryKind kind;
  std::string_view spelling;
  std::array<NamedNumber, 2> names; // of its numbers, as they are written; those it has come first
  double (*value)(double x, const Numbers &p);
  double (*rounding)(double x, double y, const Numbers &p); // a kernel's, in units of 2^-24
  std::optional<double> turn; // where it turns, if it isn't monotone for all numbers: it is on either side
  double least;               // arguments below have no value
  bool isWave;                // it turns again every pi
  int polynomials;            // that a kernel evaluates for it

  // How many numbers it has.
  constexpr std::size_t count() const { return names[0].name.empty() ? 0 : names[1].name.empty() ? 1 : 2; }
};

struct BinaryFunction {
  BinaryKind kind;
  std::string_view spelling;
  bool commutes; // f(a, b) = f(b, a)
  double (*value)(double a, double b);
  double (*movement)(double a, double b, double da, double db);
  double (*rounding)(double a, double b, double y);
};

// All rows, in the order of their kinds. Static.
std::span<const UnaryFunction> unaryFunctions();
std::span<const BinaryFunction> binaryFunctions();

const UnaryFunction &functionOf(UnaryKind kind);
const BinaryFunction &functionOf(BinaryKind kind);
std::string_view spellingOf(UnaryKind kind);  // "relu", "leaky_relu", ...
std::string_view spellingOf(BinaryKind kind); // "add", "mul", ...

// ---- functions

// The function with its usual numbers.
Unary usual(UnaryKind kind);

// f(x) and f(a, b) over doubles.
double valueOf(const Unary &function, double x);
double valueOf(const Binary &function, double a, double b);

// Whether these numbers may be the function's; the error says why not.
Result<void> checkNumbers(const Unary &function);

} // namespace ninc
