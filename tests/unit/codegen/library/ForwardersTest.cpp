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
  void forward(const InterfaceFunction &function, TensorCounts tensors, const std::string &source,
               llvm::Constant *added = nullptr) {
    buildForwarder(code, function, "m_it", tensors, declareDoer(code, function), added);
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
  forward(named(modelInterface(), "supported"), {}, "int ninc_cpu_check(int level) { return level + 1; }",
          code.word(41));
  auto *supported = loaded->symbol<int()>("m_it");
  ASSERT_TRUE(supported);
  EXPECT_EQ(supported(), 42);
}

TEST_F(ForwardersTest, GatherTensorsInTwoArrays) {
  forward(named(deviceInterface(), "run_on"), {2, 3}, R"(
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

TEST_F(ForwardersTest, TensorsBetweenOtherParametersKeepTheirPlace) {
  const InterfaceFunction &run = named(modelInterface(), "run");
  llvm::Function *doer =
      code.declare("generic", code.int32, {code.pointer, code.pointer, code.pointer, code.pointer});
  buildForwarder(code, run, "m_it", {1, 1}, doer, nullptr);
  loaded.emplace(made.module, R"(
    const void *got[4];
    int generic(const void *const *in, void *const *out, void *scratch, const void *executor) {
      got[0] = *in, got[1] = *out, got[2] = scratch, got[3] = executor;
      return 0;
    })");
  std::array<int, 4> given{};
  auto *call = loaded->symbol<int(int *, int *, int *, int *)>("m_it");
  ASSERT_TRUE(call);
  EXPECT_EQ(call(&given[0], &given[1], &given[2], &given[3]), 0);
  for (std::size_t i = 0; i < given.size(); ++i)
    EXPECT_EQ(loaded->symbol<int *>("got")[i], &given[i]) << i;
}

} // namespace
} // namespace ninc::testing
