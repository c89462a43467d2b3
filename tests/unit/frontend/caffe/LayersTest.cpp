// What layers compute, by hand.
#include <cmath>
#include <gmock/gmock.h>

#include "CaffeNet.h"

namespace ninc::caffe_testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pointwise;

using Numbers = std::vector<float>;

auto near(const Numbers &numbers) {
  return Pointwise(::testing::FloatNear(1e-5f), numbers);
}

// ---- convolutions and dense layers

TEST(CaffeConvolution, SlidesWithStrideAndPad) {
  CaffeNet file(
      net({1, 1, 2, 2},
          layer("Convolution", "convolution_param { num_output: 1 kernel_size: 2 pad: 1 stride: 2 }")));
  file.blob("y", {1, 1, 2, 2}, {1, 2, 3, 4}).blob("y", {1}, {0.5f});
  // Windows at -1 and 1, each with one element of the map in a corner.
  EXPECT_THAT(evaluate(import(file), {10, 20, 30, 40}), ElementsAre(40.5f, 60.5f, 60.5f, 40.5f));
}

TEST(CaffeConvolution, TakesRowsAndColumnsApart) {
  CaffeNet file(net({1, 1, 1, 3},
                    layer("Convolution", "convolution_param { num_output: 1 kernel_h: 1 kernel_w: 2 "
                                         "pad_h: 0 pad_w: 1 stride_h: 1 stride_w: 2 bias_term: false }")));
  file.blob("y", {1, 1, 1, 2}, {1, 10});
  EXPECT_THAT(evaluate(import(file), {1, 2, 3}), ElementsAre(10, 32));
  CaffeNet listed(net({1, 1, 1, 3},
                      layer("Convolution", "convolution_param { num_output: 1 kernel_size: 1 kernel_size: 2 "
                                           "pad: 0 pad: 1 stride: 1 stride: 2 bias_term: false }")));
  listed.trained = file.trained;
  EXPECT_THAT(evaluate(import(listed), {1, 2, 3}), ElementsAre(10, 32));
}

TEST(CaffeConvolution, HasGroupsAndDilation) {
  CaffeNet file(net({1, 2, 1, 3},
                    layer("Convolution", "convolution_param { num_output: 2 group: 2 kernel_h: 1 kernel_w: 2 "
                                         "dilation: 2 bias_term: false }")));
  file.blob("y", {2, 1, 1, 2}, {1, 2, 3, 4});
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4, 5, 6}), ElementsAre(1 + 2 * 3, 3 * 4 + 4 * 6));
}

TEST(CaffeConvolution, IsOneForSeveralBottoms) {
  CaffeNet file(
      net({1, 2, 1, 1},
          "layer { name: \"s\" type: \"Slice\" bottom: \"x\" top: \"a\" top: \"b\" }"
          "layer { name: \"c\" type: \"Convolution\" bottom: \"a\" bottom: \"b\" top: \"p\" top: \"q\""
          " convolution_param { num_output: 1 kernel_size: 1 } }"));
  file.blob("c", {1, 1, 1, 1}, {3}).blob("c", {1}, {1});
  EXPECT_THAT(evaluateAll(import(file), {1, 2}), ElementsAre(ElementsAre(4), ElementsAre(7)));
}

TEST(CaffeDeconvolution, AddsWhatEachElementReaches) {
  CaffeNet file(
      net({1, 1, 1, 2}, layer("Deconvolution", "convolution_param { num_output: 1 kernel_h: 1 kernel_w: 3 "
                                               "stride: 2 }")));
  file.blob("y", {1, 1, 1, 3}, {1, 2, 3}).blob("y", {1}, {0.5f});
  // 10 * [1 2 3] at 0 and 20 * [1 2 3] at 2.
  EXPECT_THAT(evaluate(import(file), {10, 20}), ElementsAre(10.5f, 20.5f, 50.5f, 40.5f, 60.5f));
  EXPECT_TRUE(import(file.text, "", {.weights = WeightLoading::skip}).model);
}

