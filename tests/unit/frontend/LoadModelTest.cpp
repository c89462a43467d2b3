#include "frontend/LoadModel.h"

#include <fstream>
#include <gmock/gmock.h>

#include "support/TemporaryFiles.h"

namespace ninc {
namespace {

using testing::HasSubstr;

struct LoadModelTest : testing::Test {
  TemporaryDirectory folder = TemporaryDirectory::create().value();
  ModelSource source;
  Diagnostics diagnostics;

  std::filesystem::path write(const std::string &name, const std::string &text) {
    std::ofstream(folder.path() / name, std::ios::binary) << text;
    return folder.path() / name;
  }

  // The diagnostics of a model that must not load.
  std::string complaint(const std::filesystem::path &file, const ImportOptions &options = {}) {
    EXPECT_FALSE(loadModel(file, options, source, diagnostics));
    EXPECT_TRUE(diagnostics.hasErrors());
    return render(diagnostics, "", "");
  }
};

constexpr auto dense = "model small\nweights random seed 1\nx = input f32[4]\ny = dense x -> 2\noutput y\n";

TEST_F(LoadModelTest, ReadsTextAndBindsWeights) {
  std::optional<ImportedModel> model = loadModel(write("small.nin", dense), {}, source, diagnostics);
  ASSERT_TRUE(model);
  EXPECT_NE(model->graph.as<Dense>(model->graph.find("y").node)->weight, nullptr);
  EXPECT_EQ(source.text, dense);
}

TEST_F(LoadModelTest, PassesOverAByteOrderMark) {
  const std::string mark = "\xef\xbb\xbf";
  EXPECT_TRUE(loadModel(write("small.nin", mark + dense), {}, source, diagnostics))
      << render(diagnostics, "", "");
  EXPECT_EQ(source.text, dense);
  EXPECT_TRUE(
      loadModel(write("small.prototxt", mark + "input: 'x' input_dim: 1 input_dim: 1 input_dim: 2 input_dim: "
                                               "2 layer { name: 'y' type: 'ReLU' bottom: 'x' top: 'y' }"),
                {}, source, diagnostics))
      << render(diagnostics, "", "");
}

TEST_F(LoadModelTest, SaysWhatMakesAModelOfOthersFiles) {
  EXPECT_THAT(complaint("model.pt"), HasSubstr("help: torch.onnx.export"));
  EXPECT_THAT(complaint("model.tflite"), HasSubstr("help: tf2onnx"));
  EXPECT_THAT(complaint("model.caffemodel"), HasSubstr("--weights FILE.caffemodel"));
}

TEST_F(LoadModelTest, SaysWhatElseAFileIs) {
  EXPECT_THAT(complaint(write("a.onnx", "version https://git-lfs.github.com/spec/v1\n")),
              HasSubstr("the file is no ONNX model but a pointer that Git LFS leaves"));
  EXPECT_THAT(complaint(write("b.onnx", "PK\3\4")), HasSubstr("no ONNX model but a zip archive"));
}

TEST_F(LoadModelTest, LeavesWeightsAloneWhenTold) {
  std::optional<ImportedModel> model =
      loadModel(write("small.nin", dense), {.weights = WeightLoading::skip}, source, diagnostics);
  ASSERT_TRUE(model);
  EXPECT_EQ(model->graph.as<Dense>(model->graph.find("y").node)->weight, nullptr);
}

TEST_F(LoadModelTest, LooksForWeightsBesideTheModel) {
  auto file =
      write("small.nin", "model small\nweights \"w.safetensors\"\nx = input f32[4]\ny = dense x -> 2\n"
                         "output y\n");
  EXPECT_THAT(complaint(file), HasSubstr((folder.path() / "w.safetensors").string()));
  EXPECT_TRUE(loadModel(file, {.weights = WeightLoading::skip}, source, diagnostics));
}

TEST_F(LoadModelTest, TakesTheBatchThatIsAskedFor) {
  const auto file = write("small.nin", dense);
  EXPECT_EQ(loadModel(file, {}, source, diagnostics)->batch, 1);
  EXPECT_EQ(loadModel(file, {.batch = 3}, source, diagnostics)->batch, 3);
}

TEST_F(LoadModelTest, RefusesShapesOfInputsAndOutputsThatATextDoesntSay) {
  const auto file = write("small.nin", dense);
  EXPECT_THAT(complaint(file, {.shapes = {{"other", {4}}}}), HasSubstr("no input 'other'"));
  EXPECT_THAT(complaint(file, {.outputs = {"y"}}), HasSubstr("a .nin model says its outputs"));
}

TEST_F(LoadModelTest, SaysWhichFileIsMissing) {
  EXPECT_THAT(complaint(folder.path() / "none.nin"), HasSubstr("none.nin"));
}

TEST_F(LoadModelTest, RefusesAFolder) {
  std::filesystem::create_directory(folder.path() / "folder.nin");
  EXPECT_THAT(complaint(folder.path() / "folder.nin"), HasSubstr("folder.nin"));
}

TEST_F(LoadModelTest, ListsWhatItReadsForAnUnknownSuffix) {
  EXPECT_THAT(complaint(write("model.tflite", "")),
              HasSubstr("can't read '.tflite' models; it reads .nin, .prototxt, .onnx"));
}

TEST_F(LoadModelTest, SaysHowANetsNumbersAreGiven) {
  EXPECT_THAT(complaint(write("net.caffemodel", "")), HasSubstr("NET.prototxt --weights FILE.caffemodel"));
}

TEST_F(LoadModelTest, SuggestsTheSuffixThatWasMeant) {
  EXPECT_THAT(complaint(write("model.nim", "")), HasSubstr("did you mean '.nin'?"));
}

TEST_F(LoadModelTest, ListsWhatItReadsForNoSuffix) {
  EXPECT_THAT(complaint(write("model", "")), HasSubstr("has no suffix"));
}

TEST_F(LoadModelTest, KeepsTheTextOfAModelThatIsWrong) {
  EXPECT_THAT(complaint(write("bad.nin", "modle bad\n")), HasSubstr("1:1"));
  EXPECT_EQ(source.text, "modle bad\n");
}

TEST_F(LoadModelTest, RefusesATextThatIsNoModelByItsSize) {
  auto file = write("huge.nin", "");
  std::filesystem::resize_file(file, std::uintmax_t{65} << 20);
  EXPECT_THAT(complaint(file), HasSubstr("huge.nin"));
}

} // namespace
} // namespace ninc
