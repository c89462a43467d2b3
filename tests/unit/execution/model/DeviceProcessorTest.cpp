// A library's half for a device, with a device of this test's own behind it: what fails is said in the
// library's and the driver's words, and what is measured is what the caller gets.
#include <array>
#include <cstdio>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "execution/model/DeviceProcessor.h"

struct ninc_state {
  std::uint64_t *ns;
};

namespace ninc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

int createStatus = NINC_OK, runStatus = NINC_OK;
int statesMade = 0, statesLeft = 0;

// y = 2x on two numbers; counts 5 ns in its kernel, 7 in copies to the device, 9 in copies from it.
int create(const ninc_device_options *options, ninc_state **state) {
  if (createStatus != NINC_OK)
    std::snprintf(options->message, static_cast<std::size_t>(options->message_bytes), "%d says no",
                  options->number);
  else
    *state = new ninc_state{options->ns}, ++statesMade, ++statesLeft;
  return createStatus;
}
void destroy(ninc_state *state) {
  if (state) --statesLeft;
  delete state;
}
int runOn(ninc_state *state, const void *const *inputs, void *const *outputs) {
  for (int i = 0; i < 2; ++i)
    static_cast<float *>(outputs[0])[i] = 2 * static_cast<const float *>(inputs[0])[i];
  if (state->ns) state->ns[0] += 5, state->ns[1] += 7, state->ns[2] += 9;
  return runStatus;
}
int runKernel(ninc_state *state, std::int32_t, const void *const *inputs, void *const *outputs) {
  return runOn(state, inputs, outputs);
}
int readArena(ninc_state *, std::int64_t offset, std::int64_t bytes, void *host) {
  std::memset(host, static_cast<int>(offset), static_cast<std::size_t>(bytes));
  return runStatus;
}
const char *message(const ninc_state *) {
  return "the driver's words";
}
const char *what(int) {
  return "it went wrong";
}

class OnADevice : public ::testing::Test {
protected:
  void SetUp() override {
    createStatus = runStatus = NINC_OK;
    statesMade = statesLeft = 0;
    half_.kind = NINC_DEVICE_OPENCL;
    half_.target = "opencl";
    half_.n_kernels = 1;
    half_.kernels = &kernel_;
    model_.struct_bytes = sizeof(ninc_model);
    model_.devices = &devices_;
    model_.strerror = what;
    devices_.struct_bytes = sizeof(ninc_devices);
    devices_.n_halves = 1;
    devices_.halves = &half_;
    devices_.create = create;
    devices_.destroy = destroy;
    devices_.run_on = runOn;
    devices_.run_kernel = runKernel;
    devices_.read_arena = readArena;
    devices_.message = message;
  }

  Result<DeviceProcessor> open() { return DeviceProcessor::open(model_, half_, {NINC_DEVICE_OPENCL, 3}); }

  ninc_kernel kernel_{};
  ninc_device_half half_{};
  ninc_devices devices_{};
  ninc_model model_{};
  std::array<float, 2> x_{1, 4}, y_{};
  const void *in_ = x_.data();
  void *out_ = y_.data();
};

TEST_F(OnADevice, ThereIsCodeForItsKindOrNone) {
  EXPECT_EQ(deviceHalf(model_, NINC_DEVICE_OPENCL), &half_);
  EXPECT_EQ(deviceHalf(model_, NINC_DEVICE_CUDA), nullptr);
}

TEST_F(OnADevice, ALibraryForCpusAloneHasNoCode) {
  model_.devices = nullptr;
  EXPECT_EQ(deviceHalf(model_, NINC_DEVICE_OPENCL), nullptr);
}

TEST_F(OnADevice, RunsCompute) {
  Result<DeviceProcessor> device = open();
  ASSERT_TRUE(device) << device.error().message;
  ASSERT_TRUE(device->run(&in_, &out_));
  EXPECT_THAT(y_, ElementsAre(2, 8));
}

TEST_F(OnADevice, CountingIsAStatesOwnBusiness) {
  {
    Result<DeviceProcessor> device = open();
    ASSERT_TRUE(device) << device.error().message;
    ASSERT_TRUE(device->run(&in_, &out_));
    EXPECT_EQ(statesMade, 1);
    std::vector<std::uint64_t> counters(device->counterCount());
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(device->runCounting(&in_, &out_, counters));
      EXPECT_THAT(counters, ElementsAre(5, 7, 9)); // of one run, not of all
    }
    EXPECT_EQ(statesMade, 2);
    DeviceProcessor moved = std::move(*device);
    ASSERT_TRUE(moved.runCounting(&in_, &out_, counters));
    EXPECT_THAT(counters, ElementsAre(5, 7, 9));
  }
  EXPECT_EQ(statesLeft, 0);
}

TEST_F(OnADevice, WhatLiesInTheArenaIsRead) {
  Result<DeviceProcessor> device = open();
  ASSERT_TRUE(device) << device.error().message;
  ASSERT_TRUE(device->runKernel(0, &in_, &out_));
  Result<const void *> bytes = device->intermediate(17, 100);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(static_cast<const char *>(*bytes)[99], 17);
}

TEST_F(OnADevice, WhatTheMachineLacksIsNoDefect) {
  for (int status : {NINC_ERROR_NO_DRIVER, NINC_ERROR_NO_DEVICE, NINC_ERROR_DEVICE_MEMORY,
                     NINC_ERROR_DEVICE_BUILD, NINC_ERROR_DEVICE}) {
    createStatus = status;
    Result<DeviceProcessor> device = open();
    ASSERT_FALSE(device);
    EXPECT_EQ(device.error().kind, ErrorKind::badInput);
    EXPECT_THAT(device.error().message, HasSubstr("opencl:3: it went wrong"));
    EXPECT_THAT(device.error().message, HasSubstr("3 says no"));
  }
}

TEST_F(OnADevice, WhatFailsLaterHasTheDriversWords) {
  Result<DeviceProcessor> device = open();
  ASSERT_TRUE(device) << device.error().message;
  runStatus = NINC_ERROR_DEVICE_LOST;
  std::vector<std::uint64_t> counters(device->counterCount());
  for (const Result<void> &done : {device->run(&in_, &out_), device->runKernel(0, &in_, &out_),
                                   device->runCounting(&in_, &out_, counters)}) {
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::badInput);
    EXPECT_THAT(done.error().message, HasSubstr("the driver's words"));
  }
  EXPECT_FALSE(device->intermediate(0, 4));
}

TEST_F(OnADevice, WhatIsNotTheMachinesFaultIsADefect) {
  Result<DeviceProcessor> device = open();
  ASSERT_TRUE(device) << device.error().message;
  runStatus = NINC_ERROR_NULL_ARGUMENT;
  EXPECT_EQ(device->run(&in_, &out_).error().kind, ErrorKind::internal);
}

} // namespace
} // namespace ninc
