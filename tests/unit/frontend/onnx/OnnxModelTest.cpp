#include "frontend/onnx/OnnxModel.h"

#include <gmock/gmock.h>

#include "OnnxFile.h"

namespace ninc::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// ---- the batch

TEST(OnnxBatch, IsTheFirstDimensionWhereImagesStayApart) {
  const Imported imported = import(fileOf("Relu", {0, 3, 4, 4}), {.batch = 5});
  ASSERT_TRUE(imported.model) << imported.said;
  const Graph &graph = imported.model->graph;
  EXPECT_EQ(imported.model->batch, 5);
  EXPECT_EQ(graph.type(graph.outputs()[0]).shape, (Shape{3, 4, 4}));
}

TEST(OnnxBatch, IsTheFilesOwnOr1) {
  EXPECT_EQ(import(fileOf("Relu", {7, 3})).model->batch, 7);
  EXPECT_EQ(import(fileOf("Relu", {0, 3})).model->batch, 1);
  EXPECT_EQ(import(fileOf("Relu", {7, 3}), {.batch = 2}).model->batch, 2);
}

TEST(OnnxBatch, IsNoneWhereImagesMeet) {
  OnnxFile file = fileOf("Softmax", {4, 3});
  set(nodeOf(file), "axis", std::int64_t{0});
  const Imported imported = import(file);
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_EQ(imported.model->batch, 1);
  EXPECT_EQ(imported.model->graph.type(imported.model->graph.outputs()[0]).shape, (Shape{4, 3}));
  EXPECT_THAT(imported.said,
              HasSubstr("there is no batch: the images of a batch meet at node 'y' (Softmax)"));
  EXPECT_THAT(import(file, {.batch = 2}).said,
              HasSubstr("the model can't have a batch of 2: the images of a batch meet"));
}

TEST(OnnxBatch, IsNoneWhereInputsDisagree) {
  OnnxFile file;
  file.input("a", {2, 3}).input("b", {1, 3}).output("y").node("Add", {"a", "b"}, {"y"});
  const Imported imported = import(file);
  EXPECT_THAT(imported.said, HasSubstr("its inputs have no common first dimension"));
  EXPECT_EQ(imported.model->batch, 1);
}

// Exporters write down the batch of their example where they mean any.
TEST(OnnxBatch, MayBeAnotherThanShapesWereWrittenFor) {
  OnnxFile file;
  file.input("x", {1, 2, 3}).output("y").weight("s", {1, 6}).weight("t", {1, -1, 2});
  file.node("Reshape", {"x", "s"}, {"r"});
  file.node("Reshape", {"r", "t"}, {"y"});
  const Imported imported = import(file, {.batch = 4});
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_EQ(imported.model->batch, 4);
  EXPECT_EQ(imported.model->graph.type(imported.model->graph.outputs()[0]).shape, (Shape{3, 2}));
  file.model.mutable_graph()
      ->mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(0)
      ->set_dim_param("N"); // any, so that the 1 means 1
  EXPECT_THAT(import(file, {.batch = 4}).said, HasSubstr("it makes [1, 6] of [4, 2, 3]"));
}

TEST(OnnxBatch, SurvivesShapesThatExportersCompute) {
  OnnxFile file;
  file.input("x", {0, 2, 3}).output("y").weight("first", {0}).weight("rest", {-1});
  file.node("Shape", {"x"}, {"s"});
  file.node("Gather", {"s", "first"}, {"n"});
  set(file.node("Concat", {"n", "rest"}, {"t"}), "axis", std::int64_t{0});
  file.node("Reshape", {"x", "t"}, {"y"});
  const Imported imported = import(file, {.batch = 4});
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_EQ(imported.model->batch, 4);
  EXPECT_EQ(imported.model->graph.type(imported.model->graph.outputs()[0]).shape, (Shape{6}));
}

// ---- inputs and outputs

TEST(OnnxInputs, ThatAreOpenAreAskedForWithTheOptionToType) {
  OnnxFile file = fileOf("Relu", {0, 3, 0, 0});
  EXPECT_THAT(import(file).said, AllOf(HasSubstr("input 'x' is [N, 3, N, N]: the file leaves extents open"),
                                       HasSubstr("--shape 'x=1x3x224x224'")));
  const Imported imported = import(file, {.shapes = {{"x", {2, 3, 8, 9}}}});
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_EQ(imported.model->batch, 2);
  EXPECT_THAT(import(file, {.shapes = {{"x", {2, 4, 8, 9}}}}).said,
              HasSubstr("--shape says [2, 4, 8, 9] of input 'x'"));
  EXPECT_THAT(import(file, {.shapes = {{"X", {1}}}}).said, HasSubstr("the model has no input 'X'; it has x"));
}

