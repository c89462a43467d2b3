// THE ALGORITHM of a device's mlpconv kernel: what is computed (GpuMlpconv.cpp says how the parts fit
// together). How pixels are cut into tiles shows here in one place: where tiles are summed, a mean is the sum
// of their sums.
#include "codegen/halide/gpu/mlpconv/GpuMlpconvFunctions.h"
#include "codegen/halide/shared/Activation.h"
#include "codegen/halide/shared/Elements.h"
#include "codegen/halide/shared/Mean.h"
#include "codegen/halide/shared/Variables.h"

namespace ninc {

using namespace Halide;

namespace {

// The input as the windows read it, zero beyond its border.
void definePatch(const GpuMlpconvPlan &plan, GpuMlpconvAlgorithm &a, Arguments &arguments) {
  const MlpconvGeometry &g = plan.geometry;
  const TensorType &type = plan.spec.inputs[0];
  // As it is kept, so that a block may store it so; an application's as the numbers that it means.
  const Func input = isAsApplicationsHave(type)
                         ? readOperand(arguments, plan.spec, 0, plan.mapsView(type))
                         : Func(arguments.operand(0, operandView(plan.spec, 0, plan.mapsView(type)),
                                                  keptAs(type.element, plan.spec)));
  const Window &window = g.layers[0].window;
  a.patch = Func("patch");
  if (window.pad == Padding{}) {
    // Pixels beyond the last read the last ones again.
    a.patch(a.c, a.x, a.y, a.n) =
        input(a.c, min(a.x, toInt(g.width - 1)), min(a.y, toInt(g.height - 1)), a.n);
    return;
  }
  Func bordered = BoundaryConditions::constant_exterior(
      input, Internal::make_zero(input.types().front()),
      {{Expr(), Expr()}, {0, toInt(g.width)}, {0, toInt(g.height)}, {Expr(), Expr()}});
  a.patch(a.c, a.x, a.y, a.n) = bordered(a.c, a.x - toInt(window.pad.left), a.y - toInt(window.pad.top), a.n);
}

// Of a stored map, pixels beyond the last read the last ones again.
Expr mapBefore(const GpuMlpconvPlan &plan, const GpuMlpconvAlgorithm &a, std::size_t i, const Expr &channel) {
  Func before = a.convolutions[i - 1].map;
  if (!plan.schedule.stores(i - 1)) return before(channel, a.x, a.y, a.n);
  return before(channel, min(a.x, toInt(plan.geometry.columns - 1)), min(a.y, toInt(plan.geometry.rows - 1)),
                a.n);
}

Expr valueInWindow(const GpuMlpconvPlan &plan, const GpuMlpconvAlgorithm &a, std::size_t i, const RDom &r) {
  if (i > 0) return mapBefore(plan, a, i, r.x);
  const Window &window = plan.geometry.layers[0].window;
  return a.patch(r.x, a.x * toInt(window.stride[1]) + r.y * toInt(window.dilation[1]),
                 a.y * toInt(window.stride[0]) + r.z * toInt(window.dilation[0]), a.n);
}

void defineConvolution(const GpuMlpconvPlan &plan, GpuMlpconvAlgorithm &a, std::size_t i,
                       Arguments &arguments) {
  const MlpconvGeometry &g = plan.geometry;
  const std::string number = std::to_string(i);
  const std::int64_t padded = roundUp(g.maps(i), gpuChannelPadding);
  Func weights = readWeights(arguments, plan.spec, 2 * i, {{0, padded, 1}, {0, g.reduction(i), padded}});
  ImageParam bias = arguments.weights(2 * i + 1, {{0, padded, 1}});
  const Window &window = g.layers[0].window;
  GpuConvolution conv{Func("sum" + number), Func("map" + number), {}};
  const int channels = toInt(i == 0 ? g.channels : g.maps(i - 1));
  const int columns = i == 0 ? toInt(window.kernel[1]) : 1, rows = i == 0 ? toInt(window.kernel[0]) : 1;
  conv.window = RDom(0, channels, 0, columns, 0, rows, "r" + number);
  const RDom &r = conv.window;
  const Expr term = r.x + channels * (r.y + columns * r.z);
  conv.sum(a.c, a.x, a.y, a.n) = bias(a.c);
  conv.sum(a.c, a.x, a.y, a.n) += weights(a.c, term) * fromKept(valueInWindow(plan, a, i, r));
  Expr element = activate(g.layers[i].activation, conv.sum(a.c, a.x, a.y, a.n));
  if (i == plan.last() && a.chain) element = a.chain(element);
  conv.map(a.c, a.x, a.y, a.n) = toKept(element, plan.elementOfMap(i), plan.spec);
  a.convolutions.push_back(conv);
}

void defineChain(const GpuMlpconvPlan &plan, GpuMlpconvAlgorithm &a, Arguments &arguments) {
  const MlpconvGeometry &g = plan.geometry;
  std::vector<Func> operands;
  for (const std::size_t index : g.epilogueOperands)
    operands.push_back(readOperand(arguments, plan.spec, index, plan.mapsView(plan.spec.inputs[index])));
  const ElementFunction chain =
      chainFunction(g.pointwise()->chain, plan.lastMaps(), 2 * g.layers.size(), arguments);
  a.chain = [operands, chain, c = a.c, x = a.x, y = a.y, n = a.n](const Expr &element) {
    std::vector<Expr> elements{element};
    for (const Func &operand : operands)
      elements.push_back(operand(c, x, y, n));
    return chain(elements, c);
  };
}

void definePool(const GpuMlpconvPlan &plan, GpuMlpconvAlgorithm &a) {
  const MlpconvGeometry &g = plan.geometry;
  const Shape maps{plan.lastMaps(), g.rows, g.columns};
  Func last = a.convolutions.back().map;
  a.pool = definePooling(*g.pool(), maps, plan.spec.outputs[0].shape, {a.c, a.i, a.j, a.n},
                         [&](const Expr &c, const Expr &row, const Expr &column) {
                           return fromKept(last(c, column, row, a.n));
                         });
  a.result = Func("result");
  a.result(a.c, a.i, a.j, a.n) = toResult(a.pool.element, plan.spec);
}

// Sums of each tile, of the pixels that exist, and then of all tiles.
void defineSumsOfTiles(const GpuMlpconvPlan &plan, GpuMlpconvAlgorithm &a) {
  const MlpconvGeometry &g = plan.geometry;
  const int columns = plan.schedule.blockColumns, rows = plan.schedule.blockRows;
  RDom pixel(0, columns, 0, rows, "pixel"), every(0, plan.tilesAcross(), 0, plan.tilesDown(), "every");
  const Expr x = a.tileColumn * columns + pixel.x, y = a.tileRow * rows + pixel.y;
  const Expr value = termOfMean(fromKept(a.convolutions.back().map(a.c, x, y, a.n)), g.pixels());
  const bool exact = g.columns % columns == 0 && g.rows % rows == 0;
  Func ofTile("total_of_tile"), total("total");
  ofTile(a.c, a.n, a.tileColumn, a.tileRow) = 0.0f;
  ofTile(a.c, a.n, a.tileColumn, a.tileRow) +=
      exact ? value : select(x < toInt(g.columns) && y < toInt(g.rows), value, 0.0f);
  total(a.c, a.n) = 0.0f;
  total(a.c, a.n) += ofTile(a.c, a.n, every.x, every.y);
  a.totalOfTile = ofTile;
  a.sum.total = total;
}

void defineSumsOfStoredMaps(const GpuMlpconvPlan &plan, GpuMlpconvAlgorithm &a) {
  Func maps = a.convolutions.back().map;
  const int pixels = toInt(plan.geometry.pixels()), columns = toInt(plan.geometry.columns);
  const Expr c = min(a.c, toInt(plan.lastMaps() - 1)); // the block's last channels may be none
  const auto term = [&](const Expr &pixel) {
    return termOfMean(fromKept(maps(c, pixel % columns, pixel / columns, a.n)), pixels);
  };
  a.sum =
      foldInSlices({"total", FoldKind::sum, {a.c, a.n}, pixels, 0.0f, term}, GpuMlpconvPlan::slicesOfMean);
}

// Means of what has been summed up, and softmax.
void defineMeans(const GpuMlpconvPlan &plan, GpuMlpconvAlgorithm &a) {
  const Expr mean = meanOf(a.sum.total(a.c, a.n), plan.geometry.pixels());
  a.mean = Func("mean");
  if (!plan.hasSoftmax()) {
    a.mean(a.c, a.n) = toResult(mean, plan.spec);
    a.result = a.mean;
    return;
  }
  a.mean(a.c, a.n) = mean;
  Func means("means");
  means(a.c, a.position, a.n) = a.mean(a.c, a.n);
  const SharedSoftmax shared = plan.softmax();
  const SoftmaxFunctions softmax = defineSoftmax(means, a.c, {a.position, a.n}, shared.channels,
                                                 foldingInSlices(shared.slices(), a.softmaxFolds));
  a.result = Func("softmax");
  a.result(a.c, a.position, a.n) = toResult(softmax.share, plan.spec);
}

} // namespace

GpuMlpconvAlgorithm defineGpuMlpconv(const GpuMlpconvPlan &plan, Arguments &arguments) {
  GpuMlpconvAlgorithm a;
  definePatch(plan, a, arguments);
  if (plan.geometry.pointwise()) defineChain(plan, a, arguments);
  for (std::size_t i = 0; i < plan.geometry.layers.size(); ++i)
    defineConvolution(plan, a, i, arguments);
  if (plan.geometry.pool()) definePool(plan, a);
  if (!plan.geometry.gap()) return a;
  if (plan.sumsTiles())
    defineSumsOfTiles(plan, a);
  else
    defineSumsOfStoredMaps(plan, a);
  defineMeans(plan, a);
  return a;
}

} // namespace ninc
