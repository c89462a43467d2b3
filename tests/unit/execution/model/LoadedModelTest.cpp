// Opening and running compiled libraries: what is refused and with which words, and that every way to run a
// model gives the same numbers.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ir/interpreter/Interpreter.h"
#include "support/Files.h"
#include "support/TemporaryFiles.h"
#include "tests/unit/execution/model/CompiledModel.h"

namespace ninc {
namespace {

using testing::CompiledModel;
using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::HasSubstr;

// y = 2x, so that results are known by hand; three steps, the middle one in scratch.
constexpr std::string_view handModel = R"(model by_hand
x = input f32[2, 1, 2]
y = add x x
z = max_pool y 1x2
w = flatten z
output y, w
)";

constexpr std::string_view networkModel = R"(model network
weights random seed 3
image = input f32[3, 12, 12]
stage = mlpconv image [conv 3x3 pad 1 -> 20, 12]
pool = max_pool stage 2x2 stride 2
norm = lrn pool size 3
maps = mlpconv norm [conv 3x3 pad 1 -> 16, 10]
prob = softmax (global_avg_pool maps)
output prob, maps
)";

std::string whyNot(const Result<LoadedModel> &opened) {
  return opened ? "opened" : opened.error().message;
}

TEST(OpeningALibrary, ThatIsNotThereSaysSo) {
  EXPECT_THAT(whyNot(LoadedModel::open("/nowhere/model.so", 1)), HasSubstr("/nowhere/model.so"));
}

TEST(OpeningALibrary, ThatIsNoLibrarySaysSo) {
  Result<TemporaryDirectory> folder = TemporaryDirectory::create();
  ASSERT_TRUE(folder);
  for (std::string_view bytes : {std::string_view(), std::string_view("model text\n")}) {
    ASSERT_TRUE(writeAtomically(folder->path() / "text.so", bytes));
    EXPECT_THAT(whyNot(LoadedModel::open(folder->path() / "text.so", 1)), HasSubstr("can't load"));
  }
  EXPECT_THAT(whyNot(LoadedModel::open(folder->path(), 1)), HasSubstr("can't load"));
}

// A library cut short is refused or, with nothing that is needed missing, works: never a crash.
TEST(OpeningALibrary, ThatWasCutShortIsRefused) {
  Result<TemporaryDirectory> folder = TemporaryDirectory::create();
  ASSERT_TRUE(folder);
  ASSERT_TRUE(testing::compileTo(folder->path() / "whole.so", testing::modelOf(handModel), {}));
  const std::string whole = *readFile(folder->path() / "whole.so");
  for (std::size_t bytes : {std::size_t{4}, std::size_t{63}, std::size_t{200}}) {
    ASSERT_TRUE(writeAtomically(folder->path() / "cut.so", whole.substr(0, bytes)));
    EXPECT_THAT(whyNot(LoadedModel::open(folder->path() / "cut.so", 1)), HasSubstr("can't load")) << bytes;
  }
}

TEST(OpeningALibrary, ThatSomebodyElseMadeSaysSo) {
  Dl_info library;
  ASSERT_NE(dladdr(dlsym(RTLD_DEFAULT, "dlopen"), &library), 0);
  EXPECT_THAT(whyNot(LoadedModel::open(library.dli_fname, 1)), HasSubstr("not one that ninc made"));
}

TEST(OpeningALibrary, OfAnotherAbiAsksToCompileAgain) {
  EXPECT_THAT(whyNot(LoadedModel::open(NINC_MODEL_OF_ANOTHER_ABI, 1)), HasSubstr("compile it again"));
}

TEST(OpeningALibrary, ForAnotherCpuIsTheUsersError) {
  const Result<LoadedModel> opened = LoadedModel::open(NINC_MODEL_FOR_ANOTHER_CPU, 1);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::badInput);
  EXPECT_THAT(opened.error().message, HasSubstr("wrong CPU"));
}

