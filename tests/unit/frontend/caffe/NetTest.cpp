// Nets as people write them: old and new layers, phases, blobs computed in place, where data comes from.
#include <fstream>
#include <gmock/gmock.h>

#include "CaffeNet.h"
#include "support/TemporaryFiles.h"

namespace ninc::caffe_testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

std::vector<std::string> outputNames(const Imported &imported) {
  EXPECT_TRUE(imported.model) << imported.said;
  std::vector<std::string> names;
  if (imported.model)
    for (const Value output : imported.model->graph.outputs())
      names.push_back(imported.model->graph.name(output));
  return names;
}

// ---- forms of the text

TEST(CaffeText, MayDeclareItsInputInFourWays) {
  const std::string body = layer("ReLU");
  for (const std::string head : {"input: \"x\" input_dim: 2 input_dim: 3 input_dim: 4 input_dim: 5",
                                 "input: \"x\" input_shape { dim: 2 dim: 3 dim: 4 dim: 5 }",
                                 "input: 'x' input_shape: { dim: [2, 3, 4, 5] }",
                                 "layer { name: \"in\" type: \"Input\" top: \"x\" input_param { shape: { "
                                 "dim: 2 dim: 3 dim: 4 dim: 5 } } }"}) {
    const Imported imported = import(head + "\n" + body, "");
    ASSERT_TRUE(imported.model) << imported.said;
    EXPECT_EQ(imported.model->batch, 2);
    EXPECT_THAT(imported.model->graph.type(imported.model->graph.find("x")).shape, ElementsAre(3, 4, 5));
  }
}

TEST(CaffeText, HasCommentsTabsAndFieldsOfTraining) {
  const Imported imported =
      import(net({1, 1, 3, 3}, "# a comment\n\tlayer {\n\tname: 'y'\n type: \"Convolution\" bottom: \"x\" "
                               "top: \"y\" param { lr_mult: 1 decay_mult: 1 } "
                               "convolution_param { num_output: 1 kernel_size: 3 weight_filler { type: "
                               "\"xavier\" } engine: CUDNN } loss_weight: 1 }"),
             "", {.weights = WeightLoading::skip});
  EXPECT_TRUE(imported.model) << imported.said;
}

TEST(CaffeText, MayBeOfTheFormUntil2014) {
  const std::string text =
      "name: \"old\"\nlayers { name: 'data' type: MEMORY_DATA top: 'x' top: 'label' memory_data_param { "
      "batch_size: 3 channels: 1 height: 2 width: 2 } }\n"
      "layers { name: 'c' type: CONVOLUTION bottom: 'x' top: 'c' blobs_lr: 1 blobs_lr: 2 convolution_param { "
      "num_output: 1 kernel_size: 2 } }\n"
      "layers { name: 'r' type: RELU bottom: 'c' top: 'c' }\n"
      "layers { name: 'l' type: SOFTMAX_LOSS bottom: 'c' bottom: 'label' top: 'loss' }\n";
  caffe_schema::TrainedNet trained;
  auto *old = trained.add_layers();
  old->set_name("c");
  for (const std::vector<float> &numbers : {std::vector<float>{1, 2, 3, 4}, std::vector<float>{-40}}) {
    auto *blob = old->add_blobs();
    blob->set_num(1);
    blob->set_channels(1);
    blob->set_height(1);
    blob->set_width(static_cast<int>(numbers.size()));
    if (numbers.size() == 4) blob->set_height(2), blob->set_width(2);
    for (const float number : numbers)
      blob->add_double_data(number);
  }
  const Imported imported = import(text, trained.SerializeAsString());
  EXPECT_THAT(evaluate(imported, {1, 2, 3, 4}), ElementsAre(0));
  EXPECT_THAT(evaluate(imported, {4, 3, 2, 10}), ElementsAre(16));
  EXPECT_EQ(imported.model->batch, 3);
  EXPECT_EQ(imported.model->graph.name(), "old");
}

