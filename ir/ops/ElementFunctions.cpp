#include "ir/ops/ElementFunctions.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numbers>

namespace ninc {

namespace {

// ---- the words of the table's columns

using Names = std::array<NamedNumber, 2>;

constexpr Names none() {
  return {};
}
constexpr Names number(std::string_view name, float usual) {
  return {NamedNumber{name, usual}, {}};
}
constexpr Names numbers(std::string_view first, float usual, std::string_view second, float usuallySecond) {
  return {NamedNumber{first, usual}, {second, usuallySecond}};
}

// A number in double precision.
constexpr double real(float number) {
  return number;
}

constexpr float largest = std::numeric_limits<float>::max();
constexpr double infinity = std::numeric_limits<double>::infinity();

struct Curve {
  std::optional<double> turn;
  double least = -infinity;
  bool isWave = false;
};

constexpr Curve monotone() {
  return {};
}
constexpr Curve turnsAt(double x) {
  return {x};
}

constexpr Curve from(double least) { // monotone, too
  return {std::nullopt, least};
}

constexpr Curve wave(double turn) {
  return {.turn = turn, .isWave = true};
}

// Of what is left of x without its multiples of pi (codegen/halide/shared/Math.cpp): many of them aren't
// exact.
double roundingOfWave(double x) {
  const double size = std::abs(x);
  return size < 1e5 ? 16 + size / 256 : 4 * size;
}

// A power rises or falls with its base all the way, and with its exponent too: the furthest are at the
// corners.
double powerMovement(double a, double b, double da, double db) {
  if (da == 0 && db == 0) return 0;
  if (!(a - da > 0) && !(a >= 0 && a - da >= 0 && b - db > 0)) return infinity;
  const double y = std::pow(a, b);
  double furthest = 0;
  for (const double base : {a - da, a + da})
    for (const double exponent : {b - db, b + db}) {
      const double distance = std::abs(std::pow(base, exponent) - y);
      furthest = std::max(furthest, std::isnan(distance) ? infinity : distance);
    }
  return furthest;
}

// Whether a difference of numbers that are off by so much together may have another sign than it has.
bool mayMeet(double difference, double off) {
  return off > 0 && !(std::abs(difference) > off);
}

constexpr bool either = true, inOrder = false; // whether the operands' order makes no difference

// ---- the table

constexpr UnaryFunction unaries[] = {
#define NINC_UNARY(kind, spelling, names, y_, rounding, curve, polynomials)                                  \
  {UnaryKind::kind,                                                                                          \
   spelling,                                                                                                 \
   names,                                                                                                    \
   []([[maybe_unused]] double x, [[maybe_unused]] const Numbers &p) -> double { return y_; },                \
   []([[maybe_unused]] double x, [[maybe_unused]] double y, [[maybe_unused]] const Numbers &p) -> double {   \
     return rounding;                                                                                        \
   },                                                                                                        \
   (curve).turn,                                                                                             \
   (curve).least,                                                                                            \
   (curve).isWave,                                                                                           \
   polynomials},
#include "ir/ops/ElementFunctions.def"
};

constexpr BinaryFunction binaries[] = {
#define NINC_BINARY(kind, spelling, order, y_, movement, rounding)                                           \
  {BinaryKind::kind,                                                                                         \
   spelling,                                                                                                 \
   order,                                                                                                    \
   [](double a, double b) -> double { return y_; },                                                          \
   []([[maybe_unused]] double a, [[maybe_unused]] double b, double da, double db) -> double {                \
     return movement;                                                                                        \
   },                                                                                                        \
   []([[maybe_unused]] double a, [[maybe_unused]] double b, [[maybe_unused]] double y) -> double {           \
     return rounding;                                                                                        \
   }},
#include "ir/ops/ElementFunctions.def"
};

} // namespace

std::span<const UnaryFunction> unaryFunctions() {
  return unaries;
}
std::span<const BinaryFunction> binaryFunctions() {
  return binaries;
}

const UnaryFunction &functionOf(UnaryKind kind) {
  return unaries[static_cast<std::size_t>(kind)];
}
const BinaryFunction &functionOf(BinaryKind kind) {
  return binaries[static_cast<std::size_t>(kind)];
}

std::string_view spellingOf(UnaryKind kind) {
  return functionOf(kind).spelling;
}
std::string_view spellingOf(BinaryKind kind) {
  return functionOf(kind).spelling;
}

Unary usual(UnaryKind kind) {
  const UnaryFunction &row = functionOf(kind);
  return {kind, {row.names[0].usual, row.names[1].usual}};
}

double valueOf(const Unary &function, double x) {
  return functionOf(function.kind).value(x, function.numbers);
}

double valueOf(const Binary &function, double a, double b) {
  return functionOf(function.kind).value(a, b);
}

Result<void> checkNumbers(const Unary &function) {
  const UnaryFunction &row = functionOf(function.kind);
  for (std::size_t i = 0; i < row.count(); ++i)
    if (!std::isfinite(function.numbers[i]))
      return fail(fmt::format("{} {} must be a finite number", row.spelling, row.names[i].name));
  if (function.kind == UnaryKind::clip && function.numbers[0] > function.numbers[1])
    return fail(fmt::format("clip min {} is above its max {}", function.numbers[0], function.numbers[1]));
  return {};
}

} // namespace ninc
