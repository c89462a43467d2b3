#include "codegen/halide/shared/Softmax.h"

#include "codegen/halide/shared/Math.h"
#include "codegen/halide/shared/Variables.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::Var;

SoftmaxFunctions defineSoftmax(const Func &x, const Var &c, const std::vector<Var> &position, int channels,
                               const Folder &fold) {
  const auto at = [&](const Func &f, const Expr &channel) -> Expr {
    return f(placeOf({channel}, position, 0));
  };
  SoftmaxFunctions s;
  s.largest = fold({"largest", FoldKind::maximum, position, channels, at(x, 0),
                    [&](const Expr &channel) { return at(x, channel); }});
  const Expr largest = s.largest(expressions(position));
  s.exponential = Func("exponential");
  std::vector<Var> variables{c};
  variables.insert(variables.end(), position.begin(), position.end());
  s.exponential(variables) = exponential(at(x, c) - largest);
  s.sum = fold({"sum_of_exponentials", FoldKind::sum, position, channels, 0.0f,
                [&](const Expr &channel) { return at(s.exponential, channel); }});
  s.share = at(s.exponential, c) / s.sum(expressions(position));
  return s;
}

} // namespace ninc