TEST(OnnxInputs, AreNotWeightsThatOldFilesListAmongThem) {
  OnnxFile file;
  file.input("x", {1, 3})
      .input("w", {3})
      .output("y")
      .weight("w", {3}, {1, 2, 3})
      .node("Add", {"x", "w"}, {"y"});
  EXPECT_THAT(evaluate(import(file), {1, 1, 1}), ElementsAre(2, 3, 4));
}

TEST(OnnxInputs, OfOtherFloatsAreF32) {
  for (const auto type :
       {onnx::TensorProto::DOUBLE, onnx::TensorProto::FLOAT16, onnx::TensorProto::BFLOAT16}) {
    OnnxFile file = fileOf("Relu", {1, 2});
    auto &input = *file.model.mutable_graph()->mutable_input(0);
    input.mutable_type()->mutable_tensor_type()->set_elem_type(type);
    const Imported imported = import(file);
    EXPECT_THAT(evaluate(imported, {-1, 2}), ElementsAre(0, 2));
    EXPECT_THAT(imported.said, HasSubstr("the model takes f32 for it, and computes in f32"));
  }
}

TEST(OnnxNames, BecomeIdentifiersAndAreKept) {
  OnnxFile file;
  file.input("data:0", {1, 3}).output("a/b:0").node("Relu", {"data:0"}, {"a/b:0"});
  const Imported imported = import(file);
  ASSERT_TRUE(imported.model) << imported.said;
  const Graph &graph = imported.model->graph;
  EXPECT_EQ(graph.name(graph.outputs()[0]), "a_b_0");
  EXPECT_EQ(graph.originalNames.at("data_0"), "data:0");
  EXPECT_EQ(graph.originalNames.at("a_b_0"), "a/b:0");
}

TEST(OnnxOutputs, CanBeOthersThanTheFiles) {
  OnnxFile file;
  file.input("x", {1, 3}).output("y");
  file.node("Relu", {"x"}, {"inner"});
  file.node("NonMaxSuppression", {"inner"}, {"y"});
  EXPECT_THAT(import(file).said,
              HasSubstr("node 'y' (NonMaxSuppression): error: the operator isn't supported"));
  EXPECT_THAT(evaluate(import(file, {.outputs = {"inner"}}), {-1, 0, 2}), ElementsAre(0, 0, 2));
  EXPECT_THAT(import(file, {.outputs = {"iner"}}).said, HasSubstr("did you mean 'inner'?"));
}

TEST(OnnxOutputs, CanBeInputsAndTwiceTheSame) {
  OnnxFile file;
  file.input("x", {1, 2}).output("a").output("b").node("Identity", {"x"}, {"a"});
  file.node("Identity", {"a"}, {"b"});
  EXPECT_THAT(evaluate(import(file), {1, 2}), ElementsAre(1, 2));
}

// Both names are of the file, where the graph needs two.
TEST(OnnxOutputs, ThatAreInputsKeepTheirName) {
  OnnxFile file;
  file.input("x", {1, 2}).input("a:0", {1, 2}).output("x").output("a:0").output("y");
  file.node("Relu", {"x"}, {"y"});
  const Imported imported = import(file);
  ASSERT_TRUE(imported.model) << imported.said;
  const Graph &graph = imported.model->graph;
  EXPECT_EQ(graph.originalNames.at(graph.name(graph.outputs()[0])), "x");
  EXPECT_EQ(graph.originalNames.at(graph.name(graph.outputs()[1])), "a:0");
  EXPECT_EQ(graph.originalNames.at("a_0"), "a:0");
  EXPECT_FALSE(graph.originalNames.contains("x"));
}

// ---- what is wrong

TEST(OnnxNames, AreOfOneThing) {
  OnnxFile file;
  file.input("x", {1, 2}).output("y").weight("w", {2}, {1, 2}).weight("w", {2}, {1, 2});
  file.node("Add", {"x", "w"}, {"y"});
  EXPECT_TRUE(import(file).model) << "exporters write what layers share twice";
  file.weight("w", {2}, {1, 3});
  EXPECT_THAT(import(file).said, HasSubstr("tensor 'w' is there twice, with different numbers"));
  file = OnnxFile();
  file.input("x", {1, 2}).output("y").weight("w", {2}, {1, 2});
  file.node("Relu", {"x"}, {"w"});
  file.node("Add", {"x", "w"}, {"y"});
  EXPECT_THAT(import(file).said,
              HasSubstr("node 'w' (Relu): error: an input or a tensor of the file is called 'w' already"));
}

