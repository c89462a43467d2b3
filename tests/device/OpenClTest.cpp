// The interface of a model's half for a device, on a real OpenCL driver: PoCL, whose device is this CPU.
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <memory>
#include <thread>

#include "HandMadeModel.h"
#include "runtime/device/opencl_api.h"

namespace ninc {

namespace {

constexpr std::size_t slotBytes = allFloats * sizeof(float);

struct Destroy {
  void operator()(ninc_state *state) const { ninc_device_destroy(state); }
};
using State = std::unique_ptr<ninc_state, Destroy>;

State create(const ninc_device_options &options, const ninc_device_model &model = handMadeModel()) {
  char message[4000] = "";
  ninc_device_options asked = options;
  asked.message = message;
  asked.message_bytes = sizeof message;
  ninc_state *state = nullptr;
  EXPECT_EQ(ninc_device_create(&model, &asked, &state), NINC_OK) << message;
  return State(state);
}

std::vector<ninc_buffer> onHost(const auto &pointers) {
  std::vector<ninc_buffer> buffers;
  for (const void *data : pointers)
    buffers.push_back({const_cast<void *>(data), 0, NINC_HOST});
  return buffers;
}

// What a caller has who uses OpenCL himself.
class OpenCl : public testing::Test {
protected:
  void SetUp() override {
    plain.kind = NINC_DEVICE_OPENCL;
    const char *why = ninc_opencl_open(&api);
    const char *function = "";
    if (why || ninc_opencl_device(&api, 0, &device, &function) != CL_SUCCESS)
      GTEST_SKIP() << "no OpenCL device here (Debian: pocl-opencl-icd)";
    context = api.CreateContext(nullptr, 1, &device, nullptr, nullptr, nullptr);
    queue = api.CreateCommandQueue(context, device, 0, nullptr);
  }
  void TearDown() override {
    for (cl_mem memory : memories)
      api.ReleaseMemObject(memory);
    if (queue) api.ReleaseCommandQueue(queue);
    if (context) api.ReleaseContext(context);
    ninc_opencl_close(&api);
  }

  ninc_device_options inContext() const {
    ninc_device_options options = {};
    options.kind = NINC_DEVICE_OPENCL;
    options.context = context;
    options.device = device;
    return options;
  }
  cl_mem memory(std::size_t bytes) {
    memories.push_back(api.CreateBuffer(context, CL_MEM_READ_WRITE, bytes, nullptr, nullptr));
    return memories.back();
  }
  void write(cl_mem to, std::size_t offset, const std::vector<float> &values) {
    api.EnqueueWriteBuffer(queue, to, CL_TRUE, offset, slotBytes, values.data(), 0, nullptr, nullptr);
  }
  std::vector<float> read(cl_mem from, std::size_t offset) {
    std::vector<float> values(allFloats);
    api.EnqueueReadBuffer(queue, from, CL_TRUE, offset, slotBytes, values.data(), 0, nullptr, nullptr);
    return values;
  }