TEST(OpeningALibrary, WithoutAThreadIsRefused) {
  auto compiled = CompiledModel::make(testing::modelOf(handModel), {});
  ASSERT_TRUE(compiled) << compiled.error().message;
  EXPECT_THAT(whyNot(LoadedModel::open(compiled->path(), 0)), HasSubstr("at least 1"));
  EXPECT_THAT(whyNot(LoadedModel::open(compiled->path(), -3)), HasSubstr("at least 1"));
}

TEST(OpeningALibrary, WithMoreThreadsThanThereCanBeIsAnErrorAndNoAbort) {
  EXPECT_THAT(whyNot(LoadedModel::open(NINC_MODEL_THAT_FAILS, 2)), HasSubstr("a team of 2"));
}

TEST(OpeningALibrary, WithOneThreadMakesNoTeam) {
  auto one = CompiledModel::make(testing::modelOf(handModel), {}, 1);
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(one->library().team(), nullptr);
  auto three = LoadedModel::open(one->path(), 3);
  ASSERT_TRUE(three) << three.error().message;
  ASSERT_NE(three->team(), nullptr);
  EXPECT_EQ(three->team()->threads, 3);
}

TEST(OpeningALibrary, GivesScratchAsTheModelAsks) {
  auto compiled = CompiledModel::make(testing::modelOf(networkModel), {});
  ASSERT_TRUE(compiled) << compiled.error().message;
  const ninc_model &model = compiled->library().descriptor();
  EXPECT_STREQ(model.name, "network");
  EXPECT_GT(model.scratch_bytes, 0);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(compiled->library().scratch()) %
                static_cast<std::uintptr_t>(model.scratch_alignment),
            0U);
}

// Of each image, on its own; integers beside floats.
TEST(RunningAModelThatChooses, GivesNumbersOfElements) {
  const Graph graph = testing::modelOf(R"(model choosing
x = input f32[2, 3]
y = relu x
best = arg_max y axis 1 : i64[2]
output y, best
)");
  testing::Build build;
  build.batch = 3;
  auto compiled = CompiledModel::make(graph, build);
  ASSERT_TRUE(compiled) << compiled.error().message;
  LoadedModel &library = compiled->library();
  EXPECT_EQ(library.descriptor().outputs[0].element, NINC_F32);
  EXPECT_EQ(library.descriptor().outputs[1].element, NINC_I64);
  EXPECT_EQ(library.descriptor().outputs[1].bytes, 16);
  const Tensor inputs{{3, 2, 3}, {1, 2, 3, 6, 5, 4, 1, 9, 1, 0, 0, 7, 5, 5, 5, -1, -2, -3}};
  auto outputs = library.run(std::vector{inputs});
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_EQ((*outputs)[1], (Tensor{{3, 2}, {2, 0, 1, 2, 0, 0}}));

  std::vector<std::int64_t> numbers(7, -1);
  std::vector<float> maps(18);
  const void *in[] = {inputs.data.data()};
  void *out[] = {maps.data(), numbers.data()};
  ASSERT_TRUE(library.run(in, out));
  EXPECT_THAT(numbers, ElementsAre(2, 0, 1, 2, 0, 0, -1));
  out[1] = reinterpret_cast<char *>(numbers.data()) + 4;
  EXPECT_EQ(library.descriptor().run(in, out, library.scratch(), nullptr), NINC_ERROR_MISALIGNED);
}

class RunningAModel : public ::testing::Test {
protected:
  void SetUp() override {
    auto made = CompiledModel::make(testing::modelOf(handModel), {});
    ASSERT_TRUE(made) << made.error().message;
    compiled_ = std::make_unique<CompiledModel>(std::move(*made));
  }
  std::string whyNot(const std::vector<Tensor> &inputs) {
    auto outputs = compiled_->library().run(inputs);
    auto steps = compiled_->library().runStepwise(inputs, [](const ninc_kernel &, int, const Tensor &) {});
    EXPECT_EQ(outputs.has_value(), steps.has_value());
    return outputs ? "ran" : outputs.error().message;
  }
  std::unique_ptr<CompiledModel> compiled_;
};

