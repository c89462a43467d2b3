// Several models on one OpenCL device at once, as a program that embeds them has them: made and run side by
// side.
#include <cmath>
#include <gtest/gtest.h>
#include <thread>

#include "codegen/target/Targets.h"
#include "execution/devices/Devices.h"
#include "tests/unit/execution/model/CompiledModel.h"

namespace ninc {
namespace {

using testing::Build;
using testing::CompiledModel;
using testing::modelOf;

// A compiled model with inputs, and what its half for the CPU makes of them.
struct Subject {
  CompiledModel compiled;
  std::vector<Tensor> inputs, expected;

  static Subject of(const char *text) {
    const Graph graph = modelOf(text);
    Build build;
    build.devices = parseTargets("x86-64-v2+opencl").value().devices;
    CompiledModel compiled = CompiledModel::make(graph, build).value();
    std::vector<Tensor> inputs = testing::randomBatch(graph, 1, 7);
    std::vector<Tensor> expected = compiled.library().run(inputs).value();
    return {std::move(compiled), std::move(inputs), std::move(expected)};
  }

  const ninc_model &model() { return compiled.library().descriptor(); }

  // What went wrong in making a state and running it some times, or nothing.
  std::string runOn(const ninc_device_options &options) {
    ninc_state *state = nullptr;
    int status = model().devices->create(&options, &state);
    std::vector<float> result(expected[0].data.size());
    const void *input = inputs[0].data.data();
    void *output = result.data();
    std::string trouble;
    for (int run = 0; run < 20 && status == NINC_OK && trouble.empty(); ++run) {
      std::ranges::fill(result, -1.0f);
      status = model().devices->run_on(state, &input, &output);
      for (std::size_t i = 0; i < result.size(); ++i)
        if (!(std::abs(result[i] - expected[0].data[i]) < 1e-5f)) trouble = "a wrong result";
    }
    if (status != NINC_OK) trouble = model().strerror(status);
    model().devices->destroy(state);
    return trouble;
  }
};

constexpr const char *first = R"(model first
weights random seed 3
x = input f32[3, 12, 12]
stage = mlpconv x [conv 3x3 pad 1 -> 24, 10]
y = softmax (global_avg_pool stage)
output y
)";
constexpr const char *second = R"(model second
weights random seed 4
x = input f32[8, 9, 9]
stage = mlpconv x [conv 5x5 pad 2 -> 16, 16]
pooled = max_pool stage 3x3 stride 2
y = sigmoid pooled
output y
)";

class DeviceStates : public ::testing::Test {
protected:
  // Made before the driver is there: compiling forks.
  Subject one_ = Subject::of(first), other_ = Subject::of(second);

  void SetUp() override {
    const Result<DeviceList> devices = listDevicesApart(NINC_DEVICE_OPENCL);
    if (!devices || devices->devices.empty())
      GTEST_SKIP() << "no OpenCL device: " << (devices ? devices->why : devices.error().message);
  }

  // All at the same time, the driver's first use included.
  void expectAllRight(const std::vector<Subject *> &subjects, const ninc_device_options &options) {
    std::vector<std::string> troubles(subjects.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < subjects.size(); ++i)
      threads.emplace_back([&, i] { troubles[i] = subjects[i]->runOn(options); });
    for (std::thread &thread : threads)
      thread.join();
    for (std::size_t i = 0; i < subjects.size(); ++i)
      EXPECT_EQ(troubles[i], "") << subjects[i]->model().name << ", thread " << i;
  }
};

TEST_F(DeviceStates, OfTwoModelsAndOfOneModelTwiceLiveSideBySide) {
  ninc_device_options options{};
  options.kind = NINC_DEVICE_OPENCL;
  expectAllRight({&one_, &other_, &one_, &other_}, options);
}

TEST_F(DeviceStates, OfTwoModelsShareAContext) {
  ninc_device_options options{};
  options.kind = NINC_DEVICE_OPENCL;
  ninc_state *owner = nullptr;
  ASSERT_EQ(one_.model().devices->create(&options, &owner), NINC_OK);
  ninc_native native{};
  ASSERT_EQ(one_.model().devices->native(owner, &native), NINC_OK);
  options.context = native.context, options.device = native.device;
  expectAllRight({&one_, &other_}, options);
  one_.model().devices->destroy(owner);
}

} // namespace
} // namespace ninc