TEST(CaffeText, PointsAtWhatIsWrong) {
  EXPECT_THAT(import("layer {\n\tname: \"y\"\n\ttype: \"Nonsense\"\n\tbottom: \"x\"\n", "").said,
              HasSubstr("n.prototxt:5"));
  const std::string said = import("input: \"x\"\ninput_dim: 1 input_dim: 1 input_dim: 2 input_dim: 2\nlayer "
                                  "{\n\tname: \"y\"\n\ttype: \"Nonsense\"\n\tbottom: \"x\" top: \"y\" }",
                                  "")
                               .said;
  EXPECT_THAT(said, HasSubstr("n.prototxt:5:2: error: layer 'y' (Nonsense): layers of this type aren't "
                              "supported\n  \ttype: \"Nonsense\"\n  \t^~~~"));
}

TEST(CaffeText, SaysWhatASlipMayHaveMeant) {
  const auto said = [](const std::string &layers) { return import(net({1, 1, 4, 4}, layers), "").said; };
  EXPECT_THAT(said(layer("RELU")), HasSubstr("did you mean 'ReLU'?"));
  EXPECT_THAT(said(layer("Pooling", "pooling_param { kernel_sizes: 2 }")),
              AllOf(HasSubstr("its field 'kernel_sizes' isn't supported"),
                    HasSubstr("  ^~~~~~~~~~~~\nhelp: did you mean 'kernel_size'?")));
  EXPECT_THAT(said(layer("ReLU", "relu_parm { negative_slope: 1 }")),
              HasSubstr("did you mean 'relu_param'?"));
  const std::string lost = said(layer("ReLU") + "\nlayr { name: 'z' type: 'ReLU' bottom: 'y' top: 'z' }");
  EXPECT_THAT(lost, HasSubstr("warning: the net's field 'layr' isn't known, and passed over"));
  EXPECT_THAT(lost, HasSubstr("did you mean 'layer'?"));
  EXPECT_THAT(import("layr { name: 'z' }", "").said,
              HasSubstr("it has no layers\nhelp: did you mean 'layer'?"));
}

TEST(CaffeText, NamesLayersWithoutANameOrAType) {
  EXPECT_THAT(import(net({1, 2}, "layer { name: 'a' bottom: 'x' top: 'y' }"), "").said,
              HasSubstr("layer 'a' says no type"));
  CaffeNet file(net(
      {1, 2}, "layer { type: 'InnerProduct' bottom: 'x' top: 'y' inner_product_param { num_output: 1 } }"));
  file.blob("b", {1, 2}, {1, 1});
  EXPECT_THAT(import(file).said,
              HasSubstr("layer '' (InnerProduct): it has no name, by which the trained net would "
                        "say its weights"));
}

TEST(CaffeText, NamesAllThatIsNotSupportedInOneRun) {
  const std::string said =
      import(net({1, 1, 4, 4}, "layer { name: 'a' type: 'Embed' bottom: 'x' top: 'a' }\nlayer { name: 'b' "
                               "type: 'Python' bottom: 'a' top: 'b' }\n"
                               "layer { name: 'c' type: 'Pooling' bottom: 'b' top: 'c' pooling_param { "
                               "kernel_size: 2 nonsense: 3 } }"),
             "")
          .said;
  EXPECT_THAT(said, HasSubstr("layer 'a' (Embed)"));
  EXPECT_THAT(said, HasSubstr("layer 'b' (Python)"));
  EXPECT_THAT(said, HasSubstr("layer 'c' (Pooling): its field 'nonsense' isn't supported"));
}

