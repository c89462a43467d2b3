// THE ALGORITHM of the mlpconv kernel: what is computed (Mlpconv.cpp says how the parts fit together).
#include "codegen/halide/Activation.h"
#include "codegen/halide/Math.h"
#include "codegen/halide/MlpconvPlan.h"

namespace ninc {

using namespace Halide;

namespace {

void definePaddedInput(const MlpconvPlan &plan, MlpconvAlgorithm &a, Arguments &arguments) {
  const MlpconvGeometry &g = plan.geometry;
  const Padding &pad = g.layers[0].window.pad;
  a.padded = Func("padded");
  if (!plan.copiesInput) {
    std::int64_t row = g.width * g.channels;
    ImageParam input = arguments.operand(0, {{0, row, 1}, {0, g.height, row}});
    a.padded(a.along, a.y) = input(a.along, a.y);
    return;
  }
  ImageParam input = arguments.operand(0, logicalView(plan.spec.inputs[0]));
  Func bordered = BoundaryConditions::constant_exterior(
      input, 0.0f, {{Expr(), Expr()}, {0, toInt(g.height)}, {0, toInt(g.width)}});
  int channels = toInt(g.channels);
  a.padded(a.along, a.y) =
      bordered(a.along % channels, a.y - toInt(pad.top), a.along / channels - toInt(pad.left));
}

// Column and row of pixel p. Where a tile divides the rows it never crosses the end of one, and saying so
// leaves one base address a tile instead of one a pixel.
std::pair<Expr, Expr> placeOfPixel(const MlpconvPlan &plan, Expr p) {
  const MlpconvGeometry &g = plan.geometry;
  int columns = toInt(g.columns), rows = toInt(g.rows), tile = plan.schedule.tilePixels[0];
  // Blocks of a pool epilogue start at a row; others at a multiple of every tile.
  bool surplus = plan.geometry.pool() || plan.pixels() % plan.block() != 0;
  if (columns % tile == 0) {
    int tilesOfRow = columns / tile;
    Expr y = (p / tile) / tilesOfRow;
    return {(p / tile) % tilesOfRow * tile + p % tile, surplus ? min(y, rows - 1) : y};
  }
  if (tile % columns == 0 && !g.pool()) {
    Expr y = p / tile * (tile / columns) + (p % tile) / columns;
    return {(p % tile) % columns, surplus ? min(y, rows - 1) : y};
  }
  Expr pixel = surplus ? min(p, plan.pixels() - 1) : p;
  return {pixel % columns, pixel / columns};
}

void defineConvolutions(const MlpconvPlan &plan, MlpconvAlgorithm &a, Arguments &arguments) {
  const MlpconvGeometry &g = plan.geometry;
  const Window &window = g.layers[0].window;
  int channels = toInt(g.channels);
  auto [x, y] = placeOfPixel(plan, a.p);
  for (std::size_t i = 0; i < plan.layers(); ++i) {
    std::string n = std::to_string(i);
    int panel = plan.panel(i);
    std::int64_t reduction = g.reduction(i), padded = plan.paddedMaps(i);
    MlpconvConvolution conv;
    conv.weights = arguments.weights(
        2 * i, {{0, panel, 1}, {0, reduction, panel}, {0, padded / panel, panel * reduction}});
    conv.bias = arguments.weights(2 * i + 1, {{0, padded, 1}});
    conv.sum = Func("sum" + n);
    conv.map = Func("map" + n);
    Expr value, step;
    if (i == 0) {
      // Without dilation the columns of a window row are neighbours, and their channels one stretch.
      bool dense = window.dilation[1] == 1;
      int stretch = toInt(dense ? window.kernel[1] * g.channels : g.channels);
      int stretches = toInt(dense ? 1 : window.kernel[1]);
      conv.window = RDom(0, stretch, 0, stretches, 0, toInt(window.kernel[0]), "r" + n);
      step = conv.window.x + conv.window.y * stretch + conv.window.z * (stretch * stretches);
      value = a.padded(x * toInt(window.stride[1] * g.channels) + conv.window.x +
                           conv.window.y * toInt(window.dilation[1]) * channels,
                       y * toInt(window.stride[0]) + conv.window.z * toInt(window.dilation[0]));
    } else {
      conv.window = RDom(0, toInt(g.maps(i - 1)), 0, 1, 0, 1, "r" + n);
      step = conv.window.x;
      value = a.convolutions[i - 1].map(conv.window.x, a.p);
    }
    conv.sum(a.c, a.p) = conv.bias(a.c);
    conv.sum(a.c, a.p) += conv.weights(a.c % panel, step, a.c / panel) * value;
    conv.map(a.c, a.p) = activate(g.layers[i].activation, conv.sum(a.c, a.p));
    a.convolutions.push_back(conv);
  }
}

void definePool(const MlpconvPlan &plan, MlpconvAlgorithm &a) {
  Func last = a.convolutions.back().map;
  const MlpconvGeometry &g = plan.geometry;
  Shape maps{g.maps(plan.layers() - 1), g.rows, g.columns};
  int columns = toInt(g.columns);
  auto element = [&](const Expr &c, const Expr &row, const Expr &column) {
    return last(c, row * columns + column);
  };
  a.pool = definePooling(*g.pool(), maps, plan.spec.outputs[0].shape, {a.c, a.row, a.column}, element);
  a.output = a.pool.result;
}

void defineMean(const MlpconvPlan &plan, MlpconvAlgorithm &a) {
  a.everyPixel = RDom(0, plan.pixels(), "pixel");
  a.total = Func("total");
  a.mean = Func("mean");
  a.total(a.c) = 0.0f;
  a.total(a.c) += a.convolutions.back().map(a.c, a.everyPixel);
  a.mean(a.c) = a.total(a.c) * (1.0f / static_cast<float>(plan.pixels()));
  a.output = Func("result");
  if (!plan.geometry.gap()->softmax) {
    a.output(a.c) = a.mean(a.c);
    return;
  }
  RDom category(0, toInt(plan.geometry.maps(plan.layers() - 1)), "category");
  a.largest = Func("largest");
  a.exponential = Func("exponential");
  a.sum = Func("sum_of_exponentials");
  a.largest() = a.mean(0);
  a.largest() = max(a.largest(), a.mean(category));
  a.exponential(a.c) = exponential(a.mean(a.c) - a.largest());
  a.sum() = 0.0f;
  a.sum() += a.exponential(category);
  a.output(a.c) = a.exponential(a.c) / a.sum();
}

} // namespace

MlpconvAlgorithm defineMlpconv(const MlpconvPlan &plan, Arguments &arguments) {
  MlpconvAlgorithm a;
  definePaddedInput(plan, a, arguments);
  defineConvolutions(plan, a, arguments);
  if (plan.geometry.pool())
    definePool(plan, a);
  else if (plan.geometry.gap())
    defineMean(plan, a);
  else
    a.output = a.convolutions.back().map;
  return a;
}

} // namespace ninc
