// A row a function, complete and in order or this doesn't compile. What is more than an operation or two is
// in Math.h.
#include "codegen/halide/shared/ElementFunctions.h"

#include <iterator>

#include "codegen/halide/shared/Math.h"

namespace ninc {

using Halide::Expr;

namespace {

struct UnaryRow {
  UnaryKind kind;
  Expr (*expression)(const Expr &x, const Numbers &p);
};

struct BinaryRow {
  BinaryKind kind;
  Expr (*expression)(const Expr &a, const Expr &b);
};

// A function of x alone.
template <Expr (*function)(Expr)>
Expr of(const Expr &x, const Numbers &) {
  return function(x);
}

constexpr UnaryRow unaries[] = {
    {UnaryKind::relu, [](const Expr &x, const Numbers &) -> Expr { return Halide::max(x, 0.0f); }},
    {UnaryKind::leakyRelu,
     [](const Expr &x, const Numbers &p) -> Expr { return Halide::select(x < 0.0f, x * p[0], x); }},
    {UnaryKind::sigmoid, of<logistic>},
    {UnaryKind::tanh, of<hyperbolicTangent>},
};

constexpr BinaryRow binaries[] = {
    {BinaryKind::add, [](const Expr &a, const Expr &b) -> Expr { return a + b; }},
    {BinaryKind::mul, [](const Expr &a, const Expr &b) -> Expr { return a * b; }},
};

// Row i is kind i's, and there is one for every kind.
template <class Row, std::size_t size>
constexpr bool isComplete(const Row (&rows)[size], std::size_t kinds) {
  for (std::size_t i = 0; i < size; ++i)
    if (static_cast<std::size_t>(rows[i].kind) != i) return false;
  return size == kinds;
}
static_assert(isComplete(unaries, unaryKinds), "a function of one element without its row, or out of order");
static_assert(isComplete(binaries, binaryKinds),
              "a function of two elements without its row, or out of order");

} // namespace

Expr apply(const Unary &function, const Expr &x) {
  return unaries[static_cast<std::size_t>(function.kind)].expression(x, function.numbers);
}

Expr apply(const Binary &function, const Expr &a, const Expr &b) {
  return binaries[static_cast<std::size_t>(function.kind)].expression(a, b);
}

} // namespace ninc
