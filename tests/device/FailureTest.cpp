// Every call to a driver fails once, at every place where it is made: the caller gets a status and words, the
// process goes on, and nothing is left behind. On fake drivers; also under valgrind.
#include <gtest/gtest.h>

#include <map>

#include "Scenario.h"

namespace ninc {

namespace {

struct Row {
  const char *function;
  int code;
  int status;
};

std::vector<Scenario> scenariosOf(std::int32_t kind) {
  return {{kind, false, false}, {kind, false, true}, {kind, true, false}, {kind, true, true}};
}

// Fails the first call, the second ... until there is none left; of many (events) every eighth. Returns how
// often it failed.
int sweep(const Scenario &scenario, const Row &row) {
  const FakeDriver &fake = fakeOf(scenario.kind);
  int failures = 0;
  bool hit = true;
  for (int call = 0; hit; call += call < 16 ? 1 : 8) {
    auto caller = makeCaller(scenario);
    const int before = fake.liveObjects();
    fake.fail(row.function, row.code, call);
    const Outcome outcome = live(scenario, *caller);
    hit = fake.hits() > 0;
    fake.fail(nullptr, 0, 0);
    EXPECT_TRUE(outcome.right) << row.function;
    if (!hit) {
      EXPECT_EQ(outcome.status, NINC_OK) << row.function << ": " << outcome.message;
    } else {
      ++failures;
      EXPECT_EQ(outcome.status, row.status)
          << row.function << ' ' << row.code << ", call " << call << ": " << outcome.message;
      EXPECT_NE(outcome.message.find(std::to_string(row.code)), std::string::npos)
          << row.function << ": " << outcome.message;
      // What is in a CUDA context of the caller's that a fault has spoilt goes with the context.
      const bool spoilt = outcome.status == NINC_ERROR_DEVICE_LOST && scenario.callersContext &&
                          scenario.kind == NINC_DEVICE_CUDA;
      if (!spoilt) {
        EXPECT_EQ(fake.liveObjects(), before) << row.function << " leaves something behind";
      }
    }
    caller.reset();
    EXPECT_EQ(fake.liveObjects(), 0) << row.function;
    EXPECT_EQ(fake.wrongCalls(), 0) << row.function;
    if (testing::Test::HasFailure()) break;
  }
  return failures;
}

void sweepAll(std::int32_t kind, const std::vector<Row> &rows) {
  for (const Row &row : rows) {
    int failures = 0;
    for (const Scenario &scenario : scenariosOf(kind))
      failures += sweep(scenario, row);
    EXPECT_GT(failures, 0) << "nothing calls " << row.function;
    if (testing::Test::HasFailure()) break;
  }
}

constexpr int refused = -30; // CL_INVALID_VALUE

} // namespace

TEST(Failure, OfEveryOpenClCallIsAStatus) {
  sweepAll(NINC_DEVICE_OPENCL, {
                                   {"clGetPlatformIDs", refused, NINC_ERROR_NO_DEVICE},
                                   {"clGetPlatformIDs", -1001, NINC_ERROR_NO_DEVICE},
                                   {"clGetDeviceIDs", refused, NINC_ERROR_NO_DEVICE},
                                   {"clGetDeviceIDs", -1, NINC_ERROR_NO_DEVICE},
                                   {"clGetDeviceInfo", refused, NINC_ERROR_DEVICE},
                                   {"clCreateContext", refused, NINC_ERROR_DEVICE},
                                   {"clCreateContext", -6, NINC_ERROR_DEVICE_MEMORY},
                                   {"clCreateCommandQueue", refused, NINC_ERROR_DEVICE},
                                   {"clGetCommandQueueInfo", refused, NINC_ERROR_DEVICE},
                                   {"clCreateProgramWithSource", refused, NINC_ERROR_DEVICE_BUILD},
                                   {"clBuildProgram", -11, NINC_ERROR_DEVICE_BUILD},
                                   {"clBuildProgram", refused, NINC_ERROR_DEVICE_BUILD},
                                   {"clBuildProgram", -6, NINC_ERROR_DEVICE_MEMORY},
                                   {"clCreateKernel", -46, NINC_ERROR_DEVICE_BUILD},
                                   {"clGetKernelWorkGroupInfo", refused, NINC_ERROR_DEVICE_BUILD},
                                   {"clCreateBuffer", -61, NINC_ERROR_DEVICE_MEMORY},
                                   {"clCreateBuffer", refused, NINC_ERROR_DEVICE},
                                   {"clCreateSubBuffer", -5, NINC_ERROR_DEVICE_MEMORY},
                                   {"clCreateSubBuffer", -13, NINC_ERROR_MISALIGNED},
                                   {"clGetMemObjectInfo", -38, NINC_ERROR_DEVICE},
                                   {"clEnqueueWriteBuffer", -4, NINC_ERROR_DEVICE_MEMORY},
                                   {"clEnqueueWriteBuffer", refused, NINC_ERROR_DEVICE},
                                   {"clEnqueueReadBuffer", -5, NINC_ERROR_DEVICE_MEMORY},
                                   {"clEnqueueNDRangeKernel", -4, NINC_ERROR_DEVICE_MEMORY},
                                   {"clEnqueueNDRangeKernel", -54, NINC_ERROR_DEVICE},
                                   {"clEnqueueNDRangeKernel", -36, NINC_ERROR_DEVICE_LOST},
                                   {"clEnqueueNDRangeKernel", -9999, NINC_ERROR_DEVICE_LOST},
                                   {"clFlush", -36, NINC_ERROR_DEVICE_LOST},
                                   {"clFlush", refused, NINC_ERROR_DEVICE},
                                   {"clWaitForEvents", -5, NINC_ERROR_DEVICE_LOST},
                                   {"clWaitForEvents", -14, NINC_ERROR_DEVICE_LOST},
                                   {"clGetEventInfo", refused, NINC_ERROR_DEVICE_LOST},
                                   {"clGetEventProfilingInfo", refused, NINC_ERROR_DEVICE},
                               });
}

// Setting an argument is part of building a kernel, and of a run on the caller's memory.
TEST(Failure, OfAnOpenClArgumentIsAStatus) {
  for (const Scenario &scenario : scenariosOf(NINC_DEVICE_OPENCL)) {
    const FakeDriver &fake = fakeOf(scenario.kind);
    for (int call = 0;; ++call) {
      auto caller = makeCaller(scenario);
      const int before = fake.liveObjects();
      fake.fail("clSetKernelArg", -49, call);
      const Outcome outcome = live(scenario, *caller);
      const bool hit = fake.hits() > 0;
      fake.fail(nullptr, 0, 0);
      ASSERT_EQ(fake.liveObjects(), before);
      if (!hit) break;
      ASSERT_TRUE(outcome.status == NINC_ERROR_DEVICE || outcome.status == NINC_ERROR_DEVICE_BUILD);
      ASSERT_NE(outcome.message.find("clSetKernelArg"), std::string::npos) << outcome.message;
      ASSERT_EQ(fake.wrongCalls(), 0);
    }
  }
}

TEST(Failure, OfAnOpenClCommandIsFoundByWaiting) {
  sweepAll(NINC_DEVICE_OPENCL, {{"execution", -5, NINC_ERROR_DEVICE_LOST},
                                {"execution", -9999, NINC_ERROR_DEVICE_LOST},
                                {"execution", -4, NINC_ERROR_DEVICE_MEMORY}});
}

TEST(Failure, OfEveryCudaCallIsAStatus) {
  sweepAll(NINC_DEVICE_CUDA, {
                                 {"cuInit", 100, NINC_ERROR_NO_DEVICE},
                                 {"cuInit", 34, NINC_ERROR_NO_DRIVER},
                                 {"cuInit", 201, NINC_ERROR_NO_DRIVER},
                                 {"cuInit", 304, NINC_ERROR_NO_DRIVER},
                                 {"cuInit", 802, NINC_ERROR_NO_DRIVER},
                                 {"cuInit", 803, NINC_ERROR_NO_DRIVER},
                                 {"cuInit", 804, NINC_ERROR_NO_DRIVER},
                                 {"cuInit", 999, NINC_ERROR_NO_DRIVER},
                                 {"cuDriverGetVersion", 1, NINC_ERROR_DEVICE},
                                 {"cuDeviceGet", 101, NINC_ERROR_NO_DEVICE},
                                 {"cuDeviceGet", 999, NINC_ERROR_DEVICE},
                                 {"cuDevicePrimaryCtxRetain", 2, NINC_ERROR_DEVICE_MEMORY},
                                 {"cuCtxGetDevice", 1, NINC_ERROR_DEVICE},
                                 {"cuStreamCreate", 2, NINC_ERROR_DEVICE_MEMORY},
                                 {"cuStreamGetCtx", 400, NINC_ERROR_DEVICE},
                                 {"cuEventCreate", 2, NINC_ERROR_DEVICE_MEMORY},
                                 {"cuMemAlloc", 2, NINC_ERROR_DEVICE_MEMORY},
                                 {"cuModuleLoadDataEx", 218, NINC_ERROR_DEVICE_BUILD},
                                 {"cuModuleLoadDataEx", 222, NINC_ERROR_DEVICE_BUILD},
                                 {"cuModuleLoadDataEx", 2, NINC_ERROR_DEVICE_MEMORY},
                                 {"cuModuleGetFunction", 500, NINC_ERROR_DEVICE_BUILD},
                                 {"cuFuncGetAttribute", 1, NINC_ERROR_DEVICE_BUILD},
                                 {"cuPointerGetAttributes", 1, NINC_ERROR_DEVICE},
                                 {"cuPointerGetAttributes", 201, NINC_ERROR_DEVICE},
                                 {"cuPointerGetAttributes", 700, NINC_ERROR_DEVICE_LOST},
                                 {"cuMemcpyHtoDAsync", 1, NINC_ERROR_DEVICE},
                                 {"cuMemcpyDtoHAsync", 700, NINC_ERROR_DEVICE_LOST},
                                 {"cuLaunchKernel", 701, NINC_ERROR_DEVICE},
                                 {"cuLaunchKernel", 719, NINC_ERROR_DEVICE_LOST},
                                 {"cuLaunchKernel", 2, NINC_ERROR_DEVICE_MEMORY},
                                 {"cuEventRecord", 400, NINC_ERROR_DEVICE},
                                 {"cuEventSynchronize", 716, NINC_ERROR_DEVICE_LOST},
                                 {"cuEventElapsedTime", 400, NINC_ERROR_DEVICE},
                                 {"cuStreamSynchronize", 999, NINC_ERROR_DEVICE},
                             });
}

TEST(Failure, OfACudaCommandIsFoundByWaiting) {
  sweepAll(NINC_DEVICE_CUDA,
           {{"execution", 700, NINC_ERROR_DEVICE_LOST}, {"execution", 214, NINC_ERROR_DEVICE_LOST}});
}

// A context that can't be made current holds what is in it until it ends.
TEST(Failure, OfMakingACudaContextCurrentIsAStatus) {
  const FakeDriver &fake = fakeOf(NINC_DEVICE_CUDA);
  for (int call = 0;; ++call) {
    const Scenario scenario{NINC_DEVICE_CUDA, false, false};
    auto caller = makeCaller(scenario);
    fake.fail("cuCtxPushCurrent", 709, call);
    const Outcome outcome = live(scenario, *caller);
    const bool hit = fake.hits() > 0;
    fake.fail(nullptr, 0, 0);
    if (!hit || outcome.status == NINC_OK) break; // it was in destroy, which has nobody to tell
    EXPECT_EQ(outcome.status, NINC_ERROR_DEVICE_LOST);
    EXPECT_EQ(fake.liveObjects(), 0);
  }
}

// Whatever keeps CUDA from getting ready, the caller's wish for the CPU instead holds.
TEST(Failure, OfCudaToGetReadyFallsBackToTheCpu) {
  for (const int code : {2, 34, 100, 304, 802, 803, 804, 999}) {
    const Scenario scenario{NINC_DEVICE_CUDA, false, false};
    auto caller = makeCaller(scenario);
    caller->options.fallback = 1;
    fakeOf(scenario.kind).fail("cuInit", code, 0);
    ninc_state *state = nullptr;
    ASSERT_EQ(ninc_device_create(&handMadeModel(), &caller->options, &state), NINC_OK) << code;
    EXPECT_NE(std::string(ninc_device_message(state)).find(std::to_string(code)), std::string::npos)
        << ninc_device_message(state);
    Values values;
    EXPECT_EQ(ninc_device_run_on(state, values.inputs().data(), values.outputs().data()), NINC_OK);
    EXPECT_TRUE(values.right());
    ninc_device_destroy(state);
    EXPECT_EQ(fakeOf(scenario.kind).liveObjects(), 0);
  }
}

TEST(Failure, TheCallersCudaContextStaysCurrent) {
  int (*pushed)();
  fakeOf(NINC_DEVICE_CUDA).find(pushed, "fake_pushed_contexts");
  for (const Scenario &scenario : scenariosOf(NINC_DEVICE_CUDA)) {
    auto caller = makeCaller(scenario);
    ninc_state *state = nullptr;
    ASSERT_EQ(ninc_device_create(&handMadeModel(), &caller->options, &state), NINC_OK);
    Values values;
    for (int run = 0; run < 200; ++run) // more than are kept track of: none is waited for by the caller
      ASSERT_EQ(ninc_device_run_on(state, values.inputs().data(), values.outputs().data()), NINC_OK);
    ASSERT_EQ(pushed(), 0);
    ninc_device_destroy(state);
    ASSERT_EQ(pushed(), 0);
  }
}

TEST(Failure, ABuildsLogIsInTheMessage) {
  for (const Row &row :
       {Row{"clBuildProgram", -11, NINC_DEVICE_OPENCL}, Row{"cuModuleLoadDataEx", 218, NINC_DEVICE_CUDA}}) {
    const Scenario scenario{row.status, false, false};
    auto caller = makeCaller(scenario);
    fakeOf(scenario.kind).fail(row.function, row.code, 1);
    const Outcome outcome = live(scenario, *caller);
    EXPECT_EQ(outcome.status, NINC_ERROR_DEVICE_BUILD);
    EXPECT_NE(outcome.message.find("line 1: error: no such thing"), std::string::npos) << outcome.message;
  }
}

TEST(Failure, AMessageIsCutOffWhereTheCallersRoomEnds) {
  const Scenario scenario;
  auto caller = makeCaller(scenario);
  caller->message.assign(20, 'x');
  caller->options.message = caller->message.data();
  caller->options.message_bytes = 10;
  fakeOf(scenario.kind).fail("clBuildProgram", -11, 0);
  EXPECT_EQ(live(scenario, *caller).message, "clBuildPr");
  EXPECT_EQ(caller->message.substr(10), "xxxxxxxxxx");
}

// ---- Memory of this process: the linker leads the runtime's calls here. ----

namespace {

int allocations = 0, failingAllocation = -1;

bool allocates() {
  return allocations++ != failingAllocation;
}

} // namespace

extern "C" {
void *__real_malloc(std::size_t bytes);
void *__real_calloc(std::size_t count, std::size_t bytes);
void *__wrap_malloc(std::size_t bytes) {
  return allocates() ? __real_malloc(bytes) : nullptr;
}
void *__wrap_calloc(std::size_t count, std::size_t bytes) {
  return allocates() ? __real_calloc(count, bytes) : nullptr;
}
}

TEST(Failure, OfMemoryInThisProcessIsAStatus) {
  for (std::int32_t kind : {NINC_DEVICE_OPENCL, NINC_DEVICE_CUDA})
    for (const Scenario &scenario : scenariosOf(kind)) {
      int failures = 0;
      for (bool failed = true; failed; ++failures) {
        auto caller = makeCaller(scenario);
        const int before = fakeOf(kind).liveObjects();
        ninc_state *state = nullptr;
        allocations = 0;
        failingAllocation = failures;
        const int status = ninc_device_create(&handMadeModel(), &caller->options, &state);
        failed = allocations > failures;
        failingAllocation = -1;
        EXPECT_EQ(status, failed ? NINC_ERROR_MEMORY : NINC_OK);
        EXPECT_EQ(state == nullptr, failed);
        EXPECT_EQ(caller->message.c_str()[0] != 0, failed);
        ninc_device_destroy(state);
        EXPECT_EQ(fakeOf(kind).liveObjects(), before);
      }
      EXPECT_GT(failures, 8);
    }
}

TEST(Run, AllocatesNothing) {
  for (std::int32_t kind : {NINC_DEVICE_OPENCL, NINC_DEVICE_CUDA})
    for (const Scenario &scenario : scenariosOf(kind)) {
      auto caller = makeCaller(scenario);
      ninc_state *state = nullptr;
      ASSERT_EQ(ninc_device_create(&handMadeModel(), &caller->options, &state), NINC_OK);
      Values values;
      allocations = 0;
      EXPECT_EQ(ninc_device_run_on(state, values.inputs().data(), values.outputs().data()), NINC_OK);
      for (int run = 0; run < 300 && scenario.callersContext; ++run) // many under way, none waited for
        EXPECT_EQ(ninc_device_enqueue(state, caller->inputs.data(), caller->outputs.data(), caller->stream),
                  NINC_OK);
      EXPECT_EQ(ninc_device_wait(state), NINC_OK);
      EXPECT_EQ(allocations, 0);
      ninc_device_destroy(state);
    }
}

TEST(Run, CountsTheTimesOfKernelsAndCopiesApart) {
  for (std::int32_t kind : {NINC_DEVICE_OPENCL, NINC_DEVICE_CUDA}) {
    const Scenario scenario{kind, false, true};
    auto caller = makeCaller(scenario);
    ninc_state *state = nullptr;
    ASSERT_EQ(ninc_device_create(&handMadeModel(), &caller->options, &state), NINC_OK);
    Values values;
    for (int run = 0; run < 10; ++run)
      ASSERT_EQ(ninc_device_run_on(state, values.inputs().data(), values.outputs().data()), NINC_OK);
    // A fake's command takes 1000 ns, and kernel 1 has two.
    const std::vector<std::uint64_t> expected = {10000, 20000, 10000, 20000, 20000};
    for (int i = 0; i < counters; ++i)
      EXPECT_NEAR(static_cast<double>(caller->ns[i]), static_cast<double>(expected[i]), 10) << i;
    ninc_device_destroy(state);
  }
}

// ---- A device that is lost. ----

TEST(Lost, OnlyDestroyIsLeft) {
  for (const Row &row : {Row{"execution", -5, NINC_DEVICE_OPENCL}, Row{"execution", 700, NINC_DEVICE_CUDA}}) {
    const Scenario scenario{row.status, true, false};
    auto caller = makeCaller(scenario);
    ninc_state *state = nullptr;
    ASSERT_EQ(ninc_device_create(&handMadeModel(), &caller->options, &state), NINC_OK);
    fakeOf(scenario.kind).fail(row.function, row.code, 2);
    ninc_device_enqueue(state, caller->inputs.data(), caller->outputs.data(),
                        nullptr); // may know of it already
    EXPECT_EQ(ninc_device_wait(state), NINC_ERROR_DEVICE_LOST);
    EXPECT_NE(std::string(ninc_device_message(state)).find(std::to_string(row.code)), std::string::npos);
    ninc_native native;
    EXPECT_EQ(ninc_device_native(state, &native), NINC_OK);
    ninc_device_destroy(state);
  }
}

} // namespace ninc
