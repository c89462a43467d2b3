// The run function alone: its steps and its runtime are C functions that keep a diary.
#include "codegen/library/HostRun.h"

#include <array>
#include <gmock/gmock.h>
#include <optional>

#include "runtime/cpu/runtime.h"
#include "tests/unit/codegen/library/LoadedModule.h"

namespace ninc::testing {
namespace {

using ::testing::ElementsAre;

// A step tells its number, and how far the first input and output lie from the first run's.
constexpr const char *diary = R"(
#include <stdint.h>
int cpu, level, failing_step = -1;
int64_t clock_ns = 1000;
int calls, steps[16];
float *inputs_seen[16], *outputs_seen[16];
int ninc_cpu_check(int wanted) { level = wanted; return cpu; }
int64_t ninc_clock_ns(void) { return clock_ns += 5; }
static int step(int number, const void *const *inputs, void *const *outputs) {
  steps[calls] = number;
  inputs_seen[calls] = (float *)inputs[0];
  outputs_seen[calls++] = (float *)outputs[0];
  clock_ns += 100 * (number + 1);
  return number == failing_step ? 3 : 0;
}
int step0(const void *const *i, void *const *o, void *s, const void *e) { (void)s, (void)e; return step(0, i, o); }
int step1(const void *const *i, void *const *o, void *s, const void *e) { (void)s, (void)e; return step(1, i, o); }
)";

class HostRunTest : public ::testing::Test {
protected:
  // A run of two steps over x [2] -> y [1].
  void build(std::int64_t batch, std::int64_t group) {
    Program program;
    program.name = "m";
    program.target = parseTarget("x86-64-v3").value();
    program.batch = batch;
    program.group = group;
    program.inputs = {{"x", {ElementType::f32, {2}, Layout::chw}}};
    program.outputs = {{"y", {ElementType::f32, {1}, Layout::chw}}};
    NewModule made;
    HostCode code(made.module);
    std::vector<llvm::Function *> steps;
    for (const char *name : {"step0", "step1"})
      steps.push_back(
          code.declare(name, code.int32, {code.pointer, code.pointer, code.pointer, code.pointer}));
    llvm::Function *run = buildRun(code, program, steps);
    run->setLinkage(llvm::GlobalValue::ExternalLinkage);
    run->setName("run");
    loaded.emplace(made.module, diary);
  }

  int run(const ninc_executor *executor = nullptr) {
    const std::array<const void *, 1> inputs = {x.data()};
    const std::array<void *, 1> outputs = {y.data()};
    auto *run = loaded->symbol<int(const void *const *, void *const *, void *, const ninc_executor *)>("run");
    return run ? run(inputs.data(), outputs.data(), nullptr, executor) : -1;
  }

  int &number(const char *name) { return *loaded->symbol<int>(name); }

  // What the diary says of each call: its step, and the elements of x and y before those that it was given.
  std::vector<std::array<std::int64_t, 3>> calls() {
    std::vector<std::array<std::int64_t, 3>> told;
    for (int i = 0; i < number("calls"); ++i)
      told.push_back({loaded->symbol<int>("steps")[i], loaded->symbol<float *>("inputs_seen")[i] - x.data(),
                      loaded->symbol<float *>("outputs_seen")[i] - y.data()});
    return told;
  }

  std::array<float, 12> x{};
  std::array<float, 6> y{};
  std::optional<LoadedModule> loaded;
};

using Call = std::array<std::int64_t, 3>;

TEST_F(HostRunTest, CallsEachStepInItsTurn) {
  build(1, 1);
  EXPECT_EQ(run(), NINC_OK);
  EXPECT_THAT(calls(), ElementsAre(Call{0, 0, 0}, Call{1, 0, 0}));
}

TEST_F(HostRunTest, ABatchPassesGroupByGroup) {
  build(6, 2);
  EXPECT_EQ(run(), NINC_OK);
  EXPECT_THAT(calls(), ElementsAre(Call{0, 0, 0}, Call{1, 0, 0}, Call{0, 4, 2}, Call{1, 4, 2}, Call{0, 8, 4},
                                   Call{1, 8, 4}));
}

TEST_F(HostRunTest, EndsWithTheFirstFailure) {
  build(6, 2);
  number("failing_step") = 1;
  EXPECT_EQ(run(), 3);
  EXPECT_THAT(calls(), ElementsAre(Call{0, 0, 0}, Call{1, 0, 0}));
}

TEST_F(HostRunTest, AsksTheCpuForItsLevelBeforeAnyStep) {
  build(1, 1);
  number("cpu") = NINC_ERROR_CPU;
  EXPECT_EQ(run(), NINC_ERROR_CPU);
  EXPECT_EQ(number("level"), NINC_CPU_X86_64_V3);
  EXPECT_EQ(number("calls"), 0);
}

// A step takes 100 or 200 ns by the diary's clock, and asking the clock 5.
TEST_F(HostRunTest, AddsTheTimeOfEachStepWhereItIsWanted) {
  build(6, 2);
  std::array<std::uint64_t, 2> times = {7, 0};
  ninc_executor executor = {nullptr, nullptr, 1, times.data()};
  EXPECT_EQ(run(&executor), NINC_OK);
  EXPECT_THAT(times, ElementsAre(7 + 3 * 105, 3 * 205));

  const std::int64_t before = *loaded->symbol<std::int64_t>("clock_ns");
  number("calls") = 0;
  executor.kernel_ns = nullptr;
  EXPECT_EQ(run(&executor), NINC_OK);
  EXPECT_EQ(*loaded->symbol<std::int64_t>("clock_ns"), before + 3 * 300); // nobody has asked it
}

} // namespace
} // namespace ninc::testing