TEST(CaffeText, SaysWhatIsLeftWithoutWhatIsNotSupported) {
  // As a detector: boxes are chosen behind scores and places, by maps that are read further on.
  const std::string said =
      import(net({1, 2}, "layer { name: 'maps' type: 'ReLU' bottom: 'x' top: 'maps' }"
                         "layer { name: 's' type: 'Softmax' bottom: 'maps' top: 'scores' }"
                         "layer { name: 'p' type: 'AbsVal' bottom: 'maps' top: 'places' }"
                         "layer { name: 'b' type: 'PriorBox' bottom: 'maps' bottom: 'x' top: 'b' }"
                         "layer { name: 'o' type: 'DetectionOutput' bottom: 'scores' bottom: "
                         "'places' bottom: 'b' top: 'o' }"),
             "")
          .said;
  EXPECT_THAT(said, HasSubstr("layer 'b' (PriorBox)"));
  EXPECT_THAT(said, HasSubstr("layer 'o' (DetectionOutput)"));
  EXPECT_THAT(said, HasSubstr("--outputs scores,places ends the net before it"));
}

TEST(CaffeText, PassesOverFieldsThatComputeNothing) {
  const Imported imported = import(
      net({1, 2},
          "layer { name: 'y' type: 'ReLU' bottom: 'x' top: 'y' quantize { bits: 8 nested < a: [1, 2] > } }"),
      "");
  EXPECT_TRUE(imported.model);
  EXPECT_THAT(imported.said,
              HasSubstr("warning: layer 'y' (ReLU): its field 'quantize' isn't known, and passed over"));
  // Of a layer that isn't needed nothing is said.
  EXPECT_THAT(
      import(net({1, 2},
                 layer("ReLU") + "layer { name: 'z' type: 'Odd' bottom: 'y' top: 'z' odd_param { a: 1 } }"),
             "", {.outputs = {"y"}})
          .said,
      Not(HasSubstr("odd")));
}

TEST(CaffeText, ThatIsNoNet) {
  EXPECT_THAT(import("", "").said, HasSubstr("no Caffe net: it has no layers"));
  EXPECT_THAT(import("net: \"train_val.prototxt\"\nbase_lr: 0.01\n", "").said,
              HasSubstr("it looks like a solver"));
  EXPECT_THAT(import("layers { layer { name: 'conv1' type: 'conv' } bottom: 'x' top: 'y' }", "").said,
              HasSubstr("upgrade_net_proto_text"));
  EXPECT_THAT(import("layer { name: 'a' type: 'ReLU' } layers { name: 'b' type: RELU }", "").said,
              HasSubstr("both 'layer' and 'layers'"));
  EXPECT_THAT(import("input: 'x' input_dim: 1 " + layer("ReLU"), "").said,
              HasSubstr("1 inputs, but 1 input_dim"));
  EXPECT_THAT(import(std::string("\x0a\x03net\xa2\x06\0", 8), "").said,
              HasSubstr("help: a trained net is given beside its text"));
  EXPECT_THAT(import("<!DOCTYPE html><html></html>", "").said, HasSubstr("no Caffe net but a web page"));
}

// ---- phases

TEST(CaffePhase, IsTest) {
  const auto scaled = [](const std::string &rules) {
    return import(
        net({1, 1}, "layer { name: 'a' type: 'Power' bottom: 'x' top: 'x' power_param { scale: 2 } " + rules +
                        " }" + layer("ReLU")),
        "");
  };
  const auto isIn = [&](const std::string &rules) {
    return evaluate(scaled(rules), {1}) == std::vector<float>{2};
  };
  EXPECT_TRUE(isIn(""));
  EXPECT_TRUE(isIn("include { phase: TEST }"));
  EXPECT_FALSE(isIn("include { phase: TRAIN }"));
  EXPECT_TRUE(isIn("include { phase: TRAIN } include { phase: TEST }"));
  EXPECT_FALSE(isIn("exclude { phase: TEST }"));
  EXPECT_TRUE(isIn("exclude { phase: TRAIN }"));
  EXPECT_FALSE(isIn("include { phase: TEST stage: 'deploy' }"));
  EXPECT_TRUE(isIn("include { not_stage: 'deploy' max_level: 0 }"));
  EXPECT_FALSE(isIn("include { min_level: 1 }"));
  EXPECT_THAT(scaled("include { phase: TEST } exclude { phase: TRAIN }").said,
              HasSubstr("both what includes it and what excludes it"));
  const std::string stages = "state { stage: 'deploy' level: 1 }" +
                             net({1, 1}, "layer { name: 'a' type: 'Power' bottom: 'x' top: 'x' power_param { "
                                         "scale: 2 } include { stage: 'deploy' min_level: 1 } }" +
                                             layer("ReLU"));
  EXPECT_THAT(evaluate(import(stages, ""), {1}), ElementsAre(2));
}

