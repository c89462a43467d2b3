// softmax(x)[c] = e^x[c] / sum over d of e^x[d], for each position: the largest x is subtracted from all
// first, so that no exponential overflows. The one algorithm of the softmax kernels and of the mlpconv's
// epilogue.
#pragma once

#include "codegen/halide/shared/Folds.h"

namespace ninc {

struct SoftmaxFunctions {
  Halide::Func largest; // (position...)
  Halide::Func
      exponential;  // (channel, position...); inlined, so computed again for each use, unless it is scheduled
  Halide::Func sum; // (position...) of the exponentials
  Halide::Expr share; // the result for channel c of the position
};

// `x` is a function of (channel, position...) with so many channels; `fold` says who folds them.
SoftmaxFunctions defineSoftmax(const Halide::Func &x, const Halide::Var &c,
                               const std::vector<Halide::Var> &position, int channels, const Folder &fold);

} // namespace ninc
