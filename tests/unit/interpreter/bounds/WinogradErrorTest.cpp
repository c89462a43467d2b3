// The bounds of Winograd convolutions hold for kernels that are right and don't for kernels that are wrong,
// both simulated (WinogradKernel.h). What was measured on many more cases is in docs/numerics.md.
#include <algorithm>
#include <cmath>
#include <functional>

#include "ir/interpreter/bounds/ErrorBound.h"
#include "tests/unit/interpreter/EvaluateOp.h"
#include "tests/unit/interpreter/bounds/WinogradKernel.h"

namespace ninc {
namespace {

using testing::convolveByWinograd;
using testing::TileTransforms;
using testing::transformsOf;

struct Case {
  ConvLayer layer;
  Tensor x;
};

// What a case's numbers are like. Weight and pixel are drawn from a standard normal distribution first.
struct Numbers {
  const char *name;
  std::function<float(float drawn, std::int64_t channel)> weight;
  std::function<float(float drawn, std::int64_t channel, std::int64_t row, std::int64_t column)> pixel;
};

struct Geometry {
  std::int64_t kernel, stride, pad;
  int tile;
  std::int64_t channels, outputs;
};

Window windowOf(const Geometry &geometry) {
  const std::int64_t pad = geometry.pad;
  return {.kernel = {geometry.kernel, geometry.kernel},
          .stride = {geometry.stride, geometry.stride},
          .pad = {pad, pad, pad, pad}};
}

Case caseOf(const Geometry &geometry, const Numbers &numbers, std::mt19937 &random) {
  const std::int64_t outChannels = 4, kernel = geometry.kernel,
                     extent = (geometry.outputs - 1) * geometry.stride + kernel - 2 * geometry.pad;
  std::normal_distribution<float> normal;
  Tensor weight{{outChannels, geometry.channels, kernel, kernel}, {}};
  const float scale = std::sqrt(2 / static_cast<float>(geometry.channels * kernel * kernel));
  for (std::int64_t i = 0; i < elementCount(weight.shape); ++i)
    weight.data.push_back(scale * numbers.weight(normal(random), i / (kernel * kernel) % geometry.channels));
  Tensor x{{geometry.channels, extent, extent + 1}, {}};
  for (std::int64_t c = 0; c < x.shape[0]; ++c)
    for (std::int64_t i = 0; i < x.shape[1]; ++i)
      for (std::int64_t j = 0; j < x.shape[2]; ++j)
        x.data.push_back(numbers.pixel(normal(random), c, i, j));
  ConvLayer layer;
  layer.outChannels = outChannels;
  layer.window = windowOf(geometry);
  layer.weight = parameter(weight.shape, weight.data);
  layer.bias = parameter({outChannels}, {0, 0.1f, -0.3f, 1});
  return {std::move(layer), std::move(x)};
}

const auto drawnWeight = [](float drawn, std::int64_t) { return drawn; };
const auto equalWeight = [](float, std::int64_t) { return 0.7f; };
const auto drawnPixel = [](float drawn, std::int64_t, std::int64_t, std::int64_t) { return drawn; };
const auto positivePixel = [](float drawn, std::int64_t, std::int64_t, std::int64_t) {
  return std::max(drawn, 0.0f); // as behind a ReLU
};

const std::vector<Numbers> numbersOfAllKinds{
    {"normal", drawnWeight, drawnPixel},
    {"behind a ReLU", drawnWeight, positivePixel},
    {"far from zero", drawnWeight,
     [](float drawn, std::int64_t, std::int64_t, std::int64_t) { return 100 + drawn; }},
    {"all positive", [](float drawn, std::int64_t) { return std::abs(drawn); }, positivePixel},
    {"sparse", [](float drawn, std::int64_t) { return drawn < 1 ? 0 : drawn; },
     [](float drawn, std::int64_t, std::int64_t, std::int64_t) { return drawn < 1 ? 0 : drawn; }},
    {"channels of different scale",
     [](float drawn, std::int64_t channel) { return std::ldexp(drawn, static_cast<int>(channel % 21) - 10); },
     drawnPixel},
    {"an edge", drawnWeight,
     [](float drawn, std::int64_t, std::int64_t, std::int64_t column) {
       return column > 4 ? 1000 + drawn : drawn;
     }},
    {"equal weights", equalWeight, drawnPixel},
    {"equal weights and pixels", equalWeight,
     [](float, std::int64_t, std::int64_t, std::int64_t) { return 0.3f; }},
    {"equal weights and channels", equalWeight,
     [](float, std::int64_t, std::int64_t row, std::int64_t column) {
       return static_cast<float>(std::sin(1.7 * static_cast<double>(row * row + 3 * column)));
     }},
};

double largestDifference(const Tensor &a, const Tensor &b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.data.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(a.data[i]) - b.data[i]));
  return largest;
}

