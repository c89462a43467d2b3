// Where there is no driver, or no device: a status that says so, or, where the caller agrees, the CPU. What
// is missing is the environment's choice: NINC_EXPECT_NO is "OpenCL" or "CUDA" for a library that can't be
// opened, "device" for an OpenCL without platforms.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "HandMadeModel.h"

namespace ninc {

namespace {

struct Expectation {
  std::int32_t kind;
  int status;
  const char *words;
};

Expectation expectation() {
  const char *missing = std::getenv("NINC_EXPECT_NO");
  if (missing && std::strcmp(missing, "device") == 0)
    return {NINC_DEVICE_OPENCL, NINC_ERROR_NO_DEVICE, "no OpenCL platform is installed"};
  if (missing && std::strcmp(missing, "OpenCL") == 0)
    return {NINC_DEVICE_OPENCL, NINC_ERROR_NO_DRIVER, "OpenCL can't be opened"};
  return {NINC_DEVICE_CUDA, NINC_ERROR_NO_DRIVER, "CUDA can't be opened"};
}

ninc_state *fallBack(std::int32_t threads) {
  ninc_device_options options = {};
  options.kind = expectation().kind;
  options.fallback = 1;
  options.threads = threads;
  ninc_state *state = nullptr;
  EXPECT_EQ(ninc_device_create(&handMadeModel(), &options, &state), NINC_OK);
  return state;
}

} // namespace

TEST(NoDriver, IsAStatusAndWords) {
  char message[1000] = "";
  ninc_device_options options = {};
  options.kind = expectation().kind;
  options.message = message;
  options.message_bytes = sizeof message;
  ninc_state *state = nullptr;
  EXPECT_EQ(ninc_device_create(&handMadeModel(), &options, &state), expectation().status);
  EXPECT_EQ(state, nullptr);
  EXPECT_NE(std::string(message).find(expectation().words), std::string::npos) << message;
}

TEST(NoDriver, TheCpuDoesTheWorkWhereTheCallerAgrees) {
  for (std::int32_t threads : {0, 1, 3}) {
    ninc_state *state = fallBack(threads);
    ASSERT_NE(state, nullptr);
    EXPECT_NE(std::string(ninc_device_message(state)).find(expectation().words), std::string::npos);
    ninc_native native = {};
    EXPECT_EQ(ninc_device_native(state, &native), NINC_OK);
    EXPECT_EQ(native.kind, NINC_DEVICE_CPU);
    EXPECT_EQ(native.context, nullptr);

    Values values;
    EXPECT_EQ(ninc_device_run_on(state, values.inputs().data(), values.outputs().data()), NINC_OK);
    EXPECT_TRUE(values.right());
    values.forget();
    ninc_buffer inputs[] = {{values.a.data(), 0, NINC_HOST}, {values.b.data() + 4, -16, NINC_HOST}};
    ninc_buffer outputs[] = {{values.out0.data(), 0, NINC_HOST}, {values.out1.data(), 0, NINC_HOST}};
    EXPECT_EQ(ninc_device_enqueue(state, inputs, outputs, nullptr), NINC_OK);
    EXPECT_TRUE(values.right()) << "it is done when enqueue returns";
    EXPECT_EQ(ninc_device_wait(state), NINC_OK);
    ninc_device_destroy(state);
  }
}

TEST(NoDriver, WhatNeedsADeviceIsRefusedOnTheCpu) {
  ninc_state *state = fallBack(1);
  Values values;
  ninc_buffer buffers[] = {{values.a.data(), 0, NINC_ON_DEVICE}, {values.b.data(), 0, NINC_HOST}};
  EXPECT_EQ(ninc_device_enqueue(state, buffers, buffers, nullptr), NINC_ERROR_NO_DEVICE);
  EXPECT_EQ(ninc_device_run_kernel(state, 0, values.inputs().data(), values.outputs().data()),
            NINC_ERROR_NO_DEVICE);
  EXPECT_EQ(ninc_device_read_arena(state, 0, 4, values.a.data()), NINC_ERROR_NO_DEVICE);
  void *none[] = {nullptr, nullptr};
  EXPECT_EQ(ninc_device_run_on(state, values.inputs().data(), none), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_STREQ(ninc_device_message(state), "on the CPU: an error of the model");
  EXPECT_EQ(ninc_device_run_on(state, values.inputs().data(), values.outputs().data()), NINC_OK);
  EXPECT_STREQ(ninc_device_message(state), "");
  ninc_device_destroy(state);
}

TEST(NoDriver, ACpuThatCantEitherIsAStatus) {
  ninc_device_options options = {};
  options.kind = expectation().kind;
  options.fallback = 1;
  ninc_state *state = nullptr;
  Tables tables;
  options.threads = 100; // more than the hand-made team takes
  EXPECT_EQ(ninc_device_create(&tables.model, &options, &state), NINC_ERROR_THREADS);
  options.threads = 1;
  tables.host.supported = [] { return int{NINC_ERROR_CPU}; };
  EXPECT_EQ(ninc_device_create(&tables.model, &options, &state), NINC_ERROR_CPU);
  EXPECT_EQ(state, nullptr);
}

} // namespace ninc
