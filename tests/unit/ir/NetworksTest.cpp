// The five networks of the Network In Network paper, built by calls. Parameters, multiply-accumulates and
// extents are those of the authors' definitions (cuda-convnet's cifar-10_def, Caffe's for ImageNet).
#include <gtest/gtest.h>

#include "ir/Graph.h"
#include "ir/ops/OpCost.h"
#include "ir/ops/Parameters.h"

namespace ninc {
namespace {

struct Stage {
  std::int64_t kernel, stride, pad;
  std::vector<std::int64_t> channels; // of the mlpconv's layers
};

// Stages with a 3/2 ceil max pool between any two, dropout after each pool, global average pool, softmax.
struct Network {
  Graph graph;
  std::vector<std::int64_t> extents; // of each mlpconv's maps
  std::int64_t parameters = 0, multiplies = 0;

  Value add(Op op, Value operand) {
    std::vector<TensorType> types{graph.type(operand)};
    parameters += parameterCount(op, types);
    multiplies += multiplyAccumulates(op, types);
    return graph.result(graph.append(std::move(op), {&operand, 1}).value());
  }
};

Network build(Shape image, const std::vector<Stage> &stages) {
  Network network;
  Value value =
      network.graph.result(network.graph.append(Input{{ElementType::f32, image, Layout::chw}}, {}).value());
  for (const Stage &stage : stages) {
    if (!network.extents.empty()) {
      value = network.add(MaxPool{{{3, 3}, {2, 2}, {1, 1}, {}}, PoolExtent::ceil}, value);
      value = network.add(Dropout{}, value);
    }
    Mlpconv mlpconv;
    for (std::int64_t channels : stage.channels) {
      ConvLayer layer;
      layer.outChannels = channels;
      layer.activation = Unary{UnaryKind::relu};
      mlpconv.layers.push_back(layer);
    }
    mlpconv.layers[0].window = {{stage.kernel, stage.kernel},
                                {stage.stride, stage.stride},
                                {1, 1},
                                {stage.pad, stage.pad, stage.pad, stage.pad}};
    value = network.add(mlpconv, value);
    network.extents.push_back(network.graph.type(value).shape[1]);
  }
  network.add(Softmax{}, network.add(GlobalAveragePool{}, value));
  return network;
}

using Extents = std::vector<std::int64_t>;

TEST(Networks, Cifar10) {
  Network network =
      build({3, 32, 32}, {{5, 1, 2, {192, 160, 96}}, {5, 1, 2, {192, 192, 192}}, {3, 1, 1, {192, 192, 10}}});
  EXPECT_EQ(network.parameters, 966986);
  EXPECT_NEAR(static_cast<double>(network.multiplies) / 1e6, 222.5, 0.05);
  EXPECT_EQ(network.extents, (Extents{32, 16, 8}));
}

TEST(Networks, Cifar100) {
  Network network =
      build({3, 32, 32}, {{5, 1, 2, {192, 160, 96}}, {5, 1, 2, {192, 192, 192}}, {3, 1, 1, {192, 192, 100}}});
  EXPECT_EQ(network.parameters, 984356);
  EXPECT_NEAR(static_cast<double>(network.multiplies) / 1e6, 223.6, 0.05);
}

TEST(Networks, Mnist) {
  Network network =
      build({1, 28, 28}, {{5, 1, 2, {96, 64, 48}}, {5, 1, 2, {128, 96, 48}}, {5, 1, 2, {128, 96, 10}}});
  EXPECT_EQ(network.parameters, 349674);
  EXPECT_NEAR(static_cast<double>(network.multiplies) / 1e6, 50.7, 0.05);
  EXPECT_EQ(network.extents, (Extents{28, 14, 7}));
}

TEST(Networks, Svhn) {
  Network network =
      build({3, 32, 32}, {{5, 1, 2, {128, 96, 64}}, {5, 1, 2, {320, 256, 128}}, {5, 1, 2, {384, 256, 10}}});
  EXPECT_EQ(network.parameters, 1986026);
  EXPECT_NEAR(static_cast<double>(network.multiplies) / 1e6, 274.2, 0.05);
}

TEST(Networks, ImageNet) {
  Network network = build({3, 224, 224}, {{11, 4, 0, {96, 96, 96}},
                                          {5, 1, 2, {256, 256, 256}},
                                          {3, 1, 1, {384, 384, 384}},
                                          {3, 1, 1, {1024, 1024, 1000}}});
  EXPECT_EQ(network.parameters, 7595176);
  EXPECT_NEAR(static_cast<double>(network.multiplies) / 1e6, 1100, 0.5);
  EXPECT_EQ(network.extents, (Extents{54, 27, 13, 6}));
}

} // namespace
} // namespace ninc
