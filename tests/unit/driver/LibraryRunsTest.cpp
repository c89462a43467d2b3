// Libraries of several versions: what there is to run in them, and that each CPU level, size and number of
// images computes what the interpreter does.
#include "driver/LibraryRuns.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <gmock/gmock.h>

#include "driver/CompileModel.h"
#include "driver/VerifySamples.h"
#include "tests/unit/driver/Scene.h"

namespace ninc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LibraryRunsTest : public Scene {
protected:
  // `small` of Scene's, compiled as the request asks for it.
  LoadedModel compiled(Request request) {
    request.withoutDatabase = true;
    request.model = write("small.nin", smallModel);
    model_ = readModel(request, WeightLoading::bind, listener()).value();
    const Result<Build> build = resolve(request);
    EXPECT_TRUE(build);
    const ScheduleSources schedules = openSchedules(*build, Listener{}).value();
    const std::string library = path("small.so");
    const auto built = buildLibrary(model_, *build, schedules, library, listener());
    EXPECT_TRUE(built) << built.error().message;
    return LoadedModel::open(library, 1).value();
  }

  void expectRightEverywhere(LoadedModel &library) {
    std::vector<const Graph *> sizes = {&model_.graph};
    for (const Graph &further : model_.furtherSizes)
      sizes.push_back(&further);
    for (const LibraryRun &run : runsOf(library)) {
      const std::string which = distinction(library, run);
      ASSERT_TRUE(use(library, run)) << which;
      const Graph *graph = graphFor(library, run, sizes);
      ASSERT_TRUE(graph) << which;
      const std::vector<Tensor> inputs =
          randomInputs(signatureOf(library.descriptor(), library.shape()), 1, 0);
      const auto verified = verifyLibrary(*graph, library, inputs);
      ASSERT_TRUE(verified) << which << ": " << verified.error().message;
      EXPECT_EQ(verified->firstDivergence(), "") << which;
    }
  }

  WrittenModel model_;
};

std::vector<std::string> namesOf(const LoadedModel &library) {
  std::vector<std::string> names;
  for (const LibraryRun &run : runsOf(library))
    names.push_back(distinction(library, run));
  return names;
}

TEST_F(LibraryRunsTest, OfAPlainLibraryThereIsOne) {
  LoadedModel library = compiled({});
  EXPECT_THAT(namesOf(library), ElementsAre(""));
  expectRightEverywhere(library);
}

TEST_F(LibraryRunsTest, EachCpuThatRunsHereIsOneOfThem) {
  Request request;
  request.target = "x86-64-v2,x86-64-v3,x86-64-v4";
  if (!runsHere(parseTarget("x86-64-v2").value())) GTEST_SKIP() << "no x86-64-v2 here";
  LoadedModel library = compiled(request);
  std::vector<std::string> here;
  for (const char *name : {"x86-64-v4", "x86-64-v3", "x86-64-v2"})
    if (runsHere(parseTarget(name).value())) here.emplace_back(name);
  EXPECT_EQ(namesOf(library), here);
  EXPECT_STREQ(library.descriptor().chosen_target(), here.front().c_str());
  EXPECT_STREQ(library.descriptor().target, "x86-64-v4,x86-64-v3,x86-64-v2");
  expectRightEverywhere(library);
}

TEST_F(LibraryRunsTest, EachSizeIsOneOfThem) {
  Request request;
  request.shapes = {"image=2x6x6,2x8x5"};
  LoadedModel library = compiled(request);
  EXPECT_THAT(namesOf(library), ElementsAre("size 0", "size 1"));
  expectRightEverywhere(library);
  EXPECT_FALSE(library.use({2, 1}));
}

TEST_F(LibraryRunsTest, AnyNumberOfImagesIsRight) {
  Request request;
  request.batch = 7;
  request.anyBatch = true;
  LoadedModel library = compiled(request);
  expectRightEverywhere(library);
  for (std::int32_t images = 1; images <= 7; ++images) {
    ASSERT_TRUE(library.use({0, images}));
    const auto inputs = randomInputs(signatureOf(library.descriptor(), library.shape()), 3, 0);
    const auto verified = verifyLibrary(model_.graph, library, inputs);
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->firstDivergence(), "") << images;
  }
  EXPECT_THAT(library.use({0, 8}).error().message, HasSubstr("1 to 7 images"));
}