TEST(OnnxDiagnostics, SayOfOperatorsWhatWouldWork) {
  const auto saidOf = [](const std::string &op, const std::string &domain) {
    OnnxFile file = fileOf(op, {1, 3});
    nodeOf(file).set_domain(domain);
    return import(file).said;
  };
  for (const char *op : {"QuantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "ConvInteger"})
    EXPECT_THAT(saidOf(op, ""), HasSubstr("the model is quantised; take the file from before that")) << op;
  EXPECT_THAT(saidOf("QLinearAdd", "com.microsoft"), HasSubstr("the model is quantised"));
  EXPECT_THAT(saidOf("FusedConv", "com.microsoft"), HasSubstr("take the file from before that"));
  for (const char *op : {"LSTM", "GRU", "RNN", "Loop", "Scan"})
    EXPECT_THAT(saidOf(op, ""), HasSubstr("models here are feed-forward")) << op;
}

TEST(OnnxDiagnostics, AreAllOfTheFile) {
  OnnxFile file;
  file.input("x", {1, 3}).output("y");
  file.node("NonZero", {"x"}, {"a"});
  file.node("LSTM", {"x"}, {"b"});
  file.node("Add", {"a", "b"}, {"y"});
  EXPECT_THAT(import(file).said, AllOf(HasSubstr("node 'a' (NonZero)"), HasSubstr("node 'b' (LSTM)")));
}

TEST(OnnxDiagnostics, NameAttributesThatNobodyKnows) {
  OnnxFile file = fileOf("Relu", {1, 3});
  set(nodeOf(file), "slope", 0.5f);
  EXPECT_THAT(import(file).said, HasSubstr("node 'y' (Relu): error: its attribute 'slope' isn't supported"));
  file = fileOf("LeakyRelu", {1, 3});
  set(nodeOf(file), "alhpa", 0.5f);
  EXPECT_THAT(import(file).said, HasSubstr("did you mean 'alpha'?"));
}

TEST(OnnxDiagnostics, NameAttributesOfAnotherType) {
  OnnxFile file = fileOf("LeakyRelu", {1, 3});
  set(nodeOf(file), "alpha", std::int64_t{1});
  EXPECT_THAT(import(file).said, HasSubstr("its attribute 'alpha' is of another type"));
}

TEST(OnnxDiagnostics, SayWhatWouldWork) {
  OnnxFile file;
  file.input("x", {1, 3}).output("y").weight("p", {0, 1, 0, 1});
  set(file.node("Pad", {"x", "p"}, {"y"}), "mode", std::string("symmetric"));
  EXPECT_THAT(import(file).said,
              HasSubstr("its mode is 'symmetric'; 'constant', 'edge', 'reflect' and 'wrap' are supported"));
}

// ---- meanings that changed with the opset

TEST(OnnxSoftmax, WasOverAllThatFollowsTheAxis) {
  // [1, 2, 1, 1]: over both until opset 12, over one element each from 13 on.
  EXPECT_THAT(evaluate(import(fileOf("Softmax", {1, 2, 1, 1}, 12)), {3, 3}), ElementsAre(0.5f, 0.5f));
  EXPECT_THAT(evaluate(import(fileOf("Softmax", {1, 2, 1, 1}, 13)), {3, 3}), ElementsAre(1, 1));
}

TEST(OnnxSoftmax, OfTheLastOfSeveralDimensions) {
  EXPECT_THAT(evaluate(import(fileOf("Softmax", {1, 2, 2})), {1, 1, 5, 5}),
              ElementsAre(0.5f, 0.5f, 0.5f, 0.5f));
}

TEST(OnnxAdd, OfOpset6PutsItsOperandAtAnAxis) {
  OnnxFile file(6);
  file.input("x", {1, 2, 1, 2}).output("y").weight("c", {2}, {10, 20});
  onnx::NodeProto &add = file.node("Add", {"x", "c"}, {"y"});
  set(add, "broadcast", std::int64_t{1});
  set(add, "axis", std::int64_t{1});
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4}), ElementsAre(11, 12, 23, 24));
}

TEST(OnnxClip, HasBoundsAsAttributesOrAsInputs) {
  OnnxFile old = fileOf("Clip", {1, 3}, 6);
  set(nodeOf(old), "min", -1.0f);
  EXPECT_THAT(evaluate(import(old), {-5, 0, 9}), ElementsAre(-1, 0, 9));
  OnnxFile file;
  file.input("x", {1, 3}).output("y").weight("high", {}, {2}).node("Clip", {"x", "", "high"}, {"y"});
  EXPECT_THAT(evaluate(import(file), {-5, 0, 9}), ElementsAre(-5, 0, 2));
}