TEST(CaffeDeconvolution, EnlargesEachMapByItself) { // bilinear, by 2
  CaffeNet file(
      net({1, 2, 1, 2}, layer("Deconvolution", "convolution_param { num_output: 2 group: 2 kernel_size: 4 "
                                               "stride: 2 pad: 1 bias_term: false }")));
  std::vector<float> kernel;
  for (int map = 0; map < 2; ++map)
    for (const float row : {0.25f, 0.75f, 0.75f, 0.25f})
      for (const float column : {0.25f, 0.75f, 0.75f, 0.25f})
        kernel.push_back(row * column);
  file.blob("y", {2, 1, 4, 4}, kernel);
  EXPECT_THAT(evaluate(import(file), {4, 8, 0, 16}),
              near({0.75f * 3, 0.75f * 5, 0.75f * 7, 0.75f * 6, 0.75f * 3, 0.75f * 5, 0.75f * 7, 0.75f * 6, 0,
                    0.75f * 4, 0.75f * 12, 0.75f * 12, 0, 0.75f * 4, 0.75f * 12, 0.75f * 12}));
}

TEST(CaffeInnerProduct, TakesMapsAsTheyAre) {
  CaffeNet file(net({1, 2, 1, 2}, layer("InnerProduct", "inner_product_param { num_output: 2 }")));
  file.blob("y", {1, 1, 2, 4}, {1, 0, 0, 0, 0, 1, 1, 1})
      .blob("y", {1, 1, 1, 2}, {0, 100}); // four extents, as until 2015
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4}), ElementsAre(1, 109));
}

TEST(CaffeInnerProduct, TakesRowsAndATransposedMatrix) {
  CaffeNet file(
      net({1, 2, 2}, layer("InnerProduct", "inner_product_param { num_output: 1 axis: 2 transpose: true }")));
  file.blob("y", {2, 1}, {1, 10}).blob("y", {1}, {0.5f});
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4}), ElementsAre(21.5f, 43.5f));
  CaffeNet other(
      net({1, 3},
          layer("InnerProduct", "inner_product_param { num_output: 2 transpose: true bias_term: false }")));
  other.blob("y", {3, 2}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(evaluate(import(other), {1, 10, 100}), ElementsAre(531, 642));
}

// ---- pools

TEST(CaffePooling, RoundsUp) {
  // Windows at 0 and 2 of four columns; the second is clipped.
  EXPECT_THAT(evaluateLayer({1, 1, 1, 4},
                            layer("Pooling", "pooling_param { kernel_h: 1 kernel_w: 3 stride: 2 }"),
                            {1, 5, 2, 3}),
              ElementsAre(5, 3));
  EXPECT_THAT(
      evaluateLayer({1, 1, 1, 4},
                    layer("Pooling", "pooling_param { kernel_h: 1 kernel_w: 3 stride: 2 round_mode: FLOOR }"),
                    {1, 5, 2, 3}),
      ElementsAre(5));
}

TEST(CaffePooling, LeavesOutAWindowThatBeginsInThePadding) {
  // ceil((3 + 2 - 2) / 2) + 1 = 3 windows; the third would begin at 4 = 3 + 1.
  EXPECT_THAT(evaluateLayer({1, 1, 3, 3},
                            layer("Pooling", "pooling_param { kernel_size: 2 stride: 2 pad: 1 }"),
                            {1, 2, 3, 4, 5, 6, 7, 8, 9}),
              ElementsAre(1, 3, 7, 9));
}

