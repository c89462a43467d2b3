// Whatever a file holds costs a message.
#include <cmath>
#include <gmock/gmock.h>
#include <limits>
#include <random>

#include "OnnxFile.h"

namespace ninc::testing {
namespace {

using ::testing::HasSubstr;

// A bit of everything: a convolution, a shape computed, a reshape, a product.
OnnxFile smallFile() {
  OnnxFile file;
  file.input("x", {0, 1, 3, 3}).output("y");
  file.weight("w", {2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}).weight("m", {8, 2}, std::vector<float>(16, 0.5f));
  file.node("Conv", {"x", "w"}, {"c"});
  file.node("Shape", {"c"}, {"s"});
  file.weight("zero", {0}).weight("rest", {-1});
  set(file.node("Gather", {"s", "zero"}, {"n"}), "axis", std::int64_t{0});
  set(file.node("Concat", {"n", "rest"}, {"t"}), "axis", std::int64_t{0});
  file.node("Reshape", {"c", "t"}, {"f"});
  file.node("Gemm", {"f", "m"}, {"y"});
  return file;
}

TEST(HostileOnnxFile, TheSmallOneIsSound) {
  const Imported imported = import(smallFile());
  ASSERT_TRUE(imported.model) << imported.said;
}

TEST(HostileOnnxFile, CutOffAnywhere) {
  const std::string whole = smallFile().bytes();
  for (std::size_t length = 0; length < whole.size(); ++length)
    import(whole.substr(0, length));
}

TEST(HostileOnnxFile, WithBytesChanged) {
  const std::string whole = smallFile().bytes();
  std::mt19937 random(7);
  for (int i = 0; i < 4000; ++i) {
    std::string changed = whole;
    for (unsigned count = 1 + random() % 3; count > 0; --count)
      changed[random() % changed.size()] = static_cast<char>(random());
    import(changed);
  }
}

TEST(HostileOnnxFile, ThatIsNone) {
  EXPECT_THAT(import(std::string()).said, HasSubstr("the file is empty"));
  EXPECT_THAT(import(std::string("hello, world")).said, HasSubstr("no ONNX model"));
  EXPECT_THAT(import(onnx::ModelProto().SerializeAsString() + std::string(2, '\0')).said,
              HasSubstr("no ONNX model"));
}

TEST(HostileOnnxFile, NestedDeeply) {
  onnx::ModelProto model = smallFile().model;
  onnx::GraphProto *graph = model.mutable_graph();
  for (int depth = 0; depth < 60; ++depth) {
    onnx::AttributeProto *body = graph->add_node()->add_attribute();
    body->set_name("body");
    graph = body->mutable_g();
  }
  EXPECT_THAT(import(model.SerializeAsString()).said, HasSubstr("can't be read to the end"));
}

Imported withWeights(const std::vector<std::int64_t> &dims, const std::vector<float> &numbers) {
  OnnxFile file;
  file.input("x", {1, 1, 3, 3}).output("y").weight("w", dims, numbers);
  file.node("Conv", {"x", "w"}, {"y"});
  return import(file);
}

TEST(HostileOnnxFile, WithExtentsThatNoTensorHas) {
  EXPECT_THAT(withWeights({2, 1, -2, 2}, {1}).said,
              HasSubstr("tensor 'w': its extents [2, 1, -2, 2] are negative"));
  EXPECT_THAT(withWeights({1 << 20, 1 << 20, 1 << 20, 1 << 20}, {1}).said, HasSubstr("too large"));
  EXPECT_THAT(withWeights({0, 1 << 28, 1 << 28, 1 << 28}, {}).said, HasSubstr("too large"));
  EXPECT_THAT(withWeights(std::vector<std::int64_t>(20, 1), {1}).said, HasSubstr("it has 20 extents"));
}

TEST(HostileOnnxFile, WithMoreOrLessDataThanItsExtents) {
  EXPECT_THAT(withWeights({2, 1, 2, 2}, {1}).said, HasSubstr("with 8 numbers, but has data for 1"));
  EXPECT_THAT(withWeights({1, 1, 1, 1}, {1, 2}).said, HasSubstr("with 1 numbers, but has data for 2"));
  OnnxFile file = smallFile();
  onnx::TensorProto &weight = *file.model.mutable_graph()->mutable_initializer(0);
  weight.clear_float_data();
  weight.set_raw_data(std::string(31, 'x'));
  EXPECT_THAT(import(file).said, HasSubstr("float [2, 1, 2, 2], which is 32 bytes, but has 31"));
}

TEST(HostileOnnxFile, WithNumbersThatNoKernelTakes) {
  EXPECT_THAT(withWeights({1, 1, 1, 2}, {1, NAN}).said,
              HasSubstr("the numbers of 'y.weight' [1, 1, 1, 2] have a NaN at place 1"));
  OnnxFile file;
  file.input("x", {1, 1, 2, 2}).output("y").weight("one", {1}, {1}).weight("less", {1}, {-1});
  file.node("BatchNormalization", {"x", "one", "one", "one", "less"}, {"y"});
  EXPECT_THAT(import(file).said, HasSubstr("the variance of 'y' is -1 in channel 0"));
}

TEST(HostileOnnxFile, ThatMakesHugeConstants) {
  OnnxFile file;
  file.input("x", {1, 4}).output("y").weight("s", {1 << 14, 1 << 14});
  file.node("ConstantOfShape", {"s"}, {"a"});
  file.node("ConstantOfShape", {"s"}, {"b"});
  file.node("Add", {"a", "b"}, {"c"});
  file.node("Add", {"x", "c"}, {"y"});
  EXPECT_THAT(import(file).said, HasSubstr("it makes a constant of [16384, 16384]"));
}

// What has no elements has none however often it is repeated.
TEST(HostileOnnxFile, ThatRepeatsNothingVeryOften) {
  OnnxFile file;
  file.input("x", {1, 4}).output("y").weight("none", {}).weight("often", {1LL << 40}).weight("shape", {4, 1});
  file.node("Tile", {"none", "often"}, {"nothing"});
  set(file.node("Concat", {"nothing", "shape"}, {"s"}), "axis", std::int64_t{0});
  file.node("Reshape", {"x", "s"}, {"y"});
  const Imported imported = import(file);
  EXPECT_TRUE(imported.model) << imported.said;
}

// A small file has no use for all memory, whatever it makes numbers by.
TEST(HostileOnnxFile, ThatMakesManyNumbersOfFew) {
  OnnxFile stretched;
  stretched.input("x", {1, 1}).output("y").weight("s", {1, 1 << 27});
  stretched.node("Expand", {"x", "s"}, {"y"});
  EXPECT_THAT(import(stretched).said, HasSubstr("it makes a constant of [134217728], which"));

  OnnxFile back;
  back.input("x", {1, 1, 2, 2}).output("y").weight("w", {1, 1, 1, 1}, {1});
  set(back.node("ConvTranspose", {"x", "w"}, {"y"}), "strides", std::vector<std::int64_t>{16384, 16384});
  EXPECT_THAT(import(back).said, HasSubstr("it makes a constant of"));

  OnnxFile deep;
  deep.input("x", {1, 1, 2, 1, 1}).output("y").weight("w", {1, 1, 2, 1, 1}, {1, 2});
  set(deep.node("ConvTranspose", {"x", "w"}, {"y"}), "dilations", std::vector<std::int64_t>{1 << 20, 1, 1});
  EXPECT_THAT(import(deep).said, HasSubstr("along the depth 1048577 planes meet in each result"));
}

// The mean of as many elements as a window sees is counted, not gone through.
TEST(HostileOnnxFile, WithAWindowFarLargerThanItsInput) {
  OnnxFile file;
  file.input("x", {1, 1, 3, 1}).output("y");
  onnx::NodeProto &pool = file.node("AveragePool", {"x"}, {"y"});
  set(pool, "kernel_shape", std::vector<std::int64_t>{1000001, 1});
  set(pool, "dilations", std::vector<std::int64_t>{2, 1});
  set(pool, "pads", std::vector<std::int64_t>{2000000, 0, 2000000, 0});
  import(file);
}

TEST(HostileOnnxFile, WithTheLeastOfAllNumbers) {
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  for (const std::vector<std::int64_t> &pads : {std::vector<std::int64_t>{0, 0, least, 0, 0, 0, 0, 0},
                                                {0, 0, 0, 0, 0, 0, least, 0},
                                                {0, 0, least, 0, 0, 0, least, 0}}) {
    OnnxFile file;
    file.input("x", {1, 1, 2, 2}).output("y").weight("pads", pads);
    file.node("Pad", {"x", "pads"}, {"y"});
    EXPECT_THAT(import(file).said, HasSubstr("its pads are too large"));
  }
  for (const char *attribute : {"pads", "output_padding", "output_shape"}) {
    OnnxFile file;
    file.input("x", {1, 1, 2, 2}).output("y").weight("w", {1, 1, 1, 1}, {1});
    std::vector<std::int64_t> numbers(attribute == std::string("pads") ? 4 : 2, least);
    set(file.node("ConvTranspose", {"x", "w"}, {"y"}), attribute, numbers);
    EXPECT_THAT(import(file).said, HasSubstr("its pads, output_padding or output_shape are too large"));
  }
}

TEST(HostileOnnxFile, ThatResizesToWhatNoTensorHas) {
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  for (const char *policy : {"stretch", "not_larger", "not_smaller"})
    for (const std::int64_t extent : {largest, -largest, std::int64_t{0}}) {
      OnnxFile file(18);
      file.input("x", {1, 1, 2, 2}).output("y").weight("sizes", {extent, extent});
      onnx::NodeProto &resize = file.node("Resize", {"x", "", "", "sizes"}, {"y"});
      set(resize, "keep_aspect_ratio_policy", std::string(policy));
      set(resize, "axes", std::vector<std::int64_t>{2, 3});
      EXPECT_THAT(import(file).said, HasSubstr("error: ")) << policy << " " << extent;
    }
}

TEST(HostileOnnxFile, ThatReadsWhatIsOutsideItsFolder) {
  for (const char *path : {"../secret", "/etc/passwd", "a/../../secret", ""}) {
    OnnxFile file = smallFile();
    onnx::TensorProto &weight = *file.model.mutable_graph()->mutable_initializer(0);
    weight.clear_float_data();
    weight.set_data_location(onnx::TensorProto::EXTERNAL);
    auto *location = weight.add_external_data();
    location->set_key("location");
    location->set_value(path);
    EXPECT_THAT(import(file).said, HasSubstr("isn't in the model's folder")) << path;
  }
}

TEST(HostileOnnxFile, WhoseNodesAreComputedFromThemselves) {
  OnnxFile file;
  file.input("x", {1, 4}).output("y");
  file.node("Add", {"x", "y"}, {"z"});
  file.node("Relu", {"z"}, {"y"});
  EXPECT_THAT(import(file).said, HasSubstr("it is computed from itself"));
}

TEST(HostileOnnxFile, WhoseNodesReadWhatNobodyMakes) {
  OnnxFile file;
  file.input("x", {1, 4}).output("y");
  file.node("Add", {"x", "w"}, {"y"});
  EXPECT_THAT(import(file).said, HasSubstr("node 'y' (Add): error: it reads 'w', which nothing makes"));
}

TEST(HostileOnnxFile, OfAVeryLongChain) {
  OnnxFile file;
  file.input("x", {1, 4}).output("r20000");
  for (int i = 20000; i > 0; --i)
    file.node("Relu", {i == 1 ? "x" : "r" + std::to_string(i - 1)}, {"r" + std::to_string(i)});
  EXPECT_TRUE(import(file).model);
}

TEST(HostileOnnxFile, WithNodesThatLackTheirInputs) {
  for (const char *op : {"Conv",
                         "Gemm",
                         "MatMul",
                         "Add",
                         "Clip",
                         "Concat",
                         "Reshape",
                         "Slice",
                         "Pow",
                         "PRelu",
                         "Softmax",
                         "BatchNormalization",
                         "LayerNormalization",
                         "ReduceMean",
                         "Unsqueeze",
                         "Relu",
                         "Dropout",
                         "Transpose",
                         "Cast",
                         "Tile",
                         "Expand",
                         "Gather",
                         "Split",
                         "Where",
                         "Range",
                         "Shape",
                         "Size",
                         "Identity"}) {
    OnnxFile file;
    file.input("x", {1, 4}).output("y");
    file.node(op, {}, {"y"});
    EXPECT_FALSE(import(file).model) << op;
    OnnxFile one;
    one.input("x", {1, 4}).output("y");
    one.node(op, {"x"}, {"y"});
    import(one);
  }
}

TEST(OnnxHostileFile, AnOutputWithoutANameIsNone) {
  OnnxFile file;
  file.input("x", {1, 3}).output("").node("Relu", {"x"}, {"y"});
  EXPECT_THAT(import(file).said, HasSubstr("one of its outputs has no name"));
}

} // namespace
} // namespace ninc::testing