TEST(OnnxPads, AreComputedForTheSameSize) {
  // 2x2 of stride 1 over 2x2: one row below and one column to the right.
  OnnxFile file = fileOf("MaxPool", {1, 1, 2, 2});
  set(nodeOf(file), "kernel_shape", std::vector<std::int64_t>{2, 2});
  set(nodeOf(file), "auto_pad", std::string("SAME_UPPER"));
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4}), ElementsAre(4, 4, 4, 4));
  set(nodeOf(file), "unknown", std::int64_t{1});
  nodeOf(file).mutable_attribute(1)->set_s("SAME_LOWER");
  nodeOf(file).mutable_attribute()->RemoveLast();
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4}), ElementsAre(1, 2, 3, 4));
}

TEST(OnnxConv, OfASignalIsOneOverASingleRow) {
  OnnxFile file;
  file.input("x", {1, 1, 4}).output("y").weight("w", {1, 1, 2}, {1, 10});
  set(file.node("Conv", {"x", "w"}, {"y"}), "dilations", std::vector<std::int64_t>{2});
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4}), ElementsAre(31, 42));
}

TEST(OnnxLayerNormalization, SaysItsMeansAndDeviations) {
  OnnxFile file;
  file.input("x", {1, 2, 2}).weight("s", {2}, {1, 1}).output("mean").output("inverse");
  set(file.node("LayerNormalization", {"x", "s"}, {"y", "mean", "inverse"}), "epsilon", 0.0f);
  EXPECT_THAT(evaluate(import(file), {1, 3, 2, 6}), ElementsAre(2, 4));
  file.model.mutable_graph()->mutable_output()->DeleteSubrange(0, 1);
  EXPECT_THAT(evaluate(import(file), {1, 3, 2, 6}), ElementsAre(1, 0.5f));
}

TEST(OnnxArgMax, IsAnOutput) {
  OnnxFile file = fileOf("ArgMax", {0, 2, 3});
  set(nodeOf(file), "axis", std::int64_t{-1});
  set(nodeOf(file), "keepdims", std::int64_t{0});
  const Imported imported = import(file, {.batch = 2});
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_EQ(imported.model->batch, 2);
  EXPECT_EQ(imported.model->graph.type(imported.model->graph.outputs()[0]),
            (TensorType{ElementType::i64, {2}, Layout::chw}));
  EXPECT_THAT(evaluate(imported, {1, 5, 5, 4, 3, 2}), ElementsAre(1, 0));
  set(nodeOf(file), "select_last_index", std::int64_t{1});
  EXPECT_THAT(evaluate(import(file), {1, 5, 5, 4, 3, 2}), ElementsAre(2, 0));
}

TEST(OnnxArgMin, IsThatOfTheNegatives) {
  OnnxFile file = fileOf("ArgMin", {1, 3});
  set(nodeOf(file), "axis", std::int64_t{1});
  EXPECT_THAT(evaluate(import(file), {3, 1, 1}), ElementsAre(1));
}

TEST(OnnxArgMax, IsReadByNoOperator) {
  OnnxFile file;
  file.input("x", {1, 3}).output("y");
  set(file.node("ArgMax", {"x"}, {"i"}), "axis", std::int64_t{1});
  set(file.node("Cast", {"i"}, {"j"}), "to", std::int64_t{onnx::TensorProto::INT64});
  file.node("Relu", {"j"}, {"y"});
  EXPECT_THAT(import(file).said, HasSubstr("relu takes f32, but its operand is i64[1], numbers of elements"));
  file.model.mutable_graph()->mutable_node(1)->mutable_attribute(0)->set_i(onnx::TensorProto::FLOAT);
  EXPECT_THAT(import(file).said, HasSubstr("it casts numbers of elements"));
}

TEST(OnnxReduceMean, OfAnyAxes) {
  OnnxFile file = fileOf("ReduceMean", {1, 2, 2});
  set(nodeOf(file), "axes", std::vector<std::int64_t>{1});
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4}), ElementsAre(2, 3));
}

TEST(OnnxMatMul, OfManyRows) {
  OnnxFile file;
  file.input("x", {1, 2, 3}).output("y").weight("m", {3, 2}, {1, 0, 0, 1, 1, 1});
  file.node("MatMul", {"x", "m"}, {"y"});
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4, 5, 6}), ElementsAre(4, 5, 10, 11));
}

