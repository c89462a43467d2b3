#include "codegen/halide/shared/Folds.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::RDom;
using Halide::RVar;

Expr foldTogether(FoldKind kind, const Expr &folded, const Expr &term) {
  return kind == FoldKind::sum ? folded + term : Halide::max(folded, term);
}

Reduction foldInOneLoop(const Fold &fold) {
  Func folded(fold.name);
  RDom number(0, fold.count, fold.name + "_term");
  folded(fold.outputs) = fold.first;
  folded(fold.outputs) = foldTogether(fold.kind, folded(fold.outputs), fold.term(number));
  return {folded, {number.x}};
}

Folder foldingInLoops(std::vector<Reduction> &reductions) {
  return [&reductions](const Fold &fold) {
    reductions.push_back(foldInOneLoop(fold));
    return reductions.back().func;
  };
}

void unrollByDivisor(Halide::Stage stage, const RVar &loop, std::int64_t length, int most) {
  for (int factor = most; factor > 1; --factor)
    if (length % factor == 0) {
      stage.unroll(loop, factor);
      return;
    }
}

} // namespace ninc