Value add(Graph &graph, Op op, std::vector<Value> operands, std::string name) {
  Result<Node> node = graph.append(std::move(op), operands, {std::move(name)});
  EXPECT_TRUE(node.has_value()) << (node ? "" : node.error().message);
  return Value{node.value_or(Node{})};
}

// Of a graph of one convolution.
double boundOf(const ConvLayer &layer, const Tensor &x, const std::map<std::string, WinogradTile> &winograd) {
  Graph graph;
  Value input = add(graph, Input{{ElementType::f32, x.shape, Layout::chw}}, {}, "x");
  EXPECT_TRUE(graph.addOutput(add(graph, Conv2d{layer}, {input}, "y")));
  auto values = evaluateAll(graph, {{"x", x}});
  EXPECT_TRUE(values.has_value());
  return values ? errorBounds(graph, *values, winograd).at("y") : 0;
}

// By how much the bound exceeds the error of a simulated kernel, which has the given transforms and weights.
double ratioToError(const Case &example, WinogradTile tile, const TileTransforms &transforms,
                    const ConvLayer &kernel, std::mt19937 &random) {
  const Tensor computed = convolveByWinograd(kernel, transforms, example.x, random);
  const double error = largestDifference(computed, evaluateOne(Conv2d{example.layer}, {example.x}));
  return boundOf(example.layer, example.x, {{"y", tile}}) / std::max(error, 0x1p-149);
}

double ratioToError(const Case &example, WinogradTile tile, std::mt19937 &random) {
  return ratioToError(example, tile, transformsOf(example.layer, tile), example.layer, random);
}

TEST(WinogradError, BoundHoldsForAllKindsOfNumbers) {
  std::mt19937 random(1);
  for (const Geometry &geometry : {
           Geometry{3, 1, 1, 2, 1, 7}, Geometry{3, 1, 1, 3, 5, 7}, Geometry{3, 1, 1, 4, 40, 9},
           Geometry{3, 1, 0, 5, 24, 6}, Geometry{3, 1, 1, 6, 16, 13}, Geometry{5, 1, 2, 2, 24, 7},
           Geometry{5, 1, 2, 3, 3, 9}, Geometry{5, 1, 2, 4, 40, 8}, Geometry{7, 1, 3, 2, 16, 5},
           Geometry{5, 1, 2, 6, 16, 12}, Geometry{11, 4, 0, 4, 3, 9}, Geometry{3, 2, 1, 4, 12, 7},
           Geometry{3, 1, 1, 4, 24, 1}, // a tiny map: most of the tile is padding
       })
    for (const Numbers &numbers : numbersOfAllKinds)
      EXPECT_GT(ratioToError(caseOf(geometry, numbers, random), {geometry.tile, geometry.tile}, random), 1)
          << numbers.name << ", " << geometry.kernel << "x" << geometry.kernel << " stride "
          << geometry.stride << ", F(" << geometry.tile << "), " << geometry.channels << " channels";
}

TEST(WinogradError, BoundHoldsForLongSumsOfEqualTerms) {
  // Partial sums of equal terms round the same way: the hardest case, within a factor of 3 of the bound.
  std::mt19937 random(1);
  for (int tile : {2, 4, 6})
    for (const Numbers &numbers : numbersOfAllKinds) {
      if (!std::string(numbers.name).starts_with("equal")) continue;
      EXPECT_GT(ratioToError(caseOf({3, 1, 1, tile, 384, 6}, numbers, random), {tile, tile}, random), 1)
          << numbers.name << " F(" << tile << ")";
    }
}

TEST(WinogradError, BoundHoldsForTilesThatAreNotSquare) {
  std::mt19937 random(1);
  const Case example = caseOf({3, 1, 1, 0, 24, 9}, numbersOfAllKinds[0], random);
  for (WinogradTile tile : {WinogradTile{2, 4}, WinogradTile{6, 1}, WinogradTile{1, 3}, WinogradTile{1, 1}})
    EXPECT_GT(ratioToError(example, tile, random), 1) << tile.rows << "x" << tile.columns;
}

TEST(WinogradError, BoundIsNotFarAboveTheError) {
  std::mt19937 random(1);
  for (int tile : {2, 3, 4, 5, 6}) {
    const Case example = caseOf({3, 1, 1, tile, 64, 12}, numbersOfAllKinds[1], random);
    const double ratio = ratioToError(example, {tile, tile}, random);
    EXPECT_GT(ratio, 3) << tile;
    EXPECT_LT(ratio, 50) << tile;
  }
}

