// The code around the kernels, run: a library of hand-made kernels (HandMadeModel.h) is loaded and called the
// way a program that only knows runtime/ninc_model.h would.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <thread>

#include "codegen/library/HostModule.h"
#include "runtime/ninc_model.h"
#include "tests/unit/codegen/library/HandMadeModel.h"

namespace ninc::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class HostModule : public ::testing::Test {
protected:
  void load(const Program &program) {
    const std::filesystem::path file = testFolder() / (program.interface.name + ".so");
    writeFile(file, makeOrFail(program, Product::sharedLibrary));
    library_.reset(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL));
    ASSERT_TRUE(library_) << dlerror();
    const auto describe = reinterpret_cast<ninc_model_function>(dlsym(library_.get(), NINC_MODEL_SYMBOL));
    ASSERT_TRUE(describe);
    model = describe();
  }

  int run(const ninc_executor *executor = nullptr) {
    const std::array<const void *, 2> inputs = {image.data(), shift.data()};
    const std::array<void *, 2> outputs = {prob.data(), maps.data()};
    return model->run(inputs.data(), outputs.data(), scratch.data(), executor);
  }

  template <class Function>
  Function symbol(const char *name) {
    return reinterpret_cast<Function>(dlsym(library_.get(), name));
  }

  const ninc_model *model = nullptr;
  std::vector<float> image = {1, 2, 3, 4, 5, 6}, shift = {0.5f}, prob = std::vector<float>(6),
                     maps = std::vector<float>(6);
  alignas(128) std::array<std::byte, 512 + 8 * 384> scratch{}; // for up to 8 threads

private:
  struct Close {
    void operator()(void *library) const { dlclose(library); }
  };
  std::unique_ptr<void, Close> library_;
};

TEST_F(HostModule, RunsItsStepsInOrder) {
  load(handMadeProgram("m"));
  ASSERT_EQ(run(), NINC_OK);
  EXPECT_THAT(prob, ElementsAre(12.5f, 14.5f, 16.5f, 18.5f, 20.5f, 22.5f));
  EXPECT_THAT(maps, ElementsAre(-12, -14, -16, -18, -20, -22));
}

TEST_F(HostModule, TypedRunTakesOnePointerATensor) {
  load(handMadeProgram("m"));
  using Run = int(const float *, const float *, float *, float *, void *, const ninc_executor *);
  auto *typed = symbol<Run *>("m_run");
  ASSERT_EQ(typed(image.data(), shift.data(), prob.data(), maps.data(), scratch.data(), nullptr), NINC_OK);
  EXPECT_THAT(prob, ElementsAre(12.5f, 14.5f, 16.5f, 18.5f, 20.5f, 22.5f));
  EXPECT_THAT(maps, ElementsAre(-12, -14, -16, -18, -20, -22));
}

TEST_F(HostModule, ABatchIsOneImageBehindTheOther) {
  load(handMadeProgram("m", 3));
  image.resize(18);
  for (std::size_t i = 0; i < image.size(); ++i)
    image[i] = static_cast<float>(100 + i);
  shift = {1, 2, 3};
  prob.resize(18);
  maps.resize(18);
  ASSERT_EQ(model->batch, 3);
  ASSERT_EQ(run(), NINC_OK);
  for (std::size_t i = 0; i < image.size(); ++i) {
    EXPECT_EQ(prob[i], 2 * image[i] + 10 + shift[i / 6]);
    EXPECT_EQ(maps[i], -(2 * image[i] + 10));
  }
}