TEST(CaffePooling, CountsThePaddingInAnAverageUpToTheMapsEnd) {
  EXPECT_THAT(evaluateLayer({1, 1, 2, 2},
                            layer("Pooling", "pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }"),
                            {1, 2, 3, 4}),
              near({10.0f / 9, 1, 7.0f / 6, 1}));
  // Behind the map without padding nothing counts.
  EXPECT_THAT(evaluateLayer({1, 1, 1, 4},
                            layer("Pooling", "pooling_param { pool: AVE kernel_h: 1 kernel_w: 3 stride: 2 }"),
                            {1, 5, 3, 4}),
              near({3, 3.5f}));
}

TEST(CaffePooling, IsGlobal) {
  EXPECT_THAT(evaluateLayer({1, 2, 1, 2},
                            layer("Pooling", "pooling_param { pool: AVE global_pooling: true }"),
                            {1, 2, 3, 5}),
              ElementsAre(1.5f, 4));
  EXPECT_THAT(
      evaluateLayer({1, 2, 1, 2}, layer("Pooling", "pooling_param { global_pooling: true }"), {1, 2, 3, 5}),
      ElementsAre(2, 5));
}

TEST(CaffePooling, RefusesWhatItCannot) {
  const auto said = [](const std::string &fields) {
    return import(net({1, 1, 4, 4}, layer("Pooling", fields)), "").said;
  };
  EXPECT_THAT(said("pooling_param { pool: STOCHASTIC kernel_size: 2 }"), HasSubstr("STOCHASTIC"));
  EXPECT_THAT(said("pooling_param { kernel_size: 1 stride: 3 }"), ::testing::Not(HasSubstr("error")));
  EXPECT_THAT(said("pooling_param { kernel_size: 1 stride: 5 }"),
              HasSubstr("its last window of 1x1 would begin at 5"));
  EXPECT_THAT(said("pooling_param { kernel_size: 2 pad: 2 }"),
              HasSubstr("its pad is as large as its window"));
  EXPECT_THAT(said("pooling_param { kernel_size: 2 kernel_h: 2 kernel_w: 2 }"),
              HasSubstr("both 'kernel' and"));
  EXPECT_THAT(said("pooling_param { stride: 2 }"), HasSubstr("doesn't say its kernel_size"));
  EXPECT_THAT(said("pooling_param { global_pooling: true kernel_size: 2 }"),
              HasSubstr("it is global and says"));
}

// ---- elements

TEST(CaffeElements, AreFunctionsOfOne) {
  const auto of = [](const std::string &type, const std::string &fields, const Numbers &x) {
    return evaluateLayer({1, static_cast<std::int64_t>(x.size())}, layer(type, fields), x);
  };
  EXPECT_THAT(of("ReLU", "", {-2, 3}), ElementsAre(0, 3));
  EXPECT_THAT(of("ReLU", "relu_param { negative_slope: 0.5 }", {-2, 3}), ElementsAre(-1, 3));
  EXPECT_THAT(of("ELU", "elu_param { alpha: 2 }", {-1, 3}), near({2 * std::expm1(-1.0f), 3}));
  EXPECT_THAT(of("ReLU6", "", {-1, 3, 7}), ElementsAre(0, 3, 6));
  EXPECT_THAT(of("Clip", "clip_param { min: -1 max: 2 }", {-3, 1, 3}), ElementsAre(-1, 1, 2));
  EXPECT_THAT(of("Sigmoid", "", {0, 1}), near({0.5f, 0.73105858f}));
  EXPECT_THAT(of("TanH", "", {0, 1}), near({0, 0.76159416f}));
  EXPECT_THAT(of("AbsVal", "", {-2, 3}), ElementsAre(2, 3));
  EXPECT_THAT(of("BNLL", "", {0}), near({std::log(2.0f)}));
  EXPECT_THAT(of("Swish", "swish_param { beta: 2 }", {1}), near({0.88079708f}));
  EXPECT_THAT(of("Dropout", "dropout_param { dropout_ratio: 0.3 }", {-2, 3}), ElementsAre(-2, 3));
  EXPECT_THAT(of("Dropout", "dropout_param { dropout_ratio: 0.25 scale_train: false }", {-2, 4}),
              ElementsAre(-1.5f, 3));
}

