// From what an application gives to what the graph computes with, by hand.
#include "tests/unit/interpreter/EvaluateOp.h"

namespace ninc {
namespace {

Tensor preprocessed(const TensorType &type, const Tensor &given) {
  Result<Tensor> numbers = preprocess(type, given);
  EXPECT_TRUE(numbers.has_value()) << (numbers ? "" : numbers.error().message);
  return numbers.value_or(Tensor{});
}

// A row of two pixels: red 10, green 20, blue 30, and red 40, green 50, blue 60.
const Tensor pixels{{1, 2, 3}, {10, 20, 30, 40, 50, 60}};

TEST(Preprocess, DealsPixelsOutToChannels) {
  expectTensor(preprocessed({ElementType::u8, {3, 1, 2}, Layout::hwc}, pixels), {3, 1, 2},
               {10, 40, 20, 50, 30, 60});
}

TEST(Preprocess, NumbersOfChannelsAreTheModels) {
  const TensorType bgr{
      ElementType::u8, {3, 1, 2}, Layout::hwc, {.mean = {1, 2, 3}, .scale = {2}, .reversed = true}};
  expectTensor(preprocessed(bgr, pixels), {3, 1, 2}, {58, 118, 36, 96, 14, 74});
}

TEST(Preprocess, TurnsPlanesRoundToo) {
  const TensorType planes{
      ElementType::f32, {3, 1, 2}, Layout::chw, {.mean = {}, .scale = {}, .reversed = true}};
  expectTensor(preprocessed(planes, {{3, 1, 2}, {1, 2, 3, 4, 5, 6}}), {3, 1, 2}, {5, 6, 3, 4, 1, 2});
}

TEST(Preprocess, OfTheUnitIntervalComesFirst) {
  const TensorType torch{
      ElementType::u8, {2}, Layout::chw, {.unit = true, .mean = {0.5f}, .scale = {0.25f}, .divides = true}};
  expectTensor(preprocessed(torch, {{2}, {0, 255}}), {2}, {-2, 2});
}

TEST(Preprocess, BytesAreWholeNumbersFrom0To255) {
  for (const float number : {-1.0f, 256.0f, 0.5f})
    EXPECT_FALSE(preprocess({ElementType::u8, {1}}, {{1}, {number}})) << number;
}

// Of maps that stand for pixels of mean 128 the padding is 0 and not the mean's opposite.
TEST(Preprocess, PaddingIsZeroBehindIt) {
  Graph graph;
  const Node image = *graph.append(
      Input{{ElementType::u8, {1, 1, 1}, Layout::hwc, {.mean = {128}, .scale = {}}}}, {}, {"image"});
  const Node sums =
      *graph.append(AveragePool{{{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}}, PoolExtent::floor, true},
                    std::vector<Value>{graph.result(image)}, {"sums"});
  ASSERT_TRUE(graph.addOutput(graph.result(sums)));
  expectTensor(evaluateOutputs(graph, {{"image", Tensor{{1, 1, 1}, {137}}}}).value().at(0), {1, 1, 1}, {1});
}

} // namespace
} // namespace ninc
