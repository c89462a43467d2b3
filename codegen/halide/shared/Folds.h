// Many terms made one number, apart from who adds them up. An algorithm says what is folded and what into;
// whoever schedules it hands it a Folder: one loop over all terms, or slices of them that threads share
// (gpu/GpuReductions.h).
#pragma once

#include <Halide.h>
#include <functional>
#include <string>
#include <vector>

namespace ninc {

enum class FoldKind { sum, maximum };

// For each of `outputs`: `first` and the terms 0 ... count-1.
struct Fold {
  std::string name;
  FoldKind kind = FoldKind::sum;
  std::vector<Halide::Var> outputs;
  int count = 1;
  Halide::Expr first; // of a maximum one of the terms, so that it may count twice, or not at all
  std::function<Halide::Expr(const Halide::Expr &number)> term;
};

// What has been folded so far, and one term more.
Halide::Expr foldTogether(FoldKind kind, const Halide::Expr &folded, const Halide::Expr &term);

// Defines the fold as a function of its outputs.
using Folder = std::function<Halide::Func(const Fold &fold)>;

// A function whose update folds: what a schedule must know of it.
struct Reduction {
  Halide::Func func;
  std::vector<Halide::RVar> over; // innermost first
};

// All terms in one loop.
Reduction foldInOneLoop(const Fold &fold);

// A Folder that folds each in one loop and remembers them in `reductions`, which must outlive it.
Folder foldingInLoops(std::vector<Reduction> &reductions);

// Unrolls the largest possible part of a loop of `length` steps: the largest divisor of the length up to
// `most`. A remainder would cost more than the steps that are left out.
void unrollByDivisor(Halide::Stage stage, const Halide::RVar &loop, std::int64_t length, int most);

} // namespace ninc
