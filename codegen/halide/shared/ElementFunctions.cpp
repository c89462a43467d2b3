// A row a function, complete and in order or this doesn't compile. What is more than an operation or two is
// in Math.h.
#include "codegen/halide/shared/ElementFunctions.h"

#include <iterator>
#include <utility>

#include "codegen/halide/shared/ErrorFunction.h"
#include "codegen/halide/shared/Math.h"

namespace ninc {

using Halide::Expr;

namespace {

struct UnaryRow {
  UnaryKind kind;
  Expr (*expression)(const Expr &x, const Numbers &p);
};

// Strict, since in a chain (a + b) - b would become a: other numbers where a + b leaves the range.
struct BinaryRow {
  BinaryKind kind;
  Expr (*expression)(Expr a, Expr b);
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
    {UnaryKind::abs, [](const Expr &x, const Numbers &) -> Expr { return Halide::abs(x); }},
    {UnaryKind::neg, [](const Expr &x, const Numbers &) -> Expr { return -x; }},
    {UnaryKind::exp, of<exponential>},
    {UnaryKind::log, of<naturalLogarithm>},
    {UnaryKind::sqrt, [](const Expr &x, const Numbers &) -> Expr { return Halide::sqrt(x); }},
    {UnaryKind::erf, of<errorFunction>},
    {UnaryKind::clip,
     [](const Expr &x, const Numbers &p) -> Expr { return Halide::min(Halide::max(x, p[0]), p[1]); }},
    {UnaryKind::hardSigmoid,
     [](const Expr &x, const Numbers &p) -> Expr {
       return Halide::min(Halide::max(x * p[0] + p[1], 0.0f), 1.0f);
     }},
    {UnaryKind::hardSwish,
     [](const Expr &x, const Numbers &) -> Expr {
       // As it stands: x/6 + 1/2 would cancel near -3, and six times x leave the range.
       Expr sum = Halide::min(Halide::max(strictSum(x, 3.0f), 0.0f), 6.0f);
       return strictProduct(x, strictProduct(sum, 1.0f / 6));
     }},
    {UnaryKind::elu,
     [](const Expr &x, const Numbers &p) -> Expr {
       return Halide::select(x < 0.0f, exponentialMinusOne(x) * p[0], x);
     }},
    {UnaryKind::softplus, of<softplus>},
    {UnaryKind::gelu, of<gaussianErrorLinearUnit>},
    {UnaryKind::geluTanh, of<gaussianErrorLinearUnitByTanh>},
    {UnaryKind::floor, [](const Expr &x, const Numbers &) -> Expr { return Halide::floor(x); }},
    {UnaryKind::ceil, [](const Expr &x, const Numbers &) -> Expr { return Halide::ceil(x); }},
    {UnaryKind::round, [](const Expr &x, const Numbers &) -> Expr { return Halide::round(x); }},
    {UnaryKind::sign,
     [](const Expr &x, const Numbers &) -> Expr {
       return Halide::select(x < 0.0f, -1.0f, Halide::select(x > 0.0f, 1.0f, 0.0f));
     }},
    {UnaryKind::sin, of<sine>},
    {UnaryKind::cos, of<cosine>},
};

constexpr BinaryRow binaries[] = {
    {BinaryKind::add, strictSum},
    {BinaryKind::sub, strictDifference},
    {BinaryKind::mul, strictProduct},
    {BinaryKind::div, strictQuotient},
    {BinaryKind::min, [](Expr a, Expr b) -> Expr { return Halide::min(std::move(a), std::move(b)); }},
    {BinaryKind::max, [](Expr a, Expr b) -> Expr { return Halide::max(std::move(a), std::move(b)); }},
    {BinaryKind::pow, [](Expr a, Expr b) -> Expr { return power(std::move(a), std::move(b)); }},
    {BinaryKind::less,
     [](Expr a, Expr b) -> Expr { return Halide::select(std::move(a) < std::move(b), 1.0f, 0.0f); }},
    {BinaryKind::equal,
     [](Expr a, Expr b) -> Expr { return Halide::select(std::move(a) == std::move(b), 1.0f, 0.0f); }},
    {BinaryKind::mask,
     [](Expr a, Expr b) -> Expr { return Halide::select(std::move(a) != 0.0f, std::move(b), 0.0f); }},
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