TEST_F(LibraryRunsTest, OfAFixedBatchIsTheWholeBatch) {
  Request request;
  request.batch = 4;
  LoadedModel library = compiled(request);
  ASSERT_EQ(runsOf(library).size(), 1u);
  EXPECT_EQ(runsOf(library)[0].shape, (RunShape{0, 4}));
  EXPECT_FALSE(library.use({0, 3}));
}

class ExternalWeights : public LibraryRunsTest {
protected:
  // Compiles the small model into small.so and small.weights.
  void compileApart() {
    Request request = Scene::request();
    request.target = "host";
    request.model = write("small.nin", smallModel);
    model_ = readModel(request, WeightLoading::bind, listener()).value();
    Outputs outputs;
    outputs.output = path("small.so");
    outputs.externalWeights = true;
    const auto compiledFile = compileFile(request, outputs, listener());
    ASSERT_TRUE(compiledFile) << compiledFile.error().message;
  }
};

TEST_F(ExternalWeights, AreFoundBesideTheLibrary) {
  compileApart();
  LoadedModel library = LoadedModel::open(path("small.so"), 1).value();
  EXPECT_EQ(library.descriptor().weight_bytes, 0);
  EXPECT_EQ(contents("small.weights").size(),
            64 + static_cast<std::size_t>(library.descriptor().external_weight_bytes));
  expectRightEverywhere(library);
}

TEST_F(ExternalWeights, ThatAreMissingOrAnotherModelsAreRefusedInWords) {
  compileApart();
  const std::string right = contents("small.weights");
  const auto refusal = [&] { return LoadedModel::open(path("small.so"), 1).error(); };
  for (const std::size_t changed : {std::size_t{0}, std::size_t{9}, std::size_t{17}, right.size() - 1}) {
    std::string wrong = right;
    wrong[changed] = static_cast<char>(wrong[changed] + 1);
    write("small.weights", wrong);
    EXPECT_THAT(refusal().message, HasSubstr("isn't the file that was made with it")) << changed;
    EXPECT_EQ(refusal().kind, ErrorKind::badInput);
  }
  write("small.weights", right.substr(0, right.size() - 1));
  EXPECT_THAT(refusal().message, HasSubstr("isn't the file that was made with it"));
  write("small.weights", "");
  EXPECT_THAT(refusal().message, HasSubstr("isn't the file that was made with it"));
  std::filesystem::remove(path("small.weights"));
  EXPECT_THAT(refusal().message, HasSubstr("there is no such file"));
}

TEST_F(ExternalWeights, AreUsedFromMemoryAndNeededByRuns) {
  compileApart();
  LoadedModel library = LoadedModel::open(path("small.so"), 1).value();
  const ninc_model &model = library.descriptor();
  const std::string right = contents("small.weights");
  alignas(64) static std::array<char, 1 << 14> memory;
  ASSERT_LE(right.size(), memory.size());
  std::ranges::copy(right, memory.begin());
  const auto bytes = static_cast<std::int64_t>(right.size());
  EXPECT_EQ(model.use_weights(memory.data() + 4, bytes, 1), NINC_ERROR_MISALIGNED);
  EXPECT_EQ(model.use_weights(memory.data(), bytes - 4, 1), NINC_ERROR_WEIGHTS);
  EXPECT_EQ(model.use_weights(nullptr, bytes, 1), NINC_ERROR_NULL_ARGUMENT);
  ASSERT_EQ(model.use_weights(memory.data(), bytes, 1), NINC_OK);
  expectRightEverywhere(library);
  model.close_weights();
  const auto inputs = randomInputs(signatureOf(model, library.shape()), 1, 0);
  EXPECT_THAT(library.run(inputs).error().message, HasSubstr("weights are in a file that isn't open"));
}

} // namespace
} // namespace ninc