// ---- who reads what

TEST(CaffeWiring, ComputesInPlace) {
  // z reads x as it was before it was computed in its place.
  const Imported imported =
      import(net({1, 1}, "layer { name: 'a' type: 'Power' bottom: 'x' top: 'a' power_param { shift: 1 } }"
                         "layer { name: 'z' type: 'Power' bottom: 'a' top: 'z' }"
                         "layer { name: 'b' type: 'Power' bottom: 'a' top: 'a' power_param { scale: 10 } }"
                         "layer { name: 'c' type: 'Eltwise' bottom: 'a' bottom: 'z' top: 'c' }"),
             "");
  EXPECT_THAT(evaluate(imported, {1}), ElementsAre(22));
  // Its blob's name is the last one's.
  EXPECT_THAT(
      evaluate(import(net({1, 1},
                          "layer { name: 'a' type: 'Power' bottom: 'x' top: 'a' power_param { shift: 1 } }"
                          "layer { name: 'b' type: 'Power' bottom: 'a' top: 'a' power_param { scale: 10 } }" +
                              std::string("layer { name: 'c' type: 'ReLU' bottom: 'a' top: 'c' }")),
                      "", {.outputs = {"a"}}),
               {1}),
      ElementsAre(20));
}

TEST(CaffeWiring, NamesValuesByTheirBlobs) {
  const Imported imported =
      import(net({1, 1, 2, 2}, "layer { name: 'conv1' type: 'Convolution' bottom: 'x' top: 'conv1' "
                               "convolution_param { num_output: 1 kernel_size: 1 } }"
                               "layer { name: 'relu1' type: 'ReLU' bottom: 'conv1' top: 'conv1' }"
                               "layer { name: 'drop' type: 'Dropout' bottom: 'conv1' top: 'conv1' }"
                               "layer { name: 'p' type: 'ReLU' bottom: 'conv1' top: 'pool-1/max' }"),
             "", {.weights = WeightLoading::skip});
  ASSERT_TRUE(imported.model) << imported.said;
  const Graph &graph = imported.model->graph;
  EXPECT_TRUE(graph.as<Conv2d>(graph.find("conv1_convolution").node));
  EXPECT_TRUE(graph.as<Dropout>(graph.find("conv1").node));
  EXPECT_TRUE(graph.find("relu1"));
  EXPECT_THAT(graph.originalNames, ElementsAre(Pair("pool_1_max", "pool-1/max")));
}

TEST(CaffeWiring, MakesOutputsOfWhatNobodyReads) {
  const std::string text = net({1, 2}, "layer { name: 'a' type: 'ReLU' bottom: 'x' top: 'a' }"
                                       "layer { name: 'b' type: 'TanH' bottom: 'x' top: 'b' }"
                                       "layer { name: 'c' type: 'AbsVal' bottom: 'a' top: 'c' }"
                                       "layer { name: 'd' type: 'Split' bottom: 'x' top: 'd' top: 'e' }"
                                       "layer { name: 'f' type: 'Silence' bottom: 'd' }");
  EXPECT_THAT(outputNames(import(text, "")), ElementsAre("b", "c", "e"));
  EXPECT_THAT(outputNames(import(text, "", {.outputs = {"c", "a"}})), ElementsAre("c", "a"));
  EXPECT_THAT(import(text, "", {.outputs = {"bb"}}).said, HasSubstr("the net has no blob 'bb'\n"));
  EXPECT_THAT(import(text, "", {.outputs = {"a", "a"}}).said, HasSubstr("output 'a' is there twice"));
}

