// Layers beside those that most nets are made of, by hand: sums, places of the largest, pyramids, copies.
#include <gmock/gmock.h>

#include "CaffeNet.h"

namespace ninc::caffe_testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Numbers = std::vector<float>;

std::string saidOf(const std::vector<std::int64_t> &dims, const std::string &layer) {
  return import(net(dims, layer), "").said;
}

// The output's shape in the graph, which has no batch.
Shape shapeOf(const Imported &imported) {
  EXPECT_TRUE(imported.model) << imported.said;
  return imported.model ? imported.model->graph.type(imported.model->graph.outputs()[0]).shape : Shape{};
}

TEST(CaffeReduction, SumsWhatFollowsTheAxis) {
  const auto reduced = [](const std::string &fields) {
    return evaluateLayer({1, 2, 1, 3}, layer("Reduction", "reduction_param { " + fields + " }"),
                         {1, -2, 3, 4, 5, -6});
  };
  EXPECT_THAT(reduced("axis: 2"), ElementsAre(2, 3));
  EXPECT_THAT(reduced("axis: 1"), ElementsAre(5));
  EXPECT_THAT(reduced("axis: -2 operation: ASUM coeff: 2"), ElementsAre(12, 30));
  EXPECT_THAT(reduced("axis: 2 operation: SUMSQ"), ElementsAre(14, 77));
  EXPECT_THAT(reduced("axis: 2 operation: MEAN coeff: 3"), ElementsAre(2, 3));
  EXPECT_THAT(reduced("axis: 3 operation: MEAN"), ElementsAre(2.0f / 3, 1));
}

TEST(CaffeReduction, OfAllIsOneNumber) {
  const Imported imported = import(net({2, 2}, layer("Reduction")), "");
  EXPECT_THAT(imported.said, HasSubstr("the images of a batch meet at layer 'y' (Reduction)"));
  EXPECT_THAT(evaluate(imported, {1, 2, 3, 4}), ElementsAre(10));
  EXPECT_THAT(saidOf({2, 2}, layer("Reduction", "reduction_param { axis: 3 }")),
              HasSubstr("axis 3 is none of 2 dimensions"));
}

TEST(CaffeArgMax, SaysWhereTheLargestIs) {
  EXPECT_THAT(evaluateLayer({1, 2, 1, 2}, layer("ArgMax"), {1, 3, 2, 0}), ElementsAre(1));
  EXPECT_THAT(evaluateLayer({1, 4}, layer("ArgMax"), {3, 1, 3, 0}), ElementsAre(2))
      << "of equal ones the last";
  EXPECT_THAT(evaluateLayer({1, 2, 1, 2}, layer("ArgMax", "argmax_param { axis: 1 }"), {1, 3, 2, 0}),
              ElementsAre(1, 0));
  const Imported imported = import(net({3, 2, 4, 4}, layer("ArgMax")), "", {.batch = 5});
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_EQ(imported.model->batch, 5);
  EXPECT_EQ(shapeOf(imported), (Shape{1, 1, 1})); // as Caffe's [5, 1, 1, 1]
  EXPECT_EQ(shapeOf(import(net({3, 2}, layer("ArgMax")), "")), (Shape{1, 1}));
}

TEST(CaffeArgMax, SaysTheLargestThemselves) {
  EXPECT_THAT(evaluateLayer({1, 2, 1, 3}, layer("ArgMax", "argmax_param { out_max_val: true axis: 1 }"),
                            {1, 3, -2, 2, 0, -1}),
              ElementsAre(2, 3, -1));
  EXPECT_THAT(saidOf({1, 4}, layer("ArgMax", "argmax_param { out_max_val: true }")),
              HasSubstr("its out_max_val puts numbers behind places"));
  EXPECT_THAT(saidOf({1, 4}, layer("ArgMax", "argmax_param { top_k: 5 }")),
              HasSubstr("its top_k is 5; 1 is supported"));
}