TEST(CaffeElements, ArePowersAndLogarithms) {
  const auto of = [](const std::string &type, const std::string &fields, const Numbers &x) {
    return evaluateLayer({1, static_cast<std::int64_t>(x.size())}, layer(type, fields), x);
  };
  EXPECT_THAT(of("Power", "", {-2, 3}), ElementsAre(-2, 3));
  EXPECT_THAT(of("Power", "power_param { scale: 2 shift: 1 }", {-2, 3}), ElementsAre(-3, 7));
  EXPECT_THAT(of("Power", "power_param { power: 3 scale: 2 shift: 1 }", {-2, 3}), ElementsAre(-27, 343));
  EXPECT_THAT(of("Power", "power_param { power: 1.5 }", {4}), near({8}));
  EXPECT_THAT(of("Power", "power_param { power: 0.3 }", {2}), near({std::pow(2.0f, 0.3f)}));
  EXPECT_THAT(of("Power", "power_param { power: -2 }", {2}), near({0.25f}));
  EXPECT_THAT(of("Power", "power_param { power: 0 }", {-2, 3}), ElementsAre(1, 1));
  EXPECT_THAT(of("Exp", "", {1}), near({2.7182817f}));
  EXPECT_THAT(of("Exp", "exp_param { base: 2 scale: 3 shift: 1 }", {1}), near({16}));
  EXPECT_THAT(of("Log", "", {2}), near({0.6931472f}));
  EXPECT_THAT(of("Log", "log_param { base: 2 scale: 3 shift: 2 }", {10}), near({5}));
}

TEST(CaffeElements, HaveASlopeAChannel) {
  EXPECT_THAT(evaluateLayer({1, 2, 1, 2}, layer("PReLU"), {-1, 1, -2, 2}, {{0.5f, 0.25f}}),
              ElementsAre(-0.5f, 1, -0.5f, 2));
  EXPECT_THAT(evaluateLayer({1, 2}, layer("PReLU"), {-1, -2}, {{0.5f, 0.25f}}), ElementsAre(-0.5f, -0.5f));
  EXPECT_THAT(
      evaluateLayer({1, 2, 1, 1}, layer("PReLU", "prelu_param { channel_shared: true }"), {-1, -2}, {{0.5f}}),
      ElementsAre(-0.5f, -1));
}

// ---- two operands

std::string twice(const std::string &type, const std::string &fields) { // of x and 2x
  return "layer { name: \"d\" type: \"Power\" bottom: \"x\" top: \"d\" power_param { scale: 2 } }"
         "layer { name: \"y\" type: \"" +
         type + "\" bottom: \"x\" bottom: \"d\" top: \"y\" " + fields + " }";
}

TEST(CaffeEltwise, SumsMultipliesAndTakesTheLargest) {
  EXPECT_THAT(evaluateLayer({1, 2}, twice("Eltwise", ""), {1, -2}), ElementsAre(3, -6));
  EXPECT_THAT(
      evaluateLayer({1, 2}, twice("Eltwise", "eltwise_param { operation: SUM coeff: 1 coeff: -1 }"), {1, -2}),
      ElementsAre(-1, 2));
  EXPECT_THAT(evaluateLayer({1, 2}, twice("Eltwise", "eltwise_param { coeff: 3 coeff: 0.5 }"), {1, -2}),
              ElementsAre(4, -8));
  EXPECT_THAT(evaluateLayer({1, 2}, twice("Eltwise", "eltwise_param { operation: PROD }"), {1, -2}),
              ElementsAre(2, 8));
  EXPECT_THAT(evaluateLayer({1, 2}, twice("Eltwise", "eltwise_param { operation: MAX }"), {1, -2}),
              ElementsAre(2, -2));
  EXPECT_THAT(import(net({1, 2}, twice("Eltwise", "eltwise_param { coeff: 3 }")), "").said,
              HasSubstr("1 coeff for 2 bottoms"));
}