TEST_F(HostModule, RefusesNullArguments) {
  load(handMadeProgram("m"));
  const std::array<const void *, 2> inputs = {image.data(), shift.data()}, noImage = {nullptr, shift.data()},
                                    noShift = {image.data(), nullptr};
  const std::array<void *, 2> outputs = {prob.data(), maps.data()}, noMaps = {prob.data(), nullptr};
  EXPECT_EQ(model->run(nullptr, outputs.data(), scratch.data(), nullptr), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_EQ(model->run(inputs.data(), nullptr, scratch.data(), nullptr), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_EQ(model->run(inputs.data(), outputs.data(), nullptr, nullptr), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_EQ(model->run(noImage.data(), outputs.data(), scratch.data(), nullptr), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_EQ(model->run(noShift.data(), outputs.data(), scratch.data(), nullptr), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_EQ(model->run(inputs.data(), noMaps.data(), scratch.data(), nullptr), NINC_ERROR_NULL_ARGUMENT);
}

TEST_F(HostModule, RefusesMisalignedArguments) {
  load(handMadeProgram("m"));
  const std::array<const void *, 2> inputs = {image.data(), shift.data()},
                                    odd = {reinterpret_cast<const char *>(image.data()) + 1, shift.data()};
  const std::array<void *, 2> outputs = {prob.data(), maps.data()};
  EXPECT_EQ(model->run(inputs.data(), outputs.data(), scratch.data() + 64, nullptr), NINC_ERROR_MISALIGNED);
  EXPECT_EQ(model->run(odd.data(), outputs.data(), scratch.data(), nullptr), NINC_ERROR_MISALIGNED);
}

TEST_F(HostModule, AKernelsFailureIsAStatus) {
  load(handMadeProgram("m"));
  image[4] = 13;
  EXPECT_EQ(run(), NINC_ERROR_THREADS);
  EXPECT_THAT(model->strerror(NINC_ERROR_THREADS), HasSubstr("executor"));
}

TEST_F(HostModule, RunsOnATeam) {
  load(handMadeProgram("m"));
  for (std::int32_t threads : {1, 2, 5}) {
    int status = -1;
    ninc_executor *team = model->team_create(threads, &status);
    ASSERT_TRUE(team);
    EXPECT_EQ(status, NINC_OK);
    for (int i = 0; i < 100; ++i) {
      prob.assign(6, 0);
      ASSERT_EQ(run(team), NINC_OK);
      ASSERT_THAT(prob, ElementsAre(12.5f, 14.5f, 16.5f, 18.5f, 20.5f, 22.5f));
    }
    image[4] = 13;
    EXPECT_EQ(run(team), NINC_ERROR_THREADS);
    image[4] = 5;
    model->team_destroy(team);
  }
  int status = NINC_OK;
  EXPECT_FALSE(model->team_create(0, &status));
  EXPECT_EQ(status, NINC_ERROR_THREADS);
}

// An executor of the caller's own: a thread a task.
struct ThreadPerTask {
  int loops = 0;
  std::int32_t mostTasks = 0;

  static int parallelFor(void *self, ninc_task task, void *closure, std::int32_t count) {
    auto &executor = *static_cast<ThreadPerTask *>(self);
    ++executor.loops;
    executor.mostTasks = std::max(executor.mostTasks, count);
    std::atomic<int> status = 0;
    {
      std::vector<std::jthread> threads;
      for (std::int32_t i = 0; i < count; ++i)
        threads.emplace_back([&, i] {
          if (int result = task(closure, i)) status = result;
        });
    }
    return status;
  }
};

TEST_F(HostModule, RunsOnTheCallersOwnThreads) {
  load(handMadeProgram("m"));
  ThreadPerTask own;
  const ninc_executor executor = {ThreadPerTask::parallelFor, &own, 4, nullptr};
  ASSERT_EQ(run(&executor), NINC_OK);
  EXPECT_THAT(prob, ElementsAre(12.5f, 14.5f, 16.5f, 18.5f, 20.5f, 22.5f));
  EXPECT_EQ(own.loops, 1);
  EXPECT_EQ(own.mostTasks, 4);
  image[0] = 13;
  EXPECT_EQ(run(&executor), NINC_ERROR_THREADS);
}

TEST_F(HostModule, AddsTimesOnlyWhenAsked) {
  load(handMadeProgram("m", 2));
  image.resize(12, 1);
  shift.resize(2);
  prob.resize(12);
  maps.resize(12);
  std::array<std::uint64_t, 3> times = {1000000000000, 0, 77};
  ninc_executor executor = {nullptr, nullptr, 1, times.data()};
  for (int i = 0; i < 1000; ++i)
    ASSERT_EQ(run(&executor), NINC_OK);
  EXPECT_GT(times[0], 1000000000000U); // added, not set
  EXPECT_LT(times[0], 1000000000000U + 60000000000U);
  EXPECT_GT(times[1], 0U);
  EXPECT_EQ(times[2], 77U); // there are two kernels
  executor.kernel_ns = nullptr;
  EXPECT_EQ(run(&executor), NINC_OK);
}

TEST_F(HostModule, StepsRunOneByOne) {
  load(handMadeProgram("m"));
  const std::array<const void *, 2> inputs = {image.data(), shift.data()};
  const std::array<void *, 2> outputs = {prob.data(), maps.data()};
  ASSERT_EQ(model->versions[0].kernels[0].run(inputs.data(), outputs.data(), scratch.data(), nullptr),
            NINC_OK);
  std::array<float, 6> stage{};
  std::memcpy(stage.data(), scratch.data() + model->versions[0].kernels[0].result_offset[0], sizeof stage);
  EXPECT_THAT(stage, ElementsAre(12, 14, 16, 18, 20, 22));
  EXPECT_THAT(prob, ElementsAre(0, 0, 0, 0, 0, 0));
  ASSERT_EQ(model->versions[0].kernels[1].run(inputs.data(), outputs.data(), scratch.data(), nullptr),
            NINC_OK);
  EXPECT_THAT(maps, ElementsAre(-12, -14, -16, -18, -20, -22));
}

TEST_F(HostModule, DescribesItself) {
  load(handMadeProgram("m", 3));
  EXPECT_EQ(model->abi, NINC_MODEL_ABI);
  EXPECT_EQ(model->struct_bytes, static_cast<std::int32_t>(sizeof(ninc_model)));
  EXPECT_STREQ(model->name, "m");
  EXPECT_THAT(model->compiler, HasSubstr("ninc "));
  EXPECT_STREQ(model->target, "x86-64-v2");
  EXPECT_EQ(model->batch, 3);
  EXPECT_EQ(model->scratch_bytes, 512);
  EXPECT_EQ(model->scratch_bytes_per_thread, 384);
  EXPECT_EQ(model->scratch_alignment, 128);
  EXPECT_EQ(model->weight_bytes, 8);
  EXPECT_EQ(model->macs, 6);
  ASSERT_EQ(model->n_inputs, 2);
  ASSERT_EQ(model->n_outputs, 2);
  ASSERT_EQ(model->n_versions, 1);
  EXPECT_STREQ(model->versions[0].target, "x86-64-v2");
  ASSERT_EQ(model->versions[0].n_kernels, 2);
  EXPECT_EQ(model->most_kernels, 2);
  ASSERT_EQ(model->n_sizes, 1);
  EXPECT_STREQ(model->sizes[0].outputs[1].name, "maps");

  const ninc_tensor &maps_ = model->outputs[1];
  EXPECT_STREQ(maps_.name, "maps");
  EXPECT_EQ(maps_.element, NINC_F32);
  EXPECT_EQ(maps_.rank, 2);
  EXPECT_THAT(maps_.shape, ElementsAre(2, 3, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(maps_.stride, ElementsAre(3, 1, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(maps_.bytes, 24);
  EXPECT_STREQ(model->inputs[1].name, "shift");
  EXPECT_EQ(model->inputs[1].rank, 1);

  const ninc_kernel &stage = model->versions[0].kernels[0], &split = model->versions[0].kernels[1];
  EXPECT_STREQ(stage.name, "stage");
  EXPECT_STREQ(stage.op, "scale 2 10");
  EXPECT_STREQ(stage.schedule, "by hand");
  EXPECT_EQ(stage.macs, 6);
  EXPECT_EQ(stage.bytes, 56);
  EXPECT_EQ(stage.n_results, 1);
  EXPECT_EQ(stage.result_output[0], -1);
  EXPECT_EQ(stage.result_offset[0], 0);
  ASSERT_EQ(split.n_results, 2);
  EXPECT_STREQ(split.results[1].name, "maps");
  EXPECT_EQ(split.result_output[1], 1);
  EXPECT_EQ(split.result_offset[1], -1);
}

TEST_F(HostModule, RefusesACpuThatCantRunIt) {
  load(handMadeProgram("m", 1, "x86-64-v4"));
  __builtin_cpu_init();
  const int expected = __builtin_cpu_supports("x86-64-v4") ? NINC_OK : NINC_ERROR_CPU;
  EXPECT_EQ(model->supported(), expected);
  EXPECT_EQ(run(), expected);
  EXPECT_EQ(symbol<int (*)()>("m_supported")(), expected);
}

TEST_F(HostModule, IsTheSameEachTime) {
  const Program program = handMadeProgram("m", 2);
  for (Product product : {Product::sharedLibrary, Product::object, Product::archive, Product::assembly,
                          Product::llvmIr, Product::header})
    EXPECT_EQ(makeOrFail(program, product), makeOrFail(program, product)) << static_cast<int>(product);
}

TEST_F(HostModule, TextFormsNameTheModelsSymbols) {
  const Program program = handMadeProgram("m");
  EXPECT_THAT(makeOrFail(program, Product::llvmIr), HasSubstr("define i32 @m_run("));
  EXPECT_THAT(makeOrFail(program, Product::assembly), HasSubstr("m_run:"));
}

// Lines of the text of a function, or of all of a module.
std::size_t linesOf(const std::string &module, const std::string &function = {}) {
  std::size_t begin = 0, end = module.size();
  if (!function.empty()) {
    const std::size_t name = module.find(" @" + function + "(");
    if (name == std::string::npos) return 0;
    begin = module.rfind("\ndefine", name) + 1;
    end = module.find("\n}", begin);
  }
  return static_cast<std::size_t>(std::count(module.begin() + static_cast<std::ptrdiff_t>(begin),
                                             module.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
}

std::string moduleOf(std::size_t steps, std::size_t inputs) {
  Program program = handMadeProgram("m");
  std::vector<Step> &list = program.versions.front().steps;
  const Step step = list.front();
  while (list.size() < steps) {
    list.push_back(step);
    list.back().name = fmt::format("stage{}", list.size());
  }
  std::vector<NamedTensor> &tensors = program.interface.sizes.front().inputs;
  while (tensors.size() < inputs)
    tensors.push_back({fmt::format("input{}", tensors.size()), tensors.front().type});
  return makeOrFail(program, Product::llvmIr);
}

// LLVM's time for a function grows faster than the function does, so none may grow with the model; the module
// grows as the model does.
TEST(HostModuleSize, GrowsWithTheModelAndItsFunctionsDoNot) {
  const std::string small = moduleOf(300, 300), large = moduleOf(600, 600), larger = moduleOf(1200, 1200);
  const std::string function = "ninc.m.version0.step299.stage300";
  EXPECT_EQ(linesOf(small, function), linesOf(large, function));
  EXPECT_GT(linesOf(small, function), 10U); // it is there
  EXPECT_LT(linesOf(small, function), 200U);
  const auto growth = [](const std::string &from, const std::string &to) {
    return static_cast<double>(linesOf(to)) - static_cast<double>(linesOf(from));
  };
  EXPECT_NEAR(growth(large, larger), 2 * growth(small, large), 0.02 * growth(large, larger));
}

} // namespace
} // namespace ninc::testing