// x and x turned, of one image each: the batch stays.
TEST(OnnxMatMul, OfTwoValuesTakesImagesOneByOne) {
  OnnxFile file;
  file.input("x", {0, 2, 3}).output("y");
  set(file.node("Transpose", {"x"}, {"t"}), "perm", std::vector<std::int64_t>{0, 2, 1});
  file.node("MatMul", {"x", "t"}, {"y"});
  const Imported imported = import(file, {.batch = 3});
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_EQ(imported.model->batch, 3);
  EXPECT_THAT(evaluate(imported, {1, 2, 3, 4, 5, 6}), ElementsAre(14, 32, 32, 77));
}

TEST(OnnxMatMul, OfTwoMatricesHasNoBatch) {
  OnnxFile file;
  file.input("x", {2, 2}).output("y").node("MatMul", {"x", "x"}, {"y"});
  const Imported imported = import(file);
  EXPECT_THAT(imported.said, HasSubstr("the images of a batch meet at node 'y' (MatMul)"));
  EXPECT_THAT(evaluate(imported, {1, 2, 3, 4}), ElementsAre(7, 10, 15, 22));
}

TEST(OnnxMatMul, TakesVectorsAsRowsAndColumns) {
  OnnxFile file;
  file.input("x", {3}).output("y").node("MatMul", {"x", "x"}, {"y"});
  EXPECT_THAT(evaluate(import(file), {1, 2, 3}), ElementsAre(14));
  OnnxFile rows;
  rows.input("x", {2, 3}).output("y").weight("v", {3}, {1, 10, 100}).node("MatMul", {"x", "v"}, {"y"});
  EXPECT_THAT(evaluate(import(rows), {1, 2, 3, 4, 5, 6}), ElementsAre(321, 654));
}

TEST(OnnxMatMul, OfAKnownMatrixOnTheLeft) {
  OnnxFile file;
  file.input("x", {1, 2, 2}).output("y").weight("m", {1, 2}, {1, 10}).node("MatMul", {"m", "x"}, {"y"});
  const Imported imported = import(file, {.batch = 2});
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_THAT(evaluate(imported, {1, 2, 3, 4}), ElementsAre(31, 42));
}

TEST(OnnxMatMul, SaysWhichFactorsDontFit) {
  OnnxFile file;
  file.input("x", {1, 2, 3}).output("y").node("MatMul", {"x", "x"}, {"y"});
  EXPECT_THAT(import(file).said, HasSubstr("its factors [1, 2, 3] and [1, 2, 3] don't fit"));
}

TEST(OnnxGemm, TurnsItsFactors) {
  OnnxFile file;
  file.input("x", {2, 1}).output("y").weight("m", {2, 2}, {1, 2, 3, 4}).weight("c", {1}, {100});
  onnx::NodeProto &gemm = file.node("Gemm", {"x", "m", "c"}, {"y"});
  set(gemm, "transA", std::int64_t{1});
  set(gemm, "transB", std::int64_t{1});
  set(gemm, "beta", 2.0f);
  EXPECT_THAT(evaluate(import(file), {1, 10}), ElementsAre(221, 243));
}

TEST(OnnxGemm, OfTwoValues) {
  OnnxFile file;
  file.input("x", {2, 2}).output("y");
  onnx::NodeProto &gemm = file.node("Gemm", {"x", "x"}, {"y"});
  set(gemm, "transB", std::int64_t{1});
  set(gemm, "alpha", 0.5f);
  EXPECT_THAT(evaluate(import(file), {1, 2, 3, 4}), ElementsAre(2.5f, 5.5f, 5.5f, 12.5f));
}

TEST(OnnxWeights, AreComputedFromIntegersAndScales) {
  OnnxFile file;
  file.input("x", {1, 2}).output("y").weight("scale", {}, {0.5f});
  onnx::TensorProto *bytes = file.model.mutable_graph()->add_initializer();
  bytes->set_name("q");
  bytes->set_data_type(onnx::TensorProto::INT8);
  bytes->add_dims(2);
  bytes->add_dims(1);
  bytes->set_raw_data(std::string("\x02\xfe", 2));
  set(file.node("Cast", {"q"}, {"f"}), "to", std::int64_t{onnx::TensorProto::FLOAT});
  file.node("Mul", {"f", "scale"}, {"m"});
  file.node("MatMul", {"x", "m"}, {"y"});
  EXPECT_THAT(evaluate(import(file), {3, 5}), ElementsAre(-2));
}

} // namespace
} // namespace ninc::testing
