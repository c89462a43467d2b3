// Interpolation: an element is a weighted sum of the operand's around its place. Which these are, and their
// weights, are tables along each dimension (PackWeights.cpp), so that one kernel has all rules.
#include <functional>

#include "codegen/halide/light/LightKernel.h"
#include "codegen/halide/light/LightKernels.h"
#include "codegen/halide/shared/Variables.h"
#include "ir/ops/ResizeTaps.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::ImageParam;
using Halide::RDom;
using Halide::Var;

namespace {

// Sums of up to so many terms are written out.
constexpr std::int64_t mostTermsWrittenOut = 16;

// A dimension that is resized, with its tables: [tap][element]. Positions are whole numbers of f32; the
// nearest element has no weight.
struct Along {
  std::size_t dimension = 0;
  std::int64_t taps = 1;
  Expr last; // of the operand
  ImageParam positions, weights;
};

std::vector<Along> tablesOf(const KernelSpec &spec, Arguments &arguments) {
  const auto &resize = std::get<Resize>(spec.op);
  const Shape &operand = spec.inputs[0].shape;
  const bool copies = resize.interpolation == Interpolation::nearest;
  std::vector<Along> tables;
  std::size_t next = 0; // packed parameter
  for (std::size_t i = 0; i < operand.size(); ++i) {
    if (!isResized(resize, operand, i)) continue;
    const std::int64_t size = resize.shape[i], taps = tapCount(resize, operand, i);
    const std::vector<Dimension> view{{0, size, 1}, {0, taps, size}};
    Along along{i, taps, toInt(operand[i] - 1), {}, {}};
    along.positions = arguments.weights(next++, view);
    if (!copies) along.weights = arguments.weights(next++, view);
    tables.push_back(along);
  }
  return tables;
}

// The number of a dimension's tap in the term's: the last dimension's taps are innermost.
Expr tapOf(const std::vector<Along> &tables, std::size_t number, const Expr &term) {
  std::int64_t inside = 1;
  for (std::size_t i = number + 1; i < tables.size(); ++i)
    inside *= tables[i].taps;
  return term / toInt(inside) % toInt(tables[number].taps);
}

// THE ALGORITHM
LightKernel defineResize(const KernelSpec &spec) {
  const bool copies = std::get<Resize>(spec.op).interpolation == Interpolation::nearest;
  Arguments arguments(spec);
  Func x = readOperand(arguments, spec, 0, logicalView(spec.inputs[0], spec)), y("y");
  const std::vector<Along> tables = tablesOf(spec, arguments);
  std::vector<Dimension> view = logicalView(spec.outputs[0], spec);
  const std::vector<Var> position = makeVariables(view.size()); // the image last, on a device
  std::int64_t terms = 1;
  for (const Along &along : tables)
    terms *= along.taps;
  const auto termOf = [&](const Expr &number) -> Expr {
    std::vector<Expr> place = expressions(position);
    Expr weight;
    for (std::size_t i = 0; i < tables.size(); ++i) {
      const Along &along = tables[i];
      const Var &element = position[along.dimension];
      const Expr tap = Halide::Internal::simplify(tapOf(tables, i, number));
      place[along.dimension] =
          Halide::unsafe_promise_clamped(Halide::cast<int>(along.positions(element, tap)), 0, along.last);
      if (copies) continue;
      const Expr own = along.weights(element, tap);
      weight = weight.defined() ? weight * own : own;
    }
    return weight.defined() ? weight * x(place) : x(place);
  };
  std::vector<Reduction> reductions;
  Expr sum;
  if (terms <= mostTermsWrittenOut) {
    sum = termOf(0);
    for (int number = 1; number < terms; ++number)
      sum += termOf(number);
  } else {
    reductions.push_back(foldInOneLoop({"sum", FoldKind::sum, position, toInt(terms), 0.0f, termOf}));
    sum = reductions[0].func(expressions(position));
  }
  y(position) = toResult(sum, spec);
  return {std::move(arguments), y, position, std::move(view), std::move(reductions)};
}

} // namespace

KernelPipeline buildResize(const KernelSpec &spec, const Schedule &schedule) {
  return scheduleElements(defineResize(spec), schedule);
}

} // namespace ninc