TEST(CaffeWiring, LeavesTheScoresOfATrainedNet) {
  const std::string text = "layer { name: 'd' type: 'Data' top: 'data' top: 'label' include { phase: TRAIN } "
                           "transform_param { crop_size: 9 } }"
                           "layer { name: 'd' type: 'Data' top: 'data' top: 'label' include { phase: TEST } "
                           "transform_param { crop_size: 2 mean_value: 104 mean_value: 117 mean_value: 123 "
                           "scale: 0.5 } data_param { batch_size: 7 source: 'lmdb' backend: LMDB } }"
                           "layer { name: 'r' type: 'ReLU' bottom: 'data' top: 'scores' }"
                           "layer { name: 'acc' type: 'Accuracy' bottom: 'scores' bottom: 'label' top: "
                           "'accuracy' include { phase: TEST } accuracy_param { top_k: 5 } }"
                           "layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'scores' bottom: 'label' "
                           "top: 'loss' loss_param { normalize: false } }";
  const Imported imported = import(text, "");
  EXPECT_THAT(outputNames(imported), ElementsAre("scores"));
  EXPECT_EQ(imported.model->batch, 7);
  const Graph &graph = imported.model->graph;
  ASSERT_EQ(graph.inputs().size(), 1u);
  EXPECT_THAT(graph.type(graph.find("data")).shape, ElementsAre(3, 2, 2));
  ASSERT_EQ(imported.model->origin.preparation.size(), 1u);
  EXPECT_EQ(imported.model->origin.preparation[0].input, "data");
  EXPECT_THAT(imported.model->origin.preparation[0].steps,
              ElementsAre("the middle 2x2 of a picture is taken",
                          "104, 117, 123 are, channel by channel, subtracted", "then it is multiplied by 0.5",
                          "Caffe reads pictures as bytes from 0 to 255 in the order blue, green, red",
                          "the library does so with numbers itself by --preprocess 'data=u8 hwc mean "
                          "104,117,123 scale 0.5 bgr'"));
  EXPECT_THAT(imported.said, HasSubstr("isn't in the model"));
  EXPECT_THAT(import(text, "", {.outputs = {"loss"}}).said,
              HasSubstr("layer 'loss' (SoftmaxWithLoss) belongs to training"));
}

TEST(CaffeWiring, RefusesWhatDoesNotFit) {
  EXPECT_THAT(import(net({1, 2}, "layer { name: 'y' type: 'ReLU' bottom: 'data' top: 'y' }"), "").said,
              HasSubstr("reads 'data', which no layer above it makes"));
  EXPECT_THAT(
      import(net({1, 2}, layer("ReLU") + "layer { name: 'z' type: 'ReLU' bottom: 'x' top: 'y' }"), "").said,
      HasSubstr("layer 'z' (ReLU) makes 'y', which a layer above it makes already"));
  EXPECT_THAT(
      import(net({1, 2}, "layer { name: 'y' type: 'ReLU' bottom: 'x' bottom: 'x' top: 'y' }"), "").said,
      HasSubstr("has 2 bottoms; it takes 1"));
  EXPECT_THAT(import(net({1, 2}, "layer { name: 'y' type: 'Eltwise' bottom: 'x' top: 'y' }"), "").said,
              HasSubstr("has 1 bottoms; it takes 2 or more"));
  EXPECT_THAT(import(net({1, 2}, "layer { name: 'y' type: 'Silence' bottom: 'x' }"), "").said,
              HasSubstr("the net computes nothing"));
}

// ---- inputs

