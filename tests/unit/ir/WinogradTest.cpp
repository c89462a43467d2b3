// The transforms against the correlation that they stand for, and phases against the strided convolution.
#include "ir/Winograd.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <random>

#include "ir/interpreter/Interpreter.h"

namespace ninc {
namespace {

using testing::ElementsAre;

std::vector<double> multiply(const Matrix &matrix, const std::vector<double> &vector) {
  std::vector<double> result;
  for (const std::vector<double> &row : matrix) {
    double sum = 0;
    for (std::size_t i = 0; i < row.size(); ++i)
      sum += row[i] * vector[i];
    result.push_back(sum);
  }
  return result;
}

std::vector<double> filtered(const WinogradTransform &transform, const std::vector<double> &filter,
                             const std::vector<double> &input) {
  std::vector<double> products = multiply(transform.filter, filter);
  const std::vector<double> frequencies = multiply(transform.input, input);
  for (std::size_t k = 0; k < products.size(); ++k)
    products[k] *= frequencies[k];
  return multiply(transform.output, products);
}

// Every F(m, r) there is.
std::vector<WinogradTransform> allTransforms() {
  std::vector<WinogradTransform> transforms;
  for (int taps = 1; taps <= mostWinogradFrequencies; ++taps)
    for (int outputs = 1; outputs + taps - 1 <= mostWinogradFrequencies; ++outputs)
      transforms.push_back(winogradTransform(outputs, taps));
  return transforms;
}

TEST(Winograd, TransformsGiveTheCorrelation) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> number(-1, 1);
  for (const WinogradTransform &transform : allTransforms()) {
    std::vector<double> filter(static_cast<std::size_t>(transform.taps)),
        input(static_cast<std::size_t>(transform.frequencies()));
    for (double &v : filter)
      v = number(random);
    for (double &v : input)
      v = number(random);
    const std::vector<double> outputs = filtered(transform, filter, input);
    ASSERT_EQ(outputs.size(), static_cast<std::size_t>(transform.outputs));
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      double expected = 0;
      for (std::size_t j = 0; j < filter.size(); ++j)
        expected += filter[j] * input[i + j];
      EXPECT_NEAR(outputs[i], expected, 1e-10)
          << "F(" << transform.outputs << ", " << transform.taps << ") output " << i;
    }
  }
}

TEST(Winograd, TransformsHaveAFrequencyForEachInput) {
  for (const WinogradTransform &transform : allTransforms()) {
    const auto frequencies = static_cast<std::size_t>(transform.frequencies());
    EXPECT_EQ(transform.input.size(), frequencies);
    EXPECT_EQ(transform.filter.size(), frequencies);
    EXPECT_EQ(transform.output.size(), static_cast<std::size_t>(transform.outputs));
    for (const std::vector<double> &row : transform.input)
      EXPECT_EQ(row.size(), frequencies);
    for (const std::vector<double> &row : transform.filter)
      EXPECT_EQ(row.size(), static_cast<std::size_t>(transform.taps));
    for (const std::vector<double> &row : transform.output)
      EXPECT_EQ(row.size(), frequencies);
  }
}

TEST(Winograd, OfTwoOutputsAndThreeTapsIsThePublishedOne) {
  // Lavin and Gray 2016, section 4.1, up to the signs of rows of B^T and G: points 0, 1, -1, infinity.
  const WinogradTransform transform = winogradTransform(2, 3);
  EXPECT_THAT(transform.input, ElementsAre(ElementsAre(-1, 0, 1, 0), ElementsAre(0, 1, 1, 0),
                                           ElementsAre(0, -1, 1, 0), ElementsAre(0, -1, 0, 1)));
  EXPECT_THAT(transform.filter, ElementsAre(ElementsAre(-1, 0, 0), ElementsAre(0.5, 0.5, 0.5),
                                            ElementsAre(0.5, -0.5, 0.5), ElementsAre(0, 0, 1)));
  EXPECT_THAT(transform.output, ElementsAre(ElementsAre(1, 1, 1, 0), ElementsAre(0, 1, -1, 1)));
}