  ninc_opencl_api api;
  cl_device_id device = nullptr;
  cl_context context = nullptr;
  cl_command_queue queue = nullptr;
  std::vector<cl_mem> memories;
  ninc_device_options plain = {}; // a device of the state's own choice
};

} // namespace

TEST_F(OpenCl, RunsFromHostMemoryToHostMemory) {
  State state = create(plain);
  for (float seed : {1.0f, 2.0f, 3.0f}) {
    Values values(seed);
    EXPECT_EQ(ninc_device_run_on(state.get(), values.inputs().data(), values.outputs().data()), NINC_OK)
        << ninc_device_message(state.get());
    EXPECT_TRUE(values.right());
  }
  EXPECT_STREQ(ninc_device_message(state.get()), "");
}

TEST_F(OpenCl, EnqueuesAndWaits) {
  State state = create(plain);
  std::vector<Values> runs;
  for (int i = 0; i < 100; ++i)
    runs.emplace_back(static_cast<float>(i));
  for (Values &run : runs)
    ASSERT_EQ(
        ninc_device_enqueue(state.get(), onHost(run.inputs()).data(), onHost(run.outputs()).data(), nullptr),
        NINC_OK);
  EXPECT_EQ(ninc_device_wait(state.get()), NINC_OK);
  for (const Values &run : runs)
    EXPECT_TRUE(run.right());
  EXPECT_EQ(ninc_device_wait(state.get()), NINC_OK) << "nothing is under way";
}

// The caller's memory is used where it is, with and without an offset, and may go at once after enqueue.
TEST_F(OpenCl, ReadsAndWritesTheCallersDeviceMemory) {
  State state = create(inContext());
  constexpr std::size_t offset = 4096;
  for (int run = 0; run < 3; ++run) {
    Values values(static_cast<float>(run));
    cl_mem in = memory(offset + slotBytes), a = memory(slotBytes), out = memory(offset + slotBytes);
    write(a, 0, values.a);
    write(in, offset, values.b);
    const ninc_buffer inputs[] = {{a, 0, NINC_ON_DEVICE}, {in, offset, NINC_ON_DEVICE}};
    const ninc_buffer outputs[] = {{out, 0, NINC_ON_DEVICE}, {out, offset, NINC_ON_DEVICE}};
    ASSERT_EQ(ninc_device_enqueue(state.get(), inputs, outputs, queue), NINC_OK)
        << ninc_device_message(state.get());
    api.ReleaseMemObject(a);
    std::erase(memories, a);
    EXPECT_EQ(read(out, 0), values.expected0) << "the caller's queue is in order";
    EXPECT_EQ(read(out, offset), values.expected1);

    ASSERT_EQ(ninc_device_run_on(state.get(), values.inputs().data(), values.outputs().data()), NINC_OK);
    EXPECT_TRUE(values.right()) << "back on the state's own memory";
  }
  EXPECT_EQ(ninc_device_wait(state.get()), NINC_OK);
}

TEST_F(OpenCl, MixesHostAndDeviceMemory) {
  State state = create(inContext());
  Values values;
  cl_mem b = memory(slotBytes), out = memory(slotBytes);
  write(b, 0, values.b);
  const ninc_buffer inputs[] = {{values.a.data(), 0, NINC_HOST}, {b, 0, NINC_ON_DEVICE}};
  const ninc_buffer outputs[] = {{out, 0, NINC_ON_DEVICE}, {values.out1.data(), 0, NINC_HOST}};
  ASSERT_EQ(ninc_device_enqueue(state.get(), inputs, outputs, nullptr), NINC_OK);
  ASSERT_EQ(ninc_device_wait(state.get()), NINC_OK);
  EXPECT_EQ(values.out1, values.expected1);
  EXPECT_EQ(read(out, 0), values.expected0);
}

TEST_F(OpenCl, ModelsInOneContextPassMemoryOn) {
  State first = create(inContext()), second = create(inContext());
  Values values;
  cl_mem between0 = memory(slotBytes), between1 = memory(slotBytes);
  const ninc_buffer between[] = {{between0, 0, NINC_ON_DEVICE}, {between1, 0, NINC_ON_DEVICE}};
  ASSERT_EQ(ninc_device_enqueue(first.get(), onHost(values.inputs()).data(), between, queue), NINC_OK);
  ASSERT_EQ(ninc_device_enqueue(second.get(), between, onHost(values.outputs()).data(), queue), NINC_OK);
  ASSERT_EQ(ninc_device_wait(second.get()), NINC_OK);
  Values direct;
  direct.a = values.expected0;
  direct.b = values.expected1;
  ASSERT_EQ(ninc_device_run_on(first.get(), direct.inputs().data(), direct.outputs().data()), NINC_OK);
  EXPECT_EQ(values.out0, direct.out0);
  EXPECT_EQ(values.out1, direct.out1);
}

TEST_F(OpenCl, StatesInTwoThreadsDontMeet) {
  const auto work = [this](float seed, int *wrong) {
    for (int life = 0; life < 5; ++life) {
      State state = create(plain);
      for (int run = 0; run < 50; ++run) {
        Values values(seed + static_cast<float>(run));
        *wrong +=
            ninc_device_run_on(state.get(), values.inputs().data(), values.outputs().data()) != NINC_OK ||
            !values.right();
      }
    }
  };
  int wrong[2] = {};
  std::thread other(work, 1000.0f, &wrong[0]);
  work(1.0f, &wrong[1]);
  other.join();
  EXPECT_EQ(wrong[0] + wrong[1], 0);
}

TEST_F(OpenCl, TimesAreCountedForEachKernelAndForCopies) {
  std::uint64_t ns[counters] = {};
  plain.ns = ns;
  State state = create(plain);
  Values values;
  for (int run = 0; run < 30; ++run) // more than are kept track of at once
    ASSERT_EQ(ninc_device_enqueue(state.get(), onHost(values.inputs()).data(),
                                  onHost(values.outputs()).data(), nullptr),
              NINC_OK);
  ASSERT_EQ(ninc_device_wait(state.get()), NINC_OK);
  for (std::uint64_t counter : ns)
    EXPECT_GT(counter, 0u);
  const std::uint64_t before = ns[1];
  ASSERT_EQ(ninc_device_run_on(state.get(), values.inputs().data(), values.outputs().data()), NINC_OK);
  EXPECT_GT(ns[1], before);

  // A queue of the caller's that doesn't measure gives no times, and no failure.
  plain = inContext();
  plain.ns = ns;
  State other = create(plain);
  EXPECT_EQ(ninc_device_enqueue(other.get(), onHost(values.inputs()).data(), onHost(values.outputs()).data(),
                                queue),
            NINC_OK);
  EXPECT_EQ(ninc_device_wait(other.get()), NINC_OK);
}

TEST_F(OpenCl, KernelsRunOneByOneAndTheArenaCanBeRead) {
  State state = create(plain);
  Values values;
  std::vector<const void *> inputs = values.inputs();
  std::vector<float> scaled(allFloats), sums(allFloats);
  void *none[] = {nullptr, nullptr};
  ASSERT_EQ(ninc_device_run_kernel(state.get(), 0, inputs.data(), none), NINC_OK);
  ASSERT_EQ(ninc_device_read_arena(state.get(), 0, slotBytes, scaled.data()), NINC_OK);
  void *first[] = {values.out0.data(), nullptr};
  ASSERT_EQ(ninc_device_run_kernel(state.get(), 1, inputs.data(), first), NINC_OK);
  ASSERT_EQ(ninc_device_read_arena(state.get(), 1024, slotBytes, sums.data()), NINC_OK);
  for (int i = 0; i < allFloats; ++i)
    ASSERT_EQ(sums[i], scaled[i] + values.b[i]);
  EXPECT_EQ(values.out0, values.expected0);
  void *second[] = {nullptr, values.out1.data()};
  ASSERT_EQ(ninc_device_run_kernel(state.get(), 2, inputs.data(), second), NINC_OK);
  EXPECT_EQ(values.out1, values.expected1);
}

TEST_F(OpenCl, TheDriversObjectsCanBeHad) {
  ninc_native native = {};
  State own = create(plain), shared = create(inContext());
  ASSERT_EQ(ninc_device_native(own.get(), &native), NINC_OK);
  EXPECT_EQ(native.kind, NINC_DEVICE_OPENCL);
  EXPECT_EQ(native.device, device);
  EXPECT_NE(native.context, nullptr);
  ASSERT_EQ(ninc_device_native(shared.get(), &native), NINC_OK);
  EXPECT_EQ(native.context, context);
  cl_context of = nullptr;
  api.GetCommandQueueInfo(static_cast<cl_command_queue>(native.queue), CL_QUEUE_CONTEXT, sizeof of, &of,
                          nullptr);
  EXPECT_EQ(of, context);
}

// ---- What is refused. ----

namespace {

struct Refusal {
  int status;
  std::string message;
};

Refusal creating(ninc_device_options options, const ninc_device_model &model = handMadeModel()) {
  char message[4000] = "";
  options.message = message;
  options.message_bytes = sizeof message;
  ninc_state *state = reinterpret_cast<ninc_state *>(message);
  const int status = ninc_device_create(&model, &options, &state);
  EXPECT_EQ(state, nullptr);
  return {status, message};
}

} // namespace

TEST_F(OpenCl, CreateSaysWhatIsWrong) {
  ninc_state *state = nullptr;
  EXPECT_EQ(ninc_device_create(&handMadeModel(), nullptr, &state), NINC_ERROR_NULL_ARGUMENT);
  ninc_device_options options = {};
  for (std::int32_t kind : {0, 3, -1}) {
    options.kind = kind;
    EXPECT_EQ(creating(options).status, NINC_ERROR_NO_DEVICE_CODE);
  }
  Tables onlyCuda;
  onlyCuda.model.programs = &onlyCuda.programs[1];
  onlyCuda.model.n_programs = 1;
  EXPECT_EQ(creating(plain, onlyCuda.model).status, NINC_ERROR_NO_DEVICE_CODE);
  EXPECT_EQ(creating(plain, onlyCuda.model).message, "hand_made was not compiled for OpenCL");
  for (std::int32_t size : {1, -1}) {
    options = plain;
    options.size = size;
    EXPECT_EQ(creating(options).status, NINC_ERROR_SIZE);
    EXPECT_NE(creating(options).message.find("none of number " + std::to_string(size)), std::string::npos);
  }
  for (std::int32_t number : {1000, -1}) {
    plain.number = number;
    const Refusal refusal = creating(plain);
    EXPECT_EQ(refusal.status, NINC_ERROR_NO_DEVICE);
    EXPECT_NE(refusal.message.find(std::to_string(number)), std::string::npos);
  }
  options = inContext();
  options.device = nullptr;
  EXPECT_EQ(creating(options).status, NINC_ERROR_NULL_ARGUMENT);
}

TEST_F(OpenCl, TheCompilersWordsAreInTheMessage) {
  Tables tables;
  static const char broken[] = "kernel void scale(global float *x) { x[0] = no_such_name; }";
  tables.openclModules[0] = {broken, sizeof broken - 1};
  const Refusal refusal = creating(plain, tables.model);
  EXPECT_EQ(refusal.status, NINC_ERROR_DEVICE_BUILD);
  EXPECT_NE(refusal.message.find("CL_BUILD_PROGRAM_FAILURE (-11)"), std::string::npos) << refusal.message;
  EXPECT_NE(refusal.message.find("no_such_name"), std::string::npos) << refusal.message;
}

TEST_F(OpenCl, AKernelThatIsMissingOrTooLargeIsNamed) {
  Tables missing;
  missing.launches[1].entry = "no_such_kernel";
  EXPECT_EQ(creating(plain, missing.model).status, NINC_ERROR_DEVICE_BUILD);
  EXPECT_NE(creating(plain, missing.model).message.find("no_such_kernel"), std::string::npos);
  Tables large;
  large.launches[1].threads[0] = 1u << 20;
  EXPECT_EQ(creating(plain, large.model).status, NINC_ERROR_DEVICE_BUILD);
  EXPECT_NE(creating(plain, large.model).message.find("1048576 threads"), std::string::npos);
}

TEST_F(OpenCl, MoreMemoryThanThereIsIsRefused) {
  Tables tables;
  tables.halves[0].arena_bytes = std::int64_t{1} << 50;
  const Refusal refusal = creating(plain, tables.model);
  EXPECT_EQ(refusal.status, NINC_ERROR_DEVICE_MEMORY);
  EXPECT_NE(refusal.message.find("1125899906842624 bytes at once, the device allows "), std::string::npos)
      << refusal.message;
}

// There is enough by the device's own account, but not for this process: PoCL notices only as it allocates.
TEST_F(OpenCl, MemoryThatTheSystemRefusesIsAStatus) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "address sanitizers reserve more than such a limit allows";
#endif
  cl_ulong most = 0;
  api.GetDeviceInfo(device, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof most, &most, nullptr);
  Tables tables;
  tables.halves[0].arena_bytes = static_cast<std::int64_t>(most / 2);
  create(plain); // what the driver itself wants, it has now
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit before = {};
  getrlimit(RLIMIT_AS, &before);
  rlimit low = before;
  low.rlim_cur = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + most / 4;
  setrlimit(RLIMIT_AS, &low);
  const Refusal refusal = creating(plain, tables.model);
  setrlimit(RLIMIT_AS, &before);
  EXPECT_EQ(refusal.status, NINC_ERROR_DEVICE_MEMORY) << refusal.message;
}

