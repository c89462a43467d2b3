// Names as exporters write them, and what a person would keep of them.
#include "driver/import/ForeignNames.h"

#include <gtest/gtest.h>

namespace ninc {
namespace {

TEST(LayerNamed, OfPyTorchsWeights) {
  EXPECT_EQ(layerNamed("features.0.weight"), "features.0");
  EXPECT_EQ(layerNamed("layer1.0.bn1.running_mean"), "layer1.0.bn1");
  EXPECT_EQ(layerNamed("onnx::Conv_497"), "");
}
TEST(LayerNamed, OfCaffe2sWeights) {
  EXPECT_EQ(layerNamed("fire2/squeeze1x1_w_0"), "fire2/squeeze1x1");
  EXPECT_EQ(layerNamed("gpu_0/res2_0_branch2a_bn_s_0"), "gpu_0/res2_0_branch2a_bn");
  EXPECT_EQ(layerNamed("OC2_DUMMY_1"), "");
}
TEST(LayerNamed, OfKerasAndTensorFlowsWeights) {
  EXPECT_EQ(layerNamed("conv2d_8/kernel:0"), "conv2d_8");
  EXPECT_EQ(layerNamed("p_re_lu_7_initializer_22"), "p_re_lu_7");
  EXPECT_EQ(layerNamed("model/conv2d_1/Conv2D_weights_fused_bn"), "model/conv2d_1");
  EXPECT_EQ(
      layerNamed("model/conv2d/StatefulPartitionedCall/StatefulPartitionedCall/Conv2D/ReadVariableOp:0"),
      "model/conv2d");
}
TEST(LayerNamed, OfPaddlesWeights) {
  EXPECT_EQ(layerNamed("conv2d_0.w_0"), "conv2d_0");
  EXPECT_EQ(layerNamed("conv12_depthwise_bn_scale"), "conv12_depthwise_bn");
}
TEST(LayerNamed, IsNothingWhereTheNameIsNothingButAWord) {
  EXPECT_EQ(layerNamed("weight"), "");
  EXPECT_EQ(layerNamed(""), "");
  EXPECT_EQ(layerNamed("_w"), "");
  EXPECT_EQ(layerNamed(":0"), "");
}

TEST(ValueNamed, KeepsWhatAPersonNamed) {
  EXPECT_EQ(valueNamed("/features/features.3/MaxPool_output_0"), "features.3");
  EXPECT_EQ(valueNamed("/layer1/layer1.0/relu_1/Relu_output_0"), "layer1.0/relu_1");
  EXPECT_EQ(valueNamed("model/max_pooling2d_4/MaxPool:0"), "model/max_pooling2d_4");
  EXPECT_EQ(valueNamed("Convolution28_Output_0"), "Convolution28");
  EXPECT_EQ(valueNamed("pool1"), "pool1");
  EXPECT_EQ(valueNamed("fc1000"), "fc1000");
}
TEST(ValueNamed, DropsWhatExportersMakeUp) {
  for (const char *name :
       {"387", "r12", "onnx::Relu_8", "input.4", "x.7", "/Add_1_output_0", "p2o.Add.281",
        "p2o.pd_op.add.12.0", "conv2d_63.tmp_1", "relu_7.tmp_0", "convolution_output3", "biased_tensor_name2",
        "push_transpose_out_17", "p_re_lu_7/add:0_pooling0", "", "::", ":0"})
    EXPECT_EQ(valueNamed(name), "") << name;
}

TEST(CommonPath, EndsWhereAComponentDoes) {
  EXPECT_EQ(commonPath(std::vector<std::string>{"fire2/expand1x1", "fire2/expand3x3"}), "fire2");
  EXPECT_EQ(commonPath(std::vector<std::string>{"res2_0_branch2c", "res2_0_branch1"}), "res2_0");
  EXPECT_EQ(commonPath(std::vector<std::string>{"conv1", "conv2"}), "");
  EXPECT_EQ(commonPath({}), "");
}
TEST(ParentPath, IsAllButTheLastComponent) {
  EXPECT_EQ(parentPath("res2_1_branch2c"), "res2_1");
  EXPECT_EQ(parentPath("conv5"), "");
}

TEST(SharedScope, IsDroppedOnlyWhereNamesAreLeft) {
  EXPECT_EQ(sharedScope(std::vector<std::string>{"gpu_0/conv1", "gpu_0/pred"}), 6u);
  EXPECT_EQ(sharedScope(std::vector<std::string>{"a/b/conv1", "a/b/c/pred"}), 4u);
  EXPECT_EQ(sharedScope(std::vector<std::string>{"features.0", "features.3"}), 0u);
  EXPECT_EQ(sharedScope(std::vector<std::string>{"model/conv1", "conv2"}), 0u);
  EXPECT_EQ(sharedScope(std::vector<std::string>{"model/conv1"}), 0u);
}

} // namespace
} // namespace ninc