TEST_F(RunningAModel, GivesTheOutputsInOrder) {
  auto outputs = compiled_->library().run(std::vector<Tensor>{{{2, 1, 2}, {1, -3, 0.5f, 4}}});
  ASSERT_TRUE(outputs) << outputs.error().message;
  ASSERT_EQ(outputs->size(), 2U);
  EXPECT_EQ((*outputs)[0], (Tensor{{2, 1, 2}, {2, -6, 1, 8}}));
  EXPECT_EQ((*outputs)[1], (Tensor{{2}, {2, 8}}));
}

TEST_F(RunningAModel, NeedsAllInputs) {
  EXPECT_THAT(whyNot({}), HasSubstr("1 inputs, 0 were given"));
  const Tensor x{{2, 1, 2}, {1, 2, 3, 4}};
  EXPECT_THAT(whyNot({x, x}), HasSubstr("1 inputs, 2 were given"));
}

TEST_F(RunningAModel, NeedsAllNumbersOfAnInput) {
  EXPECT_THAT(whyNot({Tensor{{3}, {1, 2, 3}}}), HasSubstr("'x' has 3 numbers"));
  EXPECT_THAT(whyNot({Tensor{{5}, {1, 2, 3, 4, 5}}}), HasSubstr("needs 4"));
  EXPECT_THAT(whyNot({Tensor{}}), HasSubstr("'x' has 0 numbers"));
}

TEST_F(RunningAModel, WorksAfterItIsMoved) {
  LoadedModel moved = std::move(compiled_->library());
  auto outputs = moved.run(std::vector<Tensor>{{{2, 1, 2}, {1, 2, 3, 4}}});
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_THAT((*outputs)[1].data, ElementsAre(FloatEq(4), FloatEq(8)));
}

TEST(RunningABatch, TakesOneImageBehindTheOther) {
  auto compiled = CompiledModel::make(testing::modelOf(handModel), {.batch = 2});
  ASSERT_TRUE(compiled) << compiled.error().message;
  auto outputs = compiled->library().run(std::vector<Tensor>{{{2, 2, 1, 2}, {1, 2, 3, 4, 5, 6, 7, 8}}});
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_EQ((*outputs)[1], (Tensor{{2, 2}, {4, 8, 12, 16}}));
  auto tooFew = compiled->library().run(std::vector<Tensor>{{{2, 1, 2}, {1, 2, 3, 4}}});
  ASSERT_FALSE(tooFew);
  EXPECT_THAT(tooFew.error().message, HasSubstr("needs 8"));
}

TEST(RunningAModelThatFails, TellsItsReason) {
  auto opened = LoadedModel::open(NINC_MODEL_THAT_FAILS, 1);
  ASSERT_TRUE(opened) << opened.error().message;
  const std::vector<Tensor> inputs{{{2}, {1, 2}}};
  auto outputs = opened->run(inputs);
  ASSERT_FALSE(outputs);
  EXPECT_THAT(outputs.error().message, HasSubstr("it went wrong"));
  auto steps = opened->runStepwise(inputs, [](const ninc_kernel &, int, const Tensor &) {});
  ASSERT_FALSE(steps);
  EXPECT_THAT(steps.error().message, HasSubstr("kernel 'y'"));
}

using Results = std::map<std::string, Tensor>;

Results stepwise(LoadedModel &library, const std::vector<Tensor> &inputs) {
  Results results;
  auto visit = [&](const ninc_kernel &kernel, int result, const Tensor &tensor) {
    results[kernel.results[result].name] = tensor;
  };
  auto done = library.runStepwise(inputs, visit);
  EXPECT_TRUE(done) << done.error().message;
  return results;
}

TEST(RunningStepwise, ShowsEveryResultInLogicalOrder) {
  const Graph model = testing::modelOf(networkModel);
  auto compiled = CompiledModel::make(model, {});
  ASSERT_TRUE(compiled) << compiled.error().message;
  const std::vector<Tensor> inputs = testing::randomBatch(model, 1, 5);
  const Results results = stepwise(compiled->library(), inputs);
  Tensor image = inputs[0];
  image.shape.erase(image.shape.begin());
  auto reference = evaluateAll(model, {{"image", image}});
  ASSERT_TRUE(reference) << reference.error().message;
  EXPECT_TRUE(results.contains("pool") && results.contains("norm") && results.contains("prob"));
  for (const auto &[name, tensor] : results) {
    const Tensor &expected = reference->at(name);
    EXPECT_EQ(tensor.shape, expected.shape) << name;
    for (std::size_t i = 0; i < expected.data.size(); ++i)
      ASSERT_NEAR(tensor.data[i], expected.data[i], 1e-5) << name << "[" << i << "]";
  }
}