TEST(CaffeScale, StretchesANumberAChannel) {
  EXPECT_THAT(evaluateLayer({1, 2, 1, 2}, layer("Scale"), {1, 2, 3, 4}, {{10, 100}}),
              ElementsAre(10, 20, 300, 400));
  EXPECT_THAT(evaluateLayer({1, 2, 1, 2}, layer("Scale", "scale_param { bias_term: true }"), {1, 2, 3, 4},
                            {{10, 100}, {1, 2}}),
              ElementsAre(11, 21, 302, 402));
  EXPECT_THAT(evaluateLayer({1, 2, 1, 2}, layer("Bias"), {1, 2, 3, 4}, {{10, 100}}),
              ElementsAre(11, 12, 103, 104));
}

TEST(CaffeScale, StretchesAlongOtherAxes) {
  EXPECT_THAT(evaluateLayer({1, 2, 1, 2}, layer("Scale", "scale_param { axis: -1 bias_term: true }"),
                            {1, 2, 3, 4}, {{10, 100}, {1, 2}}),
              ElementsAre(11, 202, 31, 402));
  CaffeNet all(net({1, 2, 1, 2}, layer("Scale", "scale_param { axis: 1 num_axes: -1 }")));
  all.blob("y", {2, 1, 2}, {1, 2, 3, 4});
  EXPECT_THAT(evaluate(import(all), {1, 2, 3, 4}), ElementsAre(1, 4, 9, 16));
  EXPECT_THAT(evaluateLayer({1, 2, 1, 2}, layer("Scale", "scale_param { num_axes: 0 }"), {1, 2, 3, 4}, {{3}}),
              ElementsAre(3, 6, 9, 12));
}

TEST(CaffeScale, StretchesItsSecondBottom) { // squeeze and excite
  EXPECT_THAT(evaluateLayer({1, 2, 1, 2},
                            "layer { name: \"p\" type: \"Pooling\" bottom: \"x\" top: \"p\" pooling_param { "
                            "pool: AVE global_pooling: true } }"
                            "layer { name: \"f\" type: \"Flatten\" bottom: \"p\" top: \"f\" }"
                            "layer { name: \"y\" type: \"Scale\" bottom: \"x\" bottom: \"f\" top: \"y\" "
                            "scale_param { axis: 0 } }",
                            {1, 3, 4, 6}),
              ElementsAre(2, 6, 20, 30));
}

// ---- normalisations

TEST(CaffeBatchNorm, DividesItsSumsByWhatTheyWeigh) {
  const std::string fields = "batch_norm_param { use_global_stats: true eps: 1 }";
  // Means 6 / 2 and 8 / 2, variances 6 / 2 and 16 / 2, to which 1 is added.
  EXPECT_THAT(evaluateLayer({1, 2, 1, 1}, layer("BatchNorm", fields), {5, 10}, {{6, 8}, {6, 16}, {2}}),
              near({1, 2}));
  EXPECT_THAT(evaluateLayer({1, 2, 1, 1}, layer("BatchNorm", fields), {5, 10}, {{6, 8}, {6, 16}, {0}}),
              near({5, 10}));
}

TEST(CaffeBatchNorm, IsOneWithTheScaleBehindIt) {
  CaffeNet file(
      net({1, 2, 1, 1},
          "layer { name: \"n\" type: \"BatchNorm\" bottom: \"x\" top: \"n\" batch_norm_param { eps: 1 } }"
          "layer { name: \"y\" type: \"Scale\" bottom: \"n\" top: \"y\" scale_param { bias_term: true } }"));
  file.blob("n", {2}, {3, 4})
      .blob("n", {2}, {3, 8})
      .blob("n", {1}, {1})
      .blob("y", {2}, {2, 3})
      .blob("y", {2}, {10, 20});
  const Imported imported = import(file);
  EXPECT_THAT(evaluate(imported, {5, 10}), near({12, 26}));
  EXPECT_EQ(imported.model->graph.nodeCount(), 2u); // and the input
  // Unless somebody else reads what is between.
  const Imported both = import(file, {.outputs = {"n", "y"}});
  EXPECT_THAT(evaluateAll(both, {5, 10}), ElementsAre(near({1, 2}), near({12, 26})));
}