TEST(CaffeInputs, HaveOtherExtentsIfTheyAreAskedFor) {
  const std::string text = net({10, 3, 8, 8}, layer("ReLU"));
  EXPECT_EQ(import(text, "").model->batch, 10);
  EXPECT_EQ(import(text, "", {.batch = 4}).model->batch, 4);
  const Imported larger = import(text, "", {.shapes = {{"x", {2, 3, 16, 9}}}});
  EXPECT_EQ(larger.model->batch, 2);
  EXPECT_THAT(larger.model->graph.type(larger.model->graph.find("x")).shape, ElementsAre(3, 16, 9));
  EXPECT_THAT(import(text, "", {.shapes = {{"data", {1, 1}}}}).said,
              HasSubstr("the net has no input 'data'; it has x"));
  EXPECT_THAT(import(net({1, 0, 2}, layer("ReLU")), "").said,
              HasSubstr("'x' is [1, 0, 2], which no input can be"));
}

TEST(CaffeInputs, ThatTheNetDoesNotSayAreAskedFor) {
  const std::string text = "layer { name: 'd' type: 'HDF5Data' top: 'data' top: 'label' }\nlayer { name: 'r' "
                           "type: 'ReLU' bottom: 'data' top: 'y' }";
  EXPECT_THAT(import(text, "").said, HasSubstr("the net doesn't say the extents of 'data'"));
  EXPECT_THAT(import(text, "").said, HasSubstr("--shape 'data=1x3x224x224'"));
  EXPECT_TRUE(import(text, "", {.shapes = {{"data", {1, 4}}}}).model);
}

TEST(CaffeInputs, OfPicturesAreResized) {
  const Imported imported =
      import("layer { name: 'd' type: 'ImageData' top: 'data' image_data_param { batch_size: 2 new_height: 3 "
             "new_width: 4 is_color: false } }\nlayer { name: 'r' type: 'ReLU' bottom: 'data' top: 'y' }",
             "");
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_EQ(imported.model->batch, 2);
  EXPECT_THAT(imported.model->graph.type(imported.model->graph.find("data")).shape, ElementsAre(1, 3, 4));
  EXPECT_EQ(imported.model->origin.preparation.at(0).steps.at(0), "a picture is made 3x4");
}

TEST(CaffeInputs, OfADatabaseHaveTheChannelsThatAreRead) {
  CaffeNet file("layer { name: 'd' type: 'Data' top: 'data' transform_param { crop_size: 2 } }"
                "layer { name: 'c' type: 'Convolution' bottom: 'data' top: 'y' convolution_param { "
                "num_output: 2 group: 2 kernel_size: 1 bias_term: false } }");
  file.blob("c", {2, 1, 1, 1}, {1, 1});
  const Imported imported = import(file);
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_THAT(imported.model->graph.type(imported.model->graph.find("data")).shape, ElementsAre(2, 2, 2));
}

// ---- batches

TEST(CaffeBatch, IsGivenUpWhereImagesMeet) {
  const std::string text = net({1, 2, 3}, layer("Softmax", "softmax_param { axis: 0 }"));
  const Imported imported = import(text, "");
  ASSERT_TRUE(imported.model) << imported.said;
  EXPECT_THAT(imported.model->graph.type(imported.model->graph.find("x")).shape, ElementsAre(1, 2, 3));
  EXPECT_THAT(imported.said, HasSubstr("the images of a batch meet at layer 'y' (Softmax)"));
  EXPECT_THAT(import(text, "", {.batch = 2}).said, HasSubstr("can't have a batch of 2"));
}

// ---- numbers

