// Memory of the caller's on a CUDA device: what a kernel would fault on is refused, with the statuses that
// OpenCL's memory gets (OpenClTest), and the context stays whole. On a fake driver.
#include <gtest/gtest.h>

#include "Scenario.h"

namespace ninc {

namespace {

constexpr std::int64_t slotBytes = allFloats * sizeof(float);
const Scenario inCallersContext{NINC_DEVICE_CUDA, true, false};

class CudaMemory : public testing::Test {
protected:
  void SetUp() override {
    fake.find(push, "cuCtxPushCurrent_v2");
    fake.find(pop, "cuCtxPopCurrent_v2");
    fake.find(allocateFromPool, "cuMemAllocAsync");
    fake.find(allocateOnHost, "cuMemHostAlloc");
    fake.find(release, "cuMemFree_v2");
    fake.find(setVersion, "fake_driver_version");
    makeState();
  }
  void TearDown() override {
    ninc_device_destroy(state);
    caller.reset();
    setVersion(12020);
    EXPECT_EQ(fake.liveObjects(), 0);
    EXPECT_EQ(fake.wrongCalls(), 0);
  }
  void makeState() {
    ninc_device_destroy(state);
    ASSERT_EQ(ninc_device_create(&handMadeModel(), &caller->options, &state), NINC_OK) << caller->message;
  }
  // A run that has this for its first input and the caller's memory for all else.
  int enqueue(ninc_buffer first) {
    const ninc_buffer inputs[] = {first, caller->inputs[1]};
    const int status = ninc_device_enqueue(state, inputs, caller->outputs.data(), caller->stream);
    EXPECT_EQ(ninc_device_message(state)[0] == 0, status == NINC_OK);
    return status;
  }

  const FakeDriver &fake = fakeOf(NINC_DEVICE_CUDA);
  int (*push)(void *), (*pop)(void **), (*allocateFromPool)(std::uint64_t *, std::size_t, void *),
      (*allocateOnHost)(void **, std::size_t, unsigned), (*release)(std::uint64_t);
  void (*setVersion)(int);
  std::unique_ptr<Caller> caller = makeCaller(inCallersContext);
  ninc_state *state = nullptr;
};

} // namespace

// The caller's memory is one allocation of four slots.
TEST_F(CudaMemory, ThatIsTooSmallIsRefused) {
  void *start = caller->inputs[0].data;
  void *end = static_cast<char *>(start) + 4 * slotBytes;
  EXPECT_EQ(enqueue({start, 3 * slotBytes, NINC_ON_DEVICE}), NINC_OK);
  EXPECT_EQ(enqueue({start, 3 * slotBytes + 16, NINC_ON_DEVICE}), NINC_ERROR_DEVICE);
  EXPECT_EQ(enqueue({start, 4 * slotBytes, NINC_ON_DEVICE}), NINC_ERROR_DEVICE);
  EXPECT_EQ(enqueue({start, INT64_MAX - 15, NINC_ON_DEVICE}), NINC_ERROR_DEVICE);
  EXPECT_EQ(enqueue({start, INT64_MIN, NINC_ON_DEVICE}), NINC_ERROR_DEVICE);
  EXPECT_EQ(enqueue({start, -16, NINC_ON_DEVICE}), NINC_ERROR_DEVICE);
  EXPECT_EQ(enqueue({end, -slotBytes, NINC_ON_DEVICE}), NINC_ERROR_DEVICE)
      << "the address itself is no memory";
  EXPECT_EQ(enqueue({start, 3 * slotBytes + 16, NINC_ON_DEVICE}), NINC_ERROR_DEVICE);
  EXPECT_STREQ(ninc_device_message(state),
               "an input or output of 512 bytes is not in memory of 2048 bytes at offset 1552");
  EXPECT_EQ(enqueue({start, 4, NINC_ON_DEVICE}), NINC_ERROR_MISALIGNED);
  EXPECT_EQ(enqueue({start, 0, NINC_ON_DEVICE}), NINC_OK);
  EXPECT_EQ(ninc_device_wait(state), NINC_OK);
}

TEST_F(CudaMemory, OfTheHostIsRefused) {
  Values values;
  EXPECT_EQ(enqueue({values.a.data(), 0, NINC_ON_DEVICE}), NINC_ERROR_DEVICE);
  EXPECT_STREQ(ninc_device_message(state),
               "an input or output on the device is in no memory of CUDA's (cuPointerGetAttributes: "
               "CUDA_ERROR_OF_A_FAKE, 0)");
  EXPECT_EQ(ninc_device_run_on(state, values.inputs().data(), values.outputs().data()), NINC_OK);
  EXPECT_TRUE(values.right()) << "the state goes on";
}

TEST_F(CudaMemory, OfAnotherContextIsRefused) {
  auto other = makeCaller(inCallersContext);
  EXPECT_EQ(enqueue({other->inputs[0].data, 0, NINC_ON_DEVICE}), NINC_ERROR_DEVICE);
  EXPECT_STREQ(ninc_device_message(state), "memory of an input or output belongs to another context");
}

// A pool's memory is of no context; pinned memory of the host can be reached from all.
TEST_F(CudaMemory, ThatAllContextsReachIsTaken) {
  auto other = makeCaller(inCallersContext);
  std::uint64_t pooled = 0;
  void *pinned = nullptr, *popped = nullptr;
  push(other->options.context);
  allocateFromPool(&pooled, slotBytes, other->stream);
  allocateOnHost(&pinned, slotBytes, 0);
  for (void *data : {reinterpret_cast<void *>(pooled), pinned}) {
    EXPECT_EQ(enqueue({data, 0, NINC_ON_DEVICE}), NINC_OK) << ninc_device_message(state);
    EXPECT_EQ(enqueue({data, 16, NINC_ON_DEVICE}), NINC_ERROR_DEVICE) << "as long as it is large enough";
    release(reinterpret_cast<std::uint64_t>(data));
  }
  pop(&popped);
}

// They say of an address whose memory it is, but not how large that is.
TEST_F(CudaMemory, IsUsedWithDriversBefore10_2) {
  setVersion(10010);
  makeState();
  Values values;
  EXPECT_EQ(enqueue({caller->inputs[0].data, slotBytes, NINC_ON_DEVICE}), NINC_OK);
  EXPECT_EQ(enqueue({values.a.data(), 0, NINC_ON_DEVICE}), NINC_ERROR_DEVICE);
}

} // namespace ninc
