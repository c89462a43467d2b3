// States in a child of fork, where no driver is (ninc_model.h). On fake drivers, which count what they are
// asked for.
#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>

#include "Scenario.h"

namespace ninc {

namespace {

// Whether `part` holds in a child. That ends by a signal of its own, since valgrind would else complain of
// the driver's memory, which nobody can free there.
bool holdsInAChild(const std::function<bool()> &part) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    if (part()) kill(getpid(), SIGKILL);
    _exit(1);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

bool isRefused(ninc_state *state, int status) {
  return status == NINC_ERROR_DEVICE_LOST &&
         std::strstr(ninc_device_message(state), "before a fork") != nullptr;
}

} // namespace

TEST(Fork, AStateOnADeviceIsLostToTheChildAndNotToTheParent) {
  for (const std::int32_t kind : {NINC_DEVICE_OPENCL, NINC_DEVICE_CUDA})
    for (const bool callersContext : {false, true}) {
      const FakeDriver &fake = fakeOf(kind);
      auto caller = makeCaller({kind, callersContext, false});
      const int before = fake.liveObjects();
      ninc_state *state = nullptr;
      ASSERT_EQ(ninc_device_create(&handMadeModel(), &caller->options, &state), NINC_OK);
      Values values;
      std::vector<ninc_buffer> inputs, outputs;
      for (const void *data : values.inputs())
        inputs.push_back({const_cast<void *>(data), 0, NINC_HOST});
      for (void *data : values.outputs())
        outputs.push_back({data, 0, NINC_HOST});
      ASSERT_EQ(ninc_device_enqueue(state, inputs.data(), outputs.data(), nullptr), NINC_OK);
      const int made = fake.liveObjects();

      EXPECT_TRUE(holdsInAChild([&] {
        char byte = 0;
        Values others;
        bool right = isRefused(state, ninc_device_wait(state));
        right &= isRefused(state, ninc_device_run_on(state, others.inputs().data(), others.outputs().data()));
        right &= isRefused(state, ninc_device_enqueue(state, inputs.data(), outputs.data(), nullptr));
        right &= isRefused(state,
                           ninc_device_run_kernel(state, 0, others.inputs().data(), others.outputs().data()));
        right &= isRefused(state, ninc_device_read_arena(state, 0, 1, &byte));
        ninc_native native;
        right &= isRefused(state, ninc_device_native(state, &native)) && !native.context;
        ninc_device_destroy(state);
        return right && fake.liveObjects() == made && fake.wrongCalls() == 0; // the driver wasn't called
      })) << kind;
      EXPECT_TRUE(holdsInAChild([&] { // which doesn't call anything else first
        ninc_device_destroy(state);
        return fake.liveObjects() == made;
      })) << kind;

      EXPECT_EQ(ninc_device_wait(state), NINC_OK) << ninc_device_message(state);
      EXPECT_TRUE(values.right());
      values.forget();
      EXPECT_EQ(ninc_device_run_on(state, values.inputs().data(), values.outputs().data()), NINC_OK);
      EXPECT_TRUE(values.right());
      ninc_device_destroy(state);
      EXPECT_EQ(fake.liveObjects(), before);
    }
}

TEST(Fork, AStateOnTheCpuServesTheChildToo) {
  auto caller = makeCaller({NINC_DEVICE_CUDA, false, false});
  caller->options.fallback = 1;
  fakeOf(NINC_DEVICE_CUDA).fail("cuInit", 100, 0);
  ninc_state *state = nullptr;
  ASSERT_EQ(ninc_device_create(&handMadeModel(), &caller->options, &state), NINC_OK);
  EXPECT_TRUE(holdsInAChild([&] {
    Values values;
    const int status = ninc_device_run_on(state, values.inputs().data(), values.outputs().data());
    ninc_device_destroy(state);
    return status == NINC_OK && values.right();
  }));
  Values values;
  EXPECT_EQ(ninc_device_run_on(state, values.inputs().data(), values.outputs().data()), NINC_OK);
  EXPECT_TRUE(values.right());
  ninc_device_destroy(state);
}

} // namespace ninc