TEST(CaffeBatchNorm, RefusesToNormaliseByTheBatch) {
  EXPECT_THAT(
      import(net({1, 2}, layer("BatchNorm", "batch_norm_param { use_global_stats: false }")), "").said,
      HasSubstr("use_global_stats is false"));
}

TEST(CaffeLrn, WorksAcrossChannelsAndWithinOne) {
  const auto acrossOf = [](double x, double squares) {
    return static_cast<float>(x / std::pow(2 + 0.3 / 3 * squares, 0.5));
  };
  EXPECT_THAT(evaluateLayer({1, 3, 1, 1},
                            layer("LRN", "lrn_param { local_size: 3 alpha: 0.3 beta: 0.5 k: 2 }"), {1, 2, 3}),
              near({acrossOf(1, 5), acrossOf(2, 14), acrossOf(3, 13)}));
  // Windows of 3x3 around each pixel, in the padding of which nothing stands, but which counts.
  const auto withinOf = [](double x, double squares) {
    return static_cast<float>(x * std::pow(1 + 0.5 * squares / 9, -0.75));
  };
  EXPECT_THAT(
      evaluateLayer({1, 1, 1, 3},
                    layer("LRN", "lrn_param { local_size: 3 alpha: 0.5 norm_region: WITHIN_CHANNEL }"),
                    {1, 2, 3}),
      near({withinOf(1, 5), withinOf(2, 14), withinOf(3, 13)}));
}

TEST(CaffeSoftmax, TakesAnyAxisButTheBatch) {
  const float low = 1 / (1 + std::exp(1.0f)), high = 1 - low;
  EXPECT_THAT(evaluateLayer({1, 2}, layer("Softmax"), {0, 1}), near({low, high}));
  EXPECT_THAT(evaluateLayer({1, 2, 1, 2}, layer("Softmax"), {0, 1, 1, 0}), near({low, high, high, low}));
  EXPECT_THAT(evaluateLayer({1, 2, 2}, layer("Softmax", "softmax_param { axis: 2 }"), {0, 1, 1, 0}),
              near({low, high, high, low}));
  EXPECT_THAT(evaluateLayer({1, 2, 2, 1}, layer("Softmax", "softmax_param { axis: -2 }"), {0, 1, 5, 6}),
              near({low, high, low, high}));
}

TEST(CaffeMvn, SubtractsMeansAndDividesByDeviations) {
  EXPECT_THAT(evaluateLayer({1, 2, 1, 2}, layer("MVN"), {1, 3, 10, 30}), near({-1, 1, -1, 1}));
  EXPECT_THAT(
      evaluateLayer({1, 2, 1, 2}, layer("MVN", "mvn_param { normalize_variance: false }"), {1, 3, 10, 30}),
      near({-1, 1, -10, 10}));
  EXPECT_THAT(evaluateLayer({1, 2, 1, 1}, layer("MVN", "mvn_param { across_channels: true eps: 1 }"), {1, 3}),
              near({-0.5f, 0.5f}));
}

TEST(CaffeNormalize, DividesByLengths) {
  EXPECT_THAT(evaluateLayer({1, 2, 1, 2},
                            layer("Normalize", "norm_param { across_spatial: false channel_shared: false }"),
                            {3, 6, 4, 8}, {{1, 10}}),
              near({0.6f, 0.6f, 8, 8}));
  EXPECT_THAT(evaluateLayer({1, 2, 1, 2}, layer("Normalize"), {1, 1, 1, 1}, {{2}}), near({1, 1, 1, 1}));
}

