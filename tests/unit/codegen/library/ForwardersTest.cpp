// Exported functions that hand their call on, called: those behind them are C functions that say what they
// got.
#include "codegen/library/Forwarders.h"

#include <array>
#include <gtest/gtest.h>
#include <optional>

#include "tests/unit/codegen/library/LoadedModule.h"

namespace ninc::testing {
namespace {

// The only function of a table of this name.
const InterfaceFunction &named(std::span<const InterfaceFunction> table, std::string_view name) {
  for (const InterfaceFunction &function : table)
    if (function.name == name) return function;
  ADD_FAILURE() << name;
  return table.front();
}

class ForwardersTest : public ::testing::Test {
protected:
  void forward(const InterfaceFunction &function, const LibraryShape &library, const std::string &source,
               llvm::Constant *added = nullptr) {
    buildForwarder(code, function, "m_it", llvm::GlobalValue::ExternalLinkage, library,
                   declareDoer(code, function), added);
    loaded.emplace(made.module, source);
  }

  NewModule made;
  HostCode code{made.module};
  std::optional<LoadedModule> loaded;
};

TEST_F(ForwardersTest, HandOnWhatTheyAreGivenAndGiveBackWhatComes) {
  forward(named(modelInterface(), "team_create"), {}, R"(
    int threads;
    void *ninc_team_create(int t, int *status) { threads = t; *status = 9; return &threads; })");
  int status = 0;
  auto *create = loaded->symbol<int *(int, int *)>("m_it");
  ASSERT_TRUE(create);
  EXPECT_EQ(create(5, &status), loaded->symbol<int>("threads"));
  EXPECT_EQ(*loaded->symbol<int>("threads"), 5);
  EXPECT_EQ(status, 9);
}

TEST_F(ForwardersTest, GiveNothingBackWhereNothingComes) {
  forward(named(deviceInterface(), "destroy"), {},
          "void *gone; void ninc_device_destroy(void *state) { gone = state; }");
  int state = 0;
  auto *destroy = loaded->symbol<void(void *)>("m_it");
  ASSERT_TRUE(destroy);
  destroy(&state);
  EXPECT_EQ(*loaded->symbol<void *>("gone"), &state);
}

TEST_F(ForwardersTest, PutTheLibrarysOwnConstantInFront) {
  auto *model = new llvm::GlobalVariable(made.module, code.int32, true, llvm::GlobalValue::InternalLinkage,
                                         code.word(41), "descriptor");
  forward(named(modelInterface(), "supported"), {},
          "int ninc_supported(const int *model) { return *model + 1; }", model);
  auto *supported = loaded->symbol<int()>("m_it");
  ASSERT_TRUE(supported);
  EXPECT_EQ(supported(), 42);
}

TEST_F(ForwardersTest, GatherTensorsInTwoArrays) {
  forward(named(deviceInterface(), "run_on"), {.inputs = 2, .outputs = 3}, R"(
    const void *got[6];
    int ninc_device_run_on(void *state, const void *const *inputs, void *const *outputs) {
      got[0] = state, got[1] = inputs[0], got[2] = inputs[1];
      got[3] = outputs[0], got[4] = outputs[1], got[5] = outputs[2];
      return 6;
    })");
  std::array<int, 6> given{};
  auto *runOn = loaded->symbol<int(int *, int *, int *, int *, int *, int *)>("m_it");
  ASSERT_TRUE(runOn);
  EXPECT_EQ(runOn(&given[0], &given[1], &given[2], &given[3], &given[4], &given[5]), 6);
  for (std::size_t i = 0; i < given.size(); ++i)
    EXPECT_EQ(loaded->symbol<int *>("got")[i], &given[i]) << i;
}

// ninc_run, saying what it got.
constexpr const char *run = R"(
  const void *got[5];
  int size, images;
  int ninc_run(const void *model, int s, int i, const void *const *in, void *const *out, void *scratch, const void *executor) {
    got[0] = model, got[1] = *in, got[2] = *out, got[3] = scratch, got[4] = executor;
    size = s, images = i;
    return 0;
  })";

class RunForwarderTest : public ForwardersTest {
protected:
  void expectGot(int size, int images) {
    for (std::size_t i = 0; i < given.size(); ++i)
      EXPECT_EQ(loaded->symbol<const void *>("got")[i + 1], &given[i]) << i;
    EXPECT_EQ(*loaded->symbol<int>("size"), size);
    EXPECT_EQ(*loaded->symbol<int>("images"), images);
  }

  llvm::Constant *model = llvm::ConstantPointerNull::get(code.pointer);
  std::array<int, 4> given{};
};

TEST_F(RunForwarderTest, GivesTheFirstSizeAndTheWholeBatchWhereCallersDont) {
  forward(named(modelInterface(), "run"), {.inputs = 1, .outputs = 1, .batch = 6}, run, model);
  auto *call = loaded->symbol<int(int *, int *, int *, int *)>("m_it");
  ASSERT_TRUE(call);
  EXPECT_EQ(call(&given[0], &given[1], &given[2], &given[3]), 0);
  expectGot(0, 6);
}

TEST_F(RunForwarderTest, TakesTheSizeWhereThereAreSeveral) {
  forward(named(modelInterface(), "run"), {.inputs = 1, .outputs = 1, .batch = 6, .severalSizes = true}, run,
          model);
  auto *call = loaded->symbol<int(int, int *, int *, int *, int *)>("m_it");
  ASSERT_TRUE(call);
  EXPECT_EQ(call(2, &given[0], &given[1], &given[2], &given[3]), 0);
  expectGot(2, 6);
}

TEST_F(RunForwarderTest, TakesTheImagesOfABatch) {
  forward(named(modelInterface(), "run_batch"), {.inputs = 1, .outputs = 1, .batch = 6, .anyBatch = true},
          run, model);
  auto *call = loaded->symbol<int(int, int *, int *, int *, int *)>("m_it");
  ASSERT_TRUE(call);
  EXPECT_EQ(call(5, &given[0], &given[1], &given[2], &given[3]), 0);
  expectGot(0, 5);
}

TEST_F(RunForwarderTest, OfTheDescriptorTakesArrays) {
  buildDescriptorRun(code, "run", 6, model, declareRun(code))->setLinkage(llvm::GlobalValue::ExternalLinkage);
  buildDescriptorRunBatch(code, "run_batch", model, declareRun(code))
      ->setLinkage(llvm::GlobalValue::ExternalLinkage);
  loaded.emplace(made.module, run);
  const void *in = &given[0];
  void *out = &given[1];
  auto *call = loaded->symbol<int(const void *const *, void *const *, void *, void *)>("run");
  ASSERT_TRUE(call);
  EXPECT_EQ(call(&in, &out, &given[2], &given[3]), 0);
  expectGot(0, 6);
  auto *some = loaded->symbol<int(int, int, const void *const *, void *const *, void *, void *)>("run_batch");
  ASSERT_TRUE(some);
  EXPECT_EQ(some(1, 4, &in, &out, &given[2], &given[3]), 0);
  expectGot(1, 4);
}

} // namespace
} // namespace ninc::testing