TEST_F(OpenCl, CallsSayWhatIsWrongAndTheStateGoesOn) {
  State state = create(inContext());
  Values values;
  std::vector<const void *> in = values.inputs();
  std::vector<void *> out = values.outputs();
  const std::vector<ninc_buffer> inputs = onHost(in), outputs = onHost(out);
  const void *noInput[] = {in[0], nullptr};
  void *noOutput[] = {nullptr, out[1]};
  ninc_native native;

  EXPECT_EQ(ninc_device_run_on(nullptr, in.data(), out.data()), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_EQ(ninc_device_run_on(state.get(), nullptr, out.data()), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_EQ(ninc_device_run_on(state.get(), in.data(), nullptr), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_EQ(ninc_device_run_on(state.get(), noInput, out.data()), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_STREQ(ninc_device_message(state.get()), "input 1 is NULL");
  EXPECT_EQ(ninc_device_run_on(state.get(), in.data(), noOutput), NINC_ERROR_NULL_ARGUMENT);
  const void *askew[] = {in[0], static_cast<const char *>(in[1]) + 2};
  EXPECT_EQ(ninc_device_run_on(state.get(), askew, out.data()), NINC_ERROR_MISALIGNED);
  EXPECT_EQ(ninc_device_enqueue(state.get(), nullptr, outputs.data(), nullptr), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_EQ(ninc_device_wait(nullptr), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_EQ(ninc_device_run_kernel(state.get(), 3, in.data(), out.data()), NINC_ERROR_DEVICE);
  EXPECT_EQ(ninc_device_run_kernel(state.get(), -1, in.data(), out.data()), NINC_ERROR_DEVICE);
  EXPECT_EQ(ninc_device_run_kernel(state.get(), 1, in.data(), noOutput), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_EQ(ninc_device_read_arena(state.get(), 0, 4, nullptr), NINC_ERROR_NULL_ARGUMENT);
  for (auto [offset, bytes] :
       {std::pair<std::int64_t, std::int64_t>{-4, 4}, {0, -4}, {0, 1 << 20}, {INT64_MAX, 4}})
    EXPECT_EQ(ninc_device_read_arena(state.get(), offset, bytes, out[0]), NINC_ERROR_DEVICE);
  EXPECT_EQ(ninc_device_native(nullptr, &native), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_EQ(ninc_device_native(state.get(), nullptr), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_STREQ(ninc_device_message(nullptr), "");
  ninc_device_destroy(nullptr);

  ninc_buffer odd = inputs[0];
  odd.memory = 7;
  const ninc_buffer oddInputs[] = {odd, inputs[1]};
  EXPECT_EQ(ninc_device_enqueue(state.get(), oddInputs, outputs.data(), nullptr), NINC_ERROR_DEVICE);
  EXPECT_NE(std::string(ninc_device_message(state.get())), "");

  EXPECT_EQ(ninc_device_run_on(state.get(), in.data(), out.data()), NINC_OK);
  EXPECT_TRUE(values.right());
}

TEST_F(OpenCl, TheMessageIsOfTheLatestCall) {
  State state = create(plain);
  Values values;
  std::vector<const void *> in = values.inputs();
  std::vector<void *> out = values.outputs();
  const std::vector<ninc_buffer> inputs = onHost(in), outputs = onHost(out);
  float element = 0;
  const std::function<int()> succeeding[] = {
      [&] { return ninc_device_run_on(state.get(), in.data(), out.data()); },
      [&] { return ninc_device_enqueue(state.get(), inputs.data(), outputs.data(), nullptr); },
      [&] { return ninc_device_wait(state.get()); },
      [&] { return ninc_device_run_kernel(state.get(), 0, in.data(), out.data()); },
      [&] { return ninc_device_read_arena(state.get(), 0, sizeof element, &element); }};
  for (const auto &call : succeeding) {
    EXPECT_EQ(ninc_device_run_on(state.get(), nullptr, out.data()), NINC_ERROR_NULL_ARGUMENT);
    EXPECT_STREQ(ninc_device_message(state.get()), "the array of inputs is NULL");
    EXPECT_EQ(call(), NINC_OK);
    EXPECT_STREQ(ninc_device_message(state.get()), "");
  }
}

TEST_F(OpenCl, MemoryAndStreamsThatDontFitAreRefused) {
  State state = create(inContext()), stranger = create(plain);
  Values values;
  const std::vector<ninc_buffer> outputs = onHost(values.outputs());
  cl_mem right = memory(slotBytes), large = memory(4 * slotBytes), small = memory(slotBytes - 4);
  const auto enqueue = [&](const State &to, ninc_buffer first) {
    const ninc_buffer inputs[] = {first, {right, 0, NINC_ON_DEVICE}};
    return ninc_device_enqueue(to.get(), inputs, outputs.data(), nullptr);
  };
  EXPECT_EQ(enqueue(state, {right, 0, NINC_ON_DEVICE}), NINC_OK);
  EXPECT_EQ(enqueue(state, {small, 0, NINC_ON_DEVICE}), NINC_ERROR_DEVICE);
  EXPECT_EQ(enqueue(state, {right, 512, NINC_ON_DEVICE}), NINC_ERROR_DEVICE);
  EXPECT_EQ(enqueue(state, {large, -512, NINC_ON_DEVICE}), NINC_ERROR_DEVICE);
  EXPECT_EQ(enqueue(state, {large, INT64_MAX, NINC_ON_DEVICE}), NINC_ERROR_DEVICE);
  EXPECT_EQ(enqueue(state, {large, 4, NINC_ON_DEVICE}), NINC_ERROR_MISALIGNED);
  EXPECT_EQ(enqueue(state, {nullptr, 0, NINC_ON_DEVICE}), NINC_ERROR_NULL_ARGUMENT);
  EXPECT_EQ(enqueue(stranger, {right, 0, NINC_ON_DEVICE}), NINC_ERROR_DEVICE) << "another context";
  EXPECT_EQ(ninc_device_enqueue(stranger.get(), onHost(values.inputs()).data(), outputs.data(), queue),
            NINC_ERROR_DEVICE);
  EXPECT_EQ(enqueue(state, {large, 512, NINC_ON_DEVICE}), NINC_OK);
  EXPECT_EQ(ninc_device_wait(state.get()), NINC_OK);
}

} // namespace ninc