// ---- shapes

TEST(CaffeShapes, JoinAndCut) {
  EXPECT_THAT(evaluateLayer({1, 1, 1, 2}, twice("Concat", "concat_param { axis: -1 }"), {1, 2}),
              ElementsAre(1, 2, 2, 4));
  EXPECT_THAT(evaluateLayer({1, 1, 2, 1}, twice("Concat", "concat_param { concat_dim: 3 }"), {1, 2}),
              ElementsAre(1, 2, 2, 4));
  const auto cut = [](const std::string &fields) {
    return evaluateAll(
        import(net({1, 3, 2},
                   "layer { name: \"y\" type: \"Slice\" bottom: \"x\" top: \"a\" top: \"b\" " + fields + "}"),
               ""),
        {1, 2, 3, 4, 5, 6});
  };
  EXPECT_THAT(cut("slice_param { slice_point: 1 }"), ElementsAre(ElementsAre(1, 2), ElementsAre(3, 4, 5, 6)));
  EXPECT_THAT(cut("slice_param { axis: 2 }"), ElementsAre(ElementsAre(1, 3, 5), ElementsAre(2, 4, 6)));
}

TEST(CaffeShapes, KeepElementsUnderOtherExtents) {
  const auto shapeOf = [](const std::vector<std::int64_t> &dims, const std::string &text) {
    const Imported imported = import(net(dims, text), "");
    EXPECT_TRUE(imported.model) << imported.said;
    return imported.model ? imported.model->graph.type(imported.model->graph.outputs()[0]).shape : Shape{};
  };
  EXPECT_THAT(shapeOf({2, 3, 4, 5}, layer("Flatten")), ElementsAre(60));
  EXPECT_THAT(shapeOf({2, 3, 4, 5}, layer("Flatten", "flatten_param { axis: 1 end_axis: -2 }")),
              ElementsAre(12, 5));
  EXPECT_THAT(shapeOf({2, 3, 4, 5}, layer("Reshape", "reshape_param { shape { dim: 0 dim: -1 dim: 10 } }")),
              ElementsAre(6, 10));
  EXPECT_THAT(shapeOf({2, 3, 4, 5},
                      layer("Reshape", "reshape_param { shape { dim: 2 dim: -1 } axis: 1 num_axes: 2 }")),
              ElementsAre(2, 6, 5));
  EXPECT_THAT(shapeOf({2, 3, 4}, layer("Reshape", "reshape_param { shape { dim: 1 } axis: -1 num_axes: 0 }")),
              ElementsAre(3, 4, 1));
  EXPECT_THAT(import(net({2, 3}, layer("Reshape", "reshape_param { shape { dim: 0 dim: 4 } }")), "").said,
              HasSubstr("it makes [2, 4] of [2, 3]"));
}

TEST(CaffeShapes, PutElementsInAnotherOrder) {
  EXPECT_THAT(evaluateLayer({1, 2, 1, 2},
                            layer("Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }"),
                            {1, 2, 3, 4}),
              ElementsAre(1, 3, 2, 4));
  EXPECT_THAT(import(net({1, 2}, layer("Permute", "permute_param { order: 1 order: 1 }")), "").said,
              HasSubstr("names an axis twice"));
}

TEST(CaffeShapes, AreCutToAnothers) {
  EXPECT_THAT(evaluateLayer({1, 1, 2, 3},
                            "layer { name: \"p\" type: \"Pooling\" bottom: \"x\" top: \"p\" pooling_param { "
                            "kernel_h: 1 kernel_w: 2 } }"
                            "layer { name: \"y\" type: \"Crop\" bottom: \"x\" bottom: \"p\" top: \"y\" "
                            "crop_param { axis: 3 offset: 1 } }",
                            {1, 2, 3, 4, 5, 6}),
              ElementsAre(2, 3, 5, 6));
}

} // namespace
} // namespace ninc::caffe_testing