TEST(WinogradError, BoundFailsAKernelThatReadsZeroForOneWeight) {
  std::mt19937 random(1);
  for (int tile : {2, 4, 6}) {
    const Case example = caseOf({3, 1, 1, tile, 96, 8}, numbersOfAllKinds[1], random);
    Tensor weight = *example.layer.weight;
    *std::ranges::max_element(weight.data) = 0;
    ConvLayer defective = example.layer;
    defective.weight = parameter(weight.shape, weight.data);
    EXPECT_LT(ratioToError(example, {tile, tile}, transformsOf(defective, {tile, tile}), defective, random),
              0.01)
        << tile;
  }
}

TEST(WinogradError, BoundFailsAKernelWithOneSignWrong) {
  std::mt19937 random(1);
  const WinogradTile tile{4, 4};
  const Case example = caseOf({3, 1, 1, 4, 16, 8}, numbersOfAllKinds[1], random);
  for (Matrix WinogradTransform::*matrix :
       {&WinogradTransform::input, &WinogradTransform::filter, &WinogradTransform::output}) {
    const Matrix correct = transformsOf(example.layer, tile).rows.*matrix;
    for (std::size_t i = 0; i < correct.size(); ++i)
      for (std::size_t j = 0; j < correct[i].size(); ++j) {
        if (correct[i][j] == 0) continue;
        TileTransforms defective = transformsOf(example.layer, tile);
        (defective.rows.*matrix)[i][j] *= -1;
        EXPECT_LT(ratioToError(example, tile, defective, example.layer, random), 1e-4) << i << ", " << j;
      }
  }
}

TEST(WinogradError, IgnoresATileThatTheConvolutionHasNot) {
  std::mt19937 random(1);
  Case example = caseOf({3, 1, 1, 4, 6, 9}, numbersOfAllKinds[0], random);
  const double plain = boundOf(example.layer, example.x, {});
  EXPECT_NE(boundOf(example.layer, example.x, {{"y", {4, 4}}}), plain);
  EXPECT_EQ(boundOf(example.layer, example.x, {{"x", {4, 4}}, {"z", {4, 4}}}), plain);
  for (WinogradTile none : {WinogradTile{0, 4}, WinogradTile{4, -1}, WinogradTile{4, 9}})
    EXPECT_EQ(boundOf(example.layer, example.x, {{"y", none}}), plain);
  example.layer.window.dilation = {2, 1};
  EXPECT_EQ(boundOf(example.layer, example.x, {{"y", {4, 4}}}), boundOf(example.layer, example.x, {}));
}

TEST(WinogradError, IsThatOfAnMlpconvsFirstLayerAndGoesOnFromThere) {
  std::mt19937 random(1);
  const Case example = caseOf({3, 1, 1, 6, 48, 12}, numbersOfAllKinds[1], random);
  ConvLayer first = example.layer, second;
  first.activation = Unary{UnaryKind::relu};
  second.outChannels = 2;
  second.hasBias = false;
  second.weight = parameter({2, 4, 1, 1}, {0.5f, -0.25f, 1, 0.75f, -0.3f, 0.2f, 0.6f, -1});
  Graph fused("fused"), apart("apart");
  for (Graph *graph : {&fused, &apart}) {
    Value x = add(*graph, Input{{ElementType::f32, example.x.shape, Layout::chw}}, {}, "x");
    if (graph == &apart) x = add(*graph, Conv2d{first}, {x}, "first");
    Value y = graph == &fused ? add(*graph, Mlpconv{{first, second}, NoEpilogue{}}, {x}, "y")
                              : add(*graph, Conv2d{second}, {x}, "y");
    EXPECT_TRUE(graph->addOutput(y));
  }
  auto values = evaluateAll(apart, {{"x", example.x}});
  ASSERT_TRUE(values.has_value());
  const double bound = errorBounds(apart, *values, {{"first", {6, 6}}}).at("y");
  EXPECT_GT(bound, 2 * errorBounds(apart, *values).at("y"));
  EXPECT_EQ(errorBounds(fused, *values, {{"y", {6, 6}}}).at("y"), bound);

  const Tensor maps = convolveByWinograd(first, transformsOf(first, {6, 6}), example.x, random);
  const double error = largestDifference(evaluateOne(Conv2d{second}, {maps}), values->at("y"));
  EXPECT_LT(error, bound);
}

} // namespace
} // namespace ninc
