// THE ALGORITHM of the mlpconv kernel: what is computed (Mlpconv.cpp says how the parts fit together).
#include "codegen/halide/cpu/mlpconv/MlpconvSizes.h"
#include "codegen/halide/shared/Activation.h"
#include "codegen/halide/shared/Elements.h"
#include "codegen/halide/shared/Mean.h"
#include "codegen/halide/shared/Operands.h"

namespace ninc {

using namespace Halide;

namespace {

// The input as the windows read it: with its border, and for Winograd dealt out to phases (ir/Winograd.h).
void definePaddedInput(const MlpconvPlan &plan, MlpconvAlgorithm &a, Arguments &arguments) {
  const MlpconvGeometry &g = plan.geometry;
  const Window &window = g.layers[0].window;
  a.padded = Func("padded");
  if (!plan.copiesInput) {
    std::int64_t row = g.width * g.channels;
    ImageParam input =
        arguments.operand(0, withImages({{0, row, 1}, {0, g.height, row}}, plan.spec.inputs[0], g.images));
    a.padded(a.along, a.y, a.n) = input(a.along, a.y, a.n);
    return;
  }
  Func input = readOperand(arguments, plan.spec, 0,
                           withImages(logicalView(plan.spec.inputs[0]), plan.spec.inputs[0], g.images));
  Func bordered = BoundaryConditions::constant_exterior(
      input, 0.0f, {{Expr(), Expr()}, {0, toInt(g.height)}, {0, toInt(g.width)}, {Expr(), Expr()}});
  const int channels = toInt(g.channels);
  const int phaseRows = plan.winograd ? toInt(window.stride[0]) : 1;
  const int phaseColumns = plan.winograd ? toInt(window.stride[1]) : 1;
  Expr column = a.along / (channels * phaseRows * phaseColumns);
  Expr phase = a.along / channels % (phaseRows * phaseColumns);
  Expr channel = a.along % channels;
  a.padded(a.along, a.y, a.n) =
      bordered(channel, a.y * phaseRows + phase / phaseColumns - toInt(window.pad.top),
               column * phaseColumns + phase % phaseColumns - toInt(window.pad.left), a.n);
}

struct Place {
  Expr column, row, image;
};

// Where pixel p of all images is. Where a tile divides the rows it never crosses the end of one, and saying
// so leaves one base address a tile instead of one a pixel.
Place placeOfPixel(const MlpconvPlan &plan, Expr p) {
  const MlpconvGeometry &g = plan.geometry;
  const int columns = toInt(g.columns), rows = toInt(g.rows), tile = plan.schedule.tilePixels[0];
  const int allRows = toInt(g.images * g.rows);
  auto place = [&](const Expr &column, const Expr &row) -> Place {
    if (g.images == 1) return {column, row, Expr(0)};
    return {column, row % rows, row / rows};
  };
  // Blocks of a pool epilogue start at a row; others at a multiple of every tile.
  const int computed = plan.isWhole(0) ? plan.wholePixels() : plan.blocks() * plan.block();
  const bool surplus = g.pool() || g.accumulatesMean() || computed != plan.allPixels();
  if (columns % tile == 0) {
    int tilesOfRow = columns / tile;
    Expr y = (p / tile) / tilesOfRow;
    return place((p / tile) % tilesOfRow * tile + p % tile, surplus ? min(y, allRows - 1) : y);
  }
  // Blocks of an image's mean start at a multiple of a tile only in the first image.
  if (tile % columns == 0 && !g.pool() && (g.images == 1 || !g.accumulatesMean())) {
    Expr y = p / tile * (tile / columns) + (p % tile) / columns;
    return place((p % tile) % columns, surplus ? min(y, allRows - 1) : y);
  }
  Expr pixel = surplus ? min(p, plan.allPixels() - 1) : p;
  return place(pixel % columns, pixel / columns);
}

// Convolution i from the padded input or the map before it, each sum over its whole window in one go.
MlpconvConvolution defineDirect(const MlpconvPlan &plan, MlpconvAlgorithm &a, std::size_t i,
                                Arguments &arguments) {
  const MlpconvGeometry &g = plan.geometry;
  const Window &window = g.layers[0].window;
  const std::string n = std::to_string(i);
  const int panel = plan.panel(i), channels = toInt(g.channels);
  const std::int64_t reduction = g.reduction(i), padded = plan.paddedMaps(i);
  MlpconvConvolution conv;
  conv.weights = arguments.weights(
      2 * i, {{0, panel, 1}, {0, reduction, panel}, {0, padded / panel, panel * reduction}});
  conv.bias = arguments.weights(2 * i + 1, {{0, padded, 1}});
  conv.sum = Func("sum" + n);
  conv.map = Func("map" + n);
  Expr value, step;
  if (i == 0) {
    // Without dilation the columns of a window row are neighbours, and their channels one stretch.
    const Place at = placeOfPixel(plan, a.p);
    bool dense = window.dilation[1] == 1;
    int stretch = toInt(dense ? window.kernel[1] * g.channels : g.channels);
    int stretches = toInt(dense ? 1 : window.kernel[1]);
    conv.window = RDom(0, stretch, 0, stretches, 0, toInt(window.kernel[0]), "r" + n);
    step = conv.window.x + conv.window.y * stretch + conv.window.z * (stretch * stretches);
    value = a.padded(at.column * toInt(window.stride[1] * g.channels) + conv.window.x +
                         conv.window.y * toInt(window.dilation[1]) * channels,
                     at.row * toInt(window.stride[0]) + conv.window.z * toInt(window.dilation[0]), at.image);
  } else {
    conv.window = RDom(0, toInt(g.maps(i - 1)), 0, 1, 0, 1, "r" + n);
    step = conv.window.x;
    value = a.convolutions[i - 1].map(conv.window.x, a.p);
  }
  conv.sum(a.c, a.p) = conv.bias(a.c);
  conv.sum(a.c, a.p) += conv.weights(a.c % panel, step, a.c / panel) * value;
  conv.map(a.c, a.p) = elementOfMap(plan, a, i, conv.sum(a.c, a.p), a.p);
  return conv;
}

// The operands that the chain reads lie as the maps do: pixels numbered through all images.
void defineChain(const MlpconvPlan &plan, MlpconvAlgorithm &a, Arguments &arguments) {
  const MlpconvGeometry &g = plan.geometry;
  std::vector<ImageParam> operands;
  for (const std::size_t index : g.epilogueOperands) {
    std::vector<Dimension> view = channelView(plan.spec.inputs[index]);
    view[1].extent = g.allPixels();
    operands.push_back(arguments.operand(index, std::move(view)));
  }
  const ElementFunction chain =
      chainFunction(g.pointwise()->chain, g.maps(plan.last()), 2 * plan.layers(), arguments);
  a.chain = [operands, chain, channel = a.c](const Expr &element, const Expr &pixel) {
    std::vector<Expr> elements{element};
    for (const ImageParam &operand : operands)
      elements.push_back(operand(channel, pixel));
    return chain(elements, channel);
  };
}

void defineConvolutions(const MlpconvPlan &plan, MlpconvAlgorithm &a, Arguments &arguments) {
  for (std::size_t i = 0; i < plan.layers(); ++i)
    a.convolutions.push_back(plan.isWinograd(i) ? defineWinograd(plan, a, arguments)
                                                : defineDirect(plan, a, i, arguments));
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
  a.output = Func("pooled");
  a.output(a.c, a.row, a.column) = a.pool.element;
}

void defineMean(const MlpconvPlan &plan, MlpconvAlgorithm &a) {
  a.everyPixel = RDom(0, plan.pixels(), "pixel");
  a.total = Func("total");
  a.mean = Func("mean");
  a.total(a.c, a.n) = 0.0f;
  a.total(a.c, a.n) +=
      termOfMean(a.convolutions.back().map(a.c, a.n * plan.pixels() + a.everyPixel), plan.pixels());
  a.mean(a.c, a.n) = meanOf(a.total(a.c, a.n), plan.pixels());
  a.output = Func("result");
  if (!plan.geometry.gap()->softmax) {
    a.output(a.c, a.n) = a.mean(a.c, a.n);
    return;
  }
  a.softmax = defineSoftmax(a.mean, a.c, {a.n}, toInt(plan.geometry.maps(plan.last())),
                            [](const Fold &fold) { return foldInOneLoop(fold).func; });
  a.output(a.c, a.n) = a.softmax.share;
}

} // namespace

Expr elementOfMap(const MlpconvPlan &plan, const MlpconvAlgorithm &a, std::size_t i, const Expr &sum,
                  const Expr &pixel) {
  const Expr element = activate(plan.geometry.layers[i].activation, sum);
  return i == plan.last() && a.chain ? a.chain(element, pixel) : element;
}

MlpconvAlgorithm defineMlpconv(const MlpconvPlan &plan, Arguments &arguments) {
  MlpconvAlgorithm a;
  definePaddedInput(plan, a, arguments);
  if (plan.geometry.pointwise()) defineChain(plan, a, arguments);
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