TEST(Winograd, OfOneTapOrOneOutputTransformsNothing) {
  const WinogradTransform oneTap = winogradTransform(2, 1);
  const Matrix identity{{1, 0}, {0, 1}};
  EXPECT_EQ(oneTap.input, identity);
  EXPECT_EQ(oneTap.filter, (Matrix{{1}, {1}}));
  EXPECT_EQ(oneTap.output, identity);
  const WinogradTransform oneOutput = winogradTransform(1, 2);
  EXPECT_EQ(oneOutput.input, identity);
  EXPECT_EQ(oneOutput.filter, identity);
  EXPECT_EQ(oneOutput.output, (Matrix{{1, 1}}));
}

TEST(Winograd, EntriesOfInputAndOutputAreExactInSinglePrecision) {
  for (const WinogradTransform &transform : allTransforms())
    for (const Matrix *matrix : {&transform.input, &transform.output})
      for (const std::vector<double> &row : *matrix)
        for (double entry : row)
          EXPECT_EQ(entry, static_cast<double>(static_cast<float>(entry)));
}

TEST(Winograd, PairsOfPointsShareWhatTheyDoToOutputs) {
  // Columns of p and -p: equal in even rows, opposite in odd ones.
  const Matrix output = winogradTransform(4, 3).output; // 0, +-p, +-q, infinity
  for (std::size_t k : {1, 3})
    for (std::size_t i = 0; i < output.size(); ++i) {
      EXPECT_GT(output[i][k], 0);
      EXPECT_EQ(output[i][k + 1], i % 2 == 0 ? output[i][k] : -output[i][k]);
    }
}

Tensor randomTensor(Shape shape, std::mt19937 &random) {
  std::uniform_real_distribution<float> number(-1, 1);
  Tensor tensor{std::move(shape), {}};
  tensor.data.resize(static_cast<std::size_t>(elementCount(tensor.shape)));
  for (float &v : tensor.data)
    v = number(random);
  return tensor;
}

ConvLayer layerOf(const Window &window, Tensor weight) {
  ConvLayer layer;
  layer.outChannels = weight.shape[0];
  layer.window = window;
  layer.hasBias = false;
  layer.weight = std::make_shared<const Tensor>(std::move(weight));
  return layer;
}

Tensor convolved(const ConvLayer &layer, const Tensor &x) {
  Result<std::vector<Tensor>> results = evaluate(Conv2d{layer}, std::vector{x});
  EXPECT_TRUE(results.has_value()) << (results ? "" : results.error().message);
  return results ? results->front() : Tensor{};
}

// The convolution of the phases is the strided convolution of the map, and reads every row and column.
void expectPhasesKeepTheConvolution(const Window &window, std::int64_t rows, std::int64_t columns) {
  std::mt19937 random(1);
  const Tensor x = randomTensor({3, rows, columns}, random);
  const ConvLayer strided = layerOf(window, randomTensor({2, 3, window.kernel[0], window.kernel[1]}, random));
  const Tensor expected = convolved(strided, x);

  const Window phase = phaseWindow(window);
  const Tensor pixels = phases(window, x);
  EXPECT_EQ(phase.stride, (std::array<std::int64_t, 2>{1, 1}));
  EXPECT_EQ(phase.pad, Padding{});
  EXPECT_EQ(pixels.shape,
            (Shape{3 * window.stride[0] * window.stride[1], expected.shape[1] + phase.kernel[0] - 1,
                   expected.shape[2] + phase.kernel[1] - 1}));
  const Tensor actual = convolved(layerOf(phase, phaseWeights(strided)), pixels);
  ASSERT_EQ(actual.shape, expected.shape);
  for (std::size_t i = 0; i < expected.data.size(); ++i)
    ASSERT_NEAR(actual.data[i], expected.data[i], 1e-5) << i;
}