TEST(CaffeSpp, PoolsIntoMoreAndMoreBins) {
  const Numbers maps{1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_THAT(evaluateLayer({1, 1, 3, 3}, layer("SPP", "spp_param { pyramid_height: 1 }"), maps),
              ElementsAre(9));
  // Bins of 2x2 that begin in a padding of 1.
  EXPECT_THAT(evaluateLayer({1, 1, 3, 3}, layer("SPP", "spp_param { pyramid_height: 2 }"), maps),
              ElementsAre(9, 1, 3, 7, 9));
  EXPECT_THAT(evaluateLayer({1, 1, 2, 4}, layer("SPP", "spp_param { pyramid_height: 2 pool: AVE }"),
                            {1, 2, 3, 4, 5, 6, 7, 8}),
              ElementsAre(4.5f, 1.5f, 3.5f, 5.5f, 7.5f));
  EXPECT_EQ(shapeOf(import(net({2, 3, 8, 8}, layer("SPP", "spp_param { pyramid_height: 3 }")), "")),
            (Shape{3 * (1 + 4 + 16)}));
  EXPECT_THAT(saidOf({1, 1, 3, 3}, layer("SPP", "spp_param { pyramid_height: 3 }")),
              HasSubstr("its level 2 has more bins than"));
  EXPECT_THAT(saidOf({1, 1, 3, 3}, layer("SPP", "spp_param { pyramid_height: 40 }")),
              HasSubstr("its pyramid_height is 40; 1 to 15 are supported"));
}

TEST(CaffeTile, PutsCopiesBehindOneAnother) {
  EXPECT_THAT(evaluateLayer({1, 2, 2}, layer("Tile", "tile_param { tiles: 2 }"), {1, 2, 3, 4}),
              ElementsAre(1, 2, 3, 4, 1, 2, 3, 4));
  EXPECT_THAT(evaluateLayer({1, 2, 2}, layer("Tile", "tile_param { axis: -1 tiles: 2 }"), {1, 2, 3, 4}),
              ElementsAre(1, 2, 1, 2, 3, 4, 3, 4));
  EXPECT_THAT(
      evaluate(import(net({2, 2}, layer("Tile", "tile_param { axis: 0 tiles: 2 }")), ""), {1, 2, 3, 4}),
      ElementsAre(1, 2, 3, 4, 1, 2, 3, 4));
  EXPECT_THAT(saidOf({1, 2}, layer("Tile")), HasSubstr("its tiles are 0; 1 or more are supported"));
  EXPECT_THAT(saidOf({1, 2}, layer("Tile", "tile_param { tiles: 2147483647 }")), HasSubstr("it makes [1, "));
}

TEST(CaffeThreshold, Is1AboveIt) {
  EXPECT_THAT(evaluateLayer({1, 3}, layer("Threshold"), {-1, 0, 0.5f}), ElementsAre(0, 0, 1));
  EXPECT_THAT(evaluateLayer({1, 3}, layer("Threshold", "threshold_param { threshold: 2 }"), {1, 2, 3}),
              ElementsAre(0, 0, 1));
}

TEST(CaffeLayers, OfTheFormUntil2014HaveTheirFields) {
  const Imported imported =
      import("input: 'x' input_dim: 1 input_dim: 3 input_dim: 1 input_dim: 1 "
             "layers { name: 't' type: THRESHOLD bottom: 'x' top: 't' threshold_param { "
             "threshold: 2 } } "
             "layers { name: 'y' type: ARGMAX bottom: 't' top: 'y' argmax_param { top_k: 1 } }",
             "");
  EXPECT_THAT(evaluate(imported, {1, 3, 2}), ElementsAre(1));
}

// A batch that a layer has written down is that of the inputs.
TEST(CaffeReshape, HasTheBatchThatIsAskedFor) {
  const std::string text = net({1, 2, 3}, layer("Reshape", "reshape_param { shape { dim: 1 dim: -1 } }"));
  const Imported imported = import(text, "", {.batch = 4});
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_EQ(imported.model->batch, 4);
  EXPECT_EQ(shapeOf(imported), (Shape{6}));
  const std::string other = net({2, 6}, layer("Reshape", "reshape_param { shape { dim: 2 dim: 3 dim: 2 } }"));
  EXPECT_EQ(shapeOf(import(other, "", {.batch = 8})), (Shape{3, 2}));
  const std::string meeting = net({2, 6}, layer("Reshape", "reshape_param { shape { dim: 4 dim: -1 } }"));
  EXPECT_THAT(import(meeting, "", {.batch = 8}).said, HasSubstr("can't have a batch of 8"));
}

} // namespace
} // namespace ninc::caffe_testing