TEST(RunningStepwise, EndsWithTheOutputsOfAWholeRun) {
  const Graph model = testing::modelOf(networkModel);
  auto compiled = CompiledModel::make(model, {});
  ASSERT_TRUE(compiled) << compiled.error().message;
  const std::vector<Tensor> inputs = testing::randomBatch(model, 1, 5);
  auto outputs = compiled->library().run(inputs);
  ASSERT_TRUE(outputs) << outputs.error().message;
  const Results results = stepwise(compiled->library(), inputs);
  EXPECT_EQ(results.at("prob"), (*outputs)[0]);
  EXPECT_EQ(results.at("maps"), (*outputs)[1]);
}

TEST(RunningOnATeam, GivesTheSameBits) {
  const Graph model = testing::modelOf(networkModel);
  const std::vector<Tensor> inputs = testing::randomBatch(model, 1, 5);
  auto compiled = CompiledModel::make(model, {});
  ASSERT_TRUE(compiled) << compiled.error().message;
  auto alone = compiled->library().run(inputs);
  ASSERT_TRUE(alone) << alone.error().message;
  for (int threads : {2, 3, 5}) {
    auto team = LoadedModel::open(compiled->path(), threads);
    ASSERT_TRUE(team) << team.error().message;
    auto together = team->run(inputs);
    ASSERT_TRUE(together) << together.error().message;
    EXPECT_EQ(*together, *alone) << threads << " threads";
  }
}

TEST(RunningTwice, GivesTheSameBitsWhateverRanBefore) {
  const Graph model = testing::modelOf(networkModel);
  auto compiled = CompiledModel::make(model, {}, 2);
  ASSERT_TRUE(compiled) << compiled.error().message;
  const std::vector<Tensor> inputs = testing::randomBatch(model, 1, 5);
  auto first = compiled->library().run(inputs);
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_TRUE(compiled->library().run(testing::randomBatch(model, 1, 6)));
  auto again = compiled->library().run(inputs);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, *first);
}

// Executors of a caller that doesn't keep its promise: what the kernels computed is worth nothing, and run
// must say so.
struct FailingExecutor {
  static int refuse(void *, ninc_task, void *, std::int32_t) { return 42; }
  static int forget(void *, ninc_task, void *, std::int32_t) { return 0; }
  static int failInTheEnd(void *, ninc_task task, void *closure, std::int32_t count) {
    for (std::int32_t i = 0; i < count; ++i)
      task(closure, i);
    return 7;
  }
};

TEST(RunningALibrary, WithAnExecutorThatFailsIsAnError) {
  Graph graph = testing::modelOf(networkModel);
  Result<CompiledModel> compiled = CompiledModel::make(graph, {}, 2);
  ASSERT_TRUE(compiled) << compiled.error().message;
  std::vector<Tensor> inputs = testing::randomBatch(graph, 1, 1);
  std::vector<float> prob(10), maps(10 * 6 * 6);
  const void *in = inputs[0].data.data();
  void *out[] = {prob.data(), maps.data()};
  LoadedModel &library = compiled->library();
  const ninc_model &model = library.descriptor();
  ninc_executor executor{nullptr, nullptr, 2, nullptr};
  for (auto parallelFor : {FailingExecutor::refuse, FailingExecutor::forget, FailingExecutor::failInTheEnd}) {
    executor.parallel_for = parallelFor;
    EXPECT_EQ(model.run(&in, out, library.scratch(), &executor), NINC_ERROR_THREADS);
  }
  EXPECT_EQ(model.run(&in, out, library.scratch(), library.team()), NINC_OK);
}

} // namespace
} // namespace ninc