// docs/numerics.md has these.
TEST(WinogradGrowth, IsThatOfTheDocumentedTiles) {
  const auto squared = [](int outputs, int taps) {
    const double along = growth(winogradTransform(outputs, taps));
    return std::round(along * along);
  };
  EXPECT_EQ(squared(2, 3), 16);
  EXPECT_EQ(squared(3, 3), 106);
  EXPECT_EQ(squared(4, 3), 205);
  EXPECT_EQ(squared(5, 3), 1593);
  EXPECT_EQ(squared(6, 3), 1565);
  EXPECT_EQ(squared(2, 5), 205);
  EXPECT_EQ(squared(3, 5), 1593);
  EXPECT_EQ(squared(4, 5), 1565);
  EXPECT_EQ(growth(winogradTransform(1, 3)), 1) << "no transform";
  EXPECT_EQ(growth(winogradTransform(4, 1)), 1);
}

TEST(WinogradRange, IsThatOfF32ByGrowthAndWeights) {
  ConvLayer layer = layerOf({.kernel = {3, 3}, .pad = {}}, Tensor{{2, 1, 3, 3}, std::vector<float>(18)});
  const double largest = std::numeric_limits<float>::max();
  EXPECT_DOUBLE_EQ(winogradRange(layer, {2, 2}), largest / 16);
  Tensor weight = *layer.weight;
  weight.data[0] = -5, weight.data[8] = 1, weight.data[9] = 3;
  layer.weight = std::make_shared<const Tensor>(weight);
  EXPECT_DOUBLE_EQ(winogradRange(layer, {2, 2}), largest / 16 / 6);
}

TEST(Phases, OfAnAlexNetLikeWindowHaveThreeTaps) {
  const Window window{.kernel = {11, 11}, .stride = {4, 4}, .pad = {}};
  EXPECT_EQ(phaseWindow(window).kernel, (std::array<std::int64_t, 2>{3, 3}));
  expectPhasesKeepTheConvolution(window, 35, 35);
  expectPhasesKeepTheConvolution(window, 38, 33); // rows and columns that no window reads
}

TEST(Phases, KeepPaddingWhereItWas) {
  expectPhasesKeepTheConvolution(
      {.kernel = {3, 3}, .stride = {2, 2}, .pad = {.top = 0, .left = 1, .bottom = 1, .right = 0}}, 8, 9);
  expectPhasesKeepTheConvolution(
      {.kernel = {5, 5}, .stride = {2, 2}, .pad = {.top = 2, .left = 1, .bottom = 0, .right = 3}}, 7, 7);
}

TEST(Phases, OfRowsAndColumnsMayDiffer) {
  const Window window{.kernel = {3, 5}, .stride = {1, 3}, .pad = {1, 1, 1, 1}};
  EXPECT_EQ(phaseWindow(window).kernel, (std::array<std::int64_t, 2>{3, 2}));
  expectPhasesKeepTheConvolution(window, 6, 11);
  expectPhasesKeepTheConvolution({.kernel = {7, 2}, .stride = {3, 2}, .pad = {}}, 13, 8);
}

TEST(Phases, OfAStrideBeyondTheWindowLeavePixelsOut) {
  expectPhasesKeepTheConvolution({.kernel = {1, 2}, .stride = {3, 4}, .pad = {}}, 7, 10);
}

TEST(Phases, OfAWindowWithoutStrideAreThePaddedMap) {
  std::mt19937 random(1);
  const Tensor x = randomTensor({2, 4, 5}, random);
  EXPECT_EQ(phases({.kernel = {3, 3}, .pad = {}}, x), x);
  const ConvLayer layer = layerOf({.kernel = {3, 3}, .pad = {}}, randomTensor({2, 2, 3, 3}, random));
  EXPECT_EQ(phaseWeights(layer), *layer.weight);
  expectPhasesKeepTheConvolution({.kernel = {3, 3}, .pad = {1, 1, 1, 1}}, 6, 6);
}

} // namespace
} // namespace ninc