TEST(CaffeNumbers, AreMissed) {
  const std::string text = net(
      {1, 2},
      "layer { name: 'a' type: 'InnerProduct' bottom: 'x' top: 'a' inner_product_param { num_output: 3 } }"
      "layer { name: 'b' type: 'InnerProduct' bottom: 'a' top: 'b' inner_product_param { num_output: 3 } }"
      "layer { name: 'c' type: 'InnerProduct' bottom: 'b' top: 'c' inner_product_param { num_output: 3 } }");
  EXPECT_THAT(import(text, "").said, HasSubstr("--weights NAME.caffemodel says which"));
  EXPECT_TRUE(import(text, "", {.weights = WeightLoading::skip}).model);
  CaffeNet file(text);
  file.blob("b", {3, 3}, std::vector<float>(9, 1))
      .blob("b", {3}, {1, 2, 3})
      .blob("of training alone", {1}, {1});
  EXPECT_THAT(import(file).said, HasSubstr("the trained net has no numbers for 'a', 'c'"));
}

TEST(CaffeNumbers, AreInNoOtherFile) {
  const std::string text = net({1, 2}, layer("InnerProduct", "inner_product_param { num_output: 1 }"));
  EXPECT_THAT(import(text, "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n").said,
              HasSubstr("is no caffemodel but a pointer that Git LFS leaves"));
  const TemporaryDirectory folder = TemporaryDirectory::create().value();
  const std::filesystem::path file = folder.path() / "net.prototxt";
  std::ofstream(file) << text;
  EXPECT_THAT(import(text, "", {.weightFile = file}).said,
              HasSubstr("is a net's text; its numbers are in a"));
}

TEST(CaffeNumbers, MayBeHalvesAndOtherBytes) {
  const std::string text =
      net({1, 2}, layer("InnerProduct", "inner_product_param { num_output: 1 bias_term: false }"));
  const auto evaluated = [&](caffe_schema::Blob::RawType type, const std::string &bytes) {
    CaffeNet file(text);
    file.blob("y", {1, 2}, {});
    caffe_schema::Blob &blob = *file.trained.mutable_layer(0)->mutable_blobs(0);
    blob.set_raw_data_type(type);
    blob.set_raw_data(bytes);
    return import(file);
  };
  const std::string halves("\x00\x3c\x00\xc1", 4); // 1 and -2.5
  EXPECT_THAT(evaluate(evaluated(caffe_schema::Blob::FLOAT16, halves), {1, 2}), ElementsAre(-4));
  const float floats[] = {1, -2.5f};
  EXPECT_THAT(
      evaluate(evaluated(caffe_schema::Blob::FLOAT, {reinterpret_cast<const char *>(floats), 8}), {1, 2}),
      ElementsAre(-4));
  EXPECT_THAT(evaluated(caffe_schema::Blob::FLOAT16, halves.substr(1)).said, HasSubstr("0 numbers"));
  EXPECT_THAT(evaluated(caffe_schema::Blob::INT, halves + halves).said, HasSubstr("0 numbers"));
}

TEST(CaffeNumbers, MustFit) {
  const std::string text = net({1, 2}, layer("InnerProduct", "inner_product_param { num_output: 3 }"));
  const auto said = [&](const std::vector<std::int64_t> &dims, std::size_t count, int biases) {
    CaffeNet file(text);
    file.blob("y", dims, std::vector<float>(count, 1));
    for (int i = 0; i < biases; ++i)
      file.blob("y", {3}, {1, 2, 3});
    return import(file).said;
  };
  EXPECT_THAT(said({3, 2}, 6, 1), Not(HasSubstr("error")));
  EXPECT_THAT(
      said({2, 3}, 6, 1),
      HasSubstr("layer 'y' (InnerProduct): its weights are [2, 3] in the file, but [3, 2] are needed"));
  EXPECT_THAT(said({3, 2}, 5, 1), HasSubstr("[3, 2] in the file, which has 5 numbers for them"));
  EXPECT_THAT(said({3, 2}, 6, 0), HasSubstr("has 1 blobs for it, and its bias would be another"));
  EXPECT_THAT(said({3, 2}, 6, 2), HasSubstr("has 3 blobs for it, and 2 are needed"));
}

} // namespace
} // namespace ninc::caffe_testing
