// What create refuses, and what it asks of a driver: launches and memory within the device's limits, programs
// built with the right options, a context of the caller's that is fit. On fake drivers.
#include <gtest/gtest.h>

#include "Scenario.h"

namespace ninc {

// ---- Launches and memory that the device can't do. ----

namespace {

std::string refusal(Tables &tables, std::int32_t kind) {
  const Scenario scenario{kind, false, false};
  auto caller = makeCaller(scenario);
  ninc_state *state = nullptr;
  const int status = ninc_device_create(&tables.model, &caller->options, &state);
  EXPECT_EQ(status, NINC_ERROR_DEVICE_BUILD);
  ninc_device_destroy(state);
  EXPECT_EQ(fakeOf(kind).liveObjects(), 0);
  return caller->message.c_str();
}

} // namespace

TEST(Limits, TooManyThreadsAreRefusedAtCreate) {
  Tables tables;
  tables.launches[1].threads[0] = 128;
  for (std::int32_t kind : {NINC_DEVICE_OPENCL, NINC_DEVICE_CUDA})
    EXPECT_EQ(refusal(tables, kind),
              "kernel add needs 128 threads a block, the device has at most 64 for it");
}

TEST(Limits, TooMuchSharedMemoryIsRefusedAtCreate) {
  Tables tables;
  tables.launches[2].shared_bytes = 200000;
  EXPECT_EQ(refusal(tables, NINC_DEVICE_OPENCL),
            "kernel mirror needs 200000 bytes of local memory, the device has 32768");
  EXPECT_EQ(refusal(tables, NINC_DEVICE_CUDA),
            "kernel mirror needs 200256 bytes of shared memory a block, the device has 102400");
}

TEST(Limits, CudaIsAskedForMuchSharedMemory) {
  Tables tables;
  tables.launches[2].shared_bytes = 64 << 10; // the fake refuses launches that want more than was asked for
  const Scenario scenario{NINC_DEVICE_CUDA, false, false};
  auto caller = makeCaller(scenario);
  ninc_state *state = nullptr;
  ASSERT_EQ(ninc_device_create(&tables.model, &caller->options, &state), NINC_OK) << caller->message;
  Values values;
  EXPECT_EQ(ninc_device_run_on(state, values.inputs().data(), values.outputs().data()), NINC_OK)
      << ninc_device_message(state);
  EXPECT_TRUE(values.right());
  ninc_device_destroy(state);

  fakeOf(NINC_DEVICE_CUDA).fail("cuFuncSetAttribute", 1, 0);
  EXPECT_EQ(refusal(tables, NINC_DEVICE_CUDA), "kernel mirror: cuFuncSetAttribute: CUDA_ERROR_OF_A_FAKE (1)");
  fakeOf(NINC_DEVICE_CUDA).fail("cuDeviceGetAttribute", 1, 0);
  ninc_state *none = nullptr;
  EXPECT_EQ(ninc_device_create(&tables.model, &caller->options, &none), NINC_ERROR_DEVICE);
}

// An OpenCL device may allow a quarter of its memory at once: each of the arena, the weights and the inputs
// with the outputs may be so large.
TEST(Limits, MemoryIsAllocatedInPieces) {
  constexpr std::int64_t most = 1 << 20; // of the fake
  for (const std::int32_t kind : {NINC_DEVICE_OPENCL, NINC_DEVICE_CUDA}) {
    Tables tables;
    for (ninc_device_half &half : tables.halves)
      half.arena_bytes = most;
    const Scenario scenario{kind, false, false};
    auto caller = makeCaller(scenario);
    ninc_state *state = nullptr;
    ASSERT_EQ(ninc_device_create(&tables.model, &caller->options, &state), NINC_OK) << caller->message;
    Values values;
    EXPECT_EQ(ninc_device_run_on(state, values.inputs().data(), values.outputs().data()), NINC_OK);
    EXPECT_TRUE(values.right());
    std::vector<unsigned char> arena(most);
    EXPECT_EQ(ninc_device_read_arena(state, 0, most, arena.data()), NINC_OK);
    ninc_device_destroy(state);
    EXPECT_EQ(fakeOf(kind).liveObjects(), 0);
    EXPECT_EQ(fakeOf(kind).wrongCalls(), 0);
  }
}

TEST(Limits, MoreMemoryThanTheDeviceAllowsAtOnceIsSaid) {
  Tables tables;
  tables.halves[0].arena_bytes = 1 << 21;
  auto caller = makeCaller({});
  ninc_state *state = nullptr;
  EXPECT_EQ(ninc_device_create(&tables.model, &caller->options, &state), NINC_ERROR_DEVICE_MEMORY);
  EXPECT_STREQ(caller->message.c_str(),
               "clCreateBuffer: CL_INVALID_BUFFER_SIZE (-61): 2097152 bytes at once, the "
               "device allows 1048576");
  EXPECT_EQ(fakeOf(NINC_DEVICE_OPENCL).liveObjects(), 0);
}

// ---- What programs are built with. ----

TEST(Build, DivisionRoundsCorrectlyWhereTheDeviceCan) {
  const Scenario scenario{NINC_DEVICE_OPENCL, false, false};
  void (*canDo)(std::uint64_t);
  const char *(*options)();
  fakeOf(scenario.kind).find(canDo, "fake_fp_config");
  fakeOf(scenario.kind).find(options, "fake_build_options");
  constexpr std::uint64_t fma = 1 << 5, divideAndSqrt = 1 << 7; // CL_FP_...
  for (const auto &[config, expected] : {std::pair{divideAndSqrt, "-cl-fp32-correctly-rounded-divide-sqrt"},
                                         {fma | divideAndSqrt, "-cl-fp32-correctly-rounded-divide-sqrt"},
                                         {fma, ""}}) {
    canDo(config);
    auto caller = makeCaller(scenario);
    EXPECT_EQ(live(scenario, *caller).status, NINC_OK);
    EXPECT_STREQ(options(), expected);
  }
}

// ---- What the caller gives to create. ----

namespace {

// Creates a state in a context that isn't fit for it; the status.
int createdIn(const Scenario &scenario, void *context, void *device) {
  const FakeDriver &fake = fakeOf(scenario.kind);
  auto caller = makeCaller(scenario);
  const int before = fake.liveObjects();
  caller->options.context = context ? context : caller->options.context;
  caller->options.device = device ? device : caller->options.device;
  ninc_state *state = nullptr;
  const int status = ninc_device_create(&handMadeModel(), &caller->options, &state);
  EXPECT_EQ(state, nullptr);
  EXPECT_NE(caller->message[0], '\0');
  EXPECT_EQ(fake.liveObjects(), before);
  EXPECT_EQ(fake.wrongCalls(), 0);
  return status;
}

} // namespace

// What the caller has to mend isn't a device that has failed.
TEST(Callers, ContextThatIsntOneIsRefused) {
  for (const std::int32_t kind : {NINC_DEVICE_OPENCL, NINC_DEVICE_CUDA}) {
    const Scenario scenario{kind, true, false};
    auto other = makeCaller(scenario);
    EXPECT_EQ(createdIn(scenario, other->stream, nullptr), NINC_ERROR_DEVICE) << kind;
  }
}

TEST(Callers, DeviceThatIsntInTheContextIsRefused) {
  int other = 0;
  EXPECT_EQ(createdIn({NINC_DEVICE_OPENCL, true, false}, nullptr, &other), NINC_ERROR_DEVICE);
}

TEST(Callers, CudaContextThatIsGoneIsRefused) {
  const Scenario scenario{NINC_DEVICE_CUDA, true, false};
  void *gone = makeCaller(scenario)->options.context;
  EXPECT_EQ(createdIn(scenario, gone, nullptr), NINC_ERROR_DEVICE);
}

// The same words of the driver are a failure of the device where the context was the state's own, or was good
// at create.
TEST(Callers, ContextIsToBlameOnlyAtCreate) {
  struct Row {
    const char *function;
    int code, status;
  };
  const auto failing = [](const Scenario &scenario, const Row &row) {
    auto caller = makeCaller(scenario);
    fakeOf(scenario.kind).fail(row.function, row.code, 0);
    EXPECT_EQ(live(scenario, *caller).status, row.status)
        << row.function << ' ' << row.code << ' ' << scenario.callersContext;
    fakeOf(scenario.kind).fail(nullptr, 0, 0);
  };
  failing({NINC_DEVICE_OPENCL, true, false}, {"clCreateCommandQueue", -30, NINC_ERROR_DEVICE});
  for (const int code : {-33, -34, -36}) {
    failing({NINC_DEVICE_OPENCL, true, false}, {"clCreateBuffer", code, NINC_ERROR_DEVICE});
    failing({NINC_DEVICE_OPENCL, false, false}, {"clCreateBuffer", code, NINC_ERROR_DEVICE_LOST});
    failing({NINC_DEVICE_OPENCL, true, false}, {"clEnqueueNDRangeKernel", code, NINC_ERROR_DEVICE_LOST});
  }
  for (const int code : {1, 201, 400}) {
    failing({NINC_DEVICE_CUDA, true, false}, {"cuStreamCreate", code, NINC_ERROR_DEVICE});
    failing({NINC_DEVICE_CUDA, true, false}, {"cuCtxGetDevice", code, NINC_ERROR_DEVICE});
  }
  failing({NINC_DEVICE_CUDA, false, false}, {"cuStreamCreate", 201, NINC_ERROR_DEVICE_LOST});
  failing({NINC_DEVICE_CUDA, true, false}, {"cuLaunchKernel", 201, NINC_ERROR_DEVICE_LOST});
}

} // namespace ninc
