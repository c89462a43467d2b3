#include "Scenario.h"

#include <functional>

#include "runtime/device/cuda_api.h"
#include "runtime/device/opencl_api.h"

namespace ninc {

namespace {

constexpr std::size_t slotBytes = allFloats * sizeof(float), bufferOffset = 1024;

void ask(Caller &caller, const Scenario &scenario) {
  caller.options.kind = scenario.kind;
  caller.options.message = caller.message.data();
  caller.options.message_bytes = static_cast<std::int64_t>(caller.message.size());
  if (scenario.profiling) caller.options.ns = caller.ns;
}

struct OpenClCaller : Caller {
  ninc_opencl_api api;
  cl_context context = nullptr;
  cl_command_queue queue = nullptr;
  cl_mem in = nullptr, out = nullptr;

  OpenClCaller() {
    ninc_opencl_open(&api);
    cl_device_id device = nullptr;
    const char *function = "";
    ninc_opencl_device(&api, 0, &device, &function);
    context = api.CreateContext(nullptr, 1, &device, nullptr, nullptr, nullptr);
    queue = api.CreateCommandQueue(context, device, 0, nullptr);
    in = api.CreateBuffer(context, CL_MEM_READ_WRITE, slotBytes, nullptr, nullptr);
    out = api.CreateBuffer(context, CL_MEM_READ_WRITE, bufferOffset + slotBytes, nullptr, nullptr);
    options.context = context;
    options.device = device;
    stream = queue;
    inputs = {{in, 0, NINC_ON_DEVICE}, {in, 0, NINC_ON_DEVICE}};
    outputs = {{out, bufferOffset, NINC_ON_DEVICE}, {out, 0, NINC_ON_DEVICE}};
  }
  ~OpenClCaller() override {
    api.ReleaseMemObject(in);
    api.ReleaseMemObject(out);
    api.ReleaseCommandQueue(queue);
    api.ReleaseContext(context);
    ninc_opencl_close(&api);
  }
};

struct CudaCaller : Caller {
  ninc_cuda_api api;
  CUcontext context = nullptr;
  CUstream mine = nullptr;
  CUdeviceptr memory = 0;
  CUresult (*destroy)(CUcontext);

  CudaCaller() {
    ninc_cuda_open(&api);
    api.Init(0);
    CUresult (*create)(CUcontext *, unsigned, CUdevice);
    const FakeDriver fake("libcuda.so.1");
    fake.find(create, "cuCtxCreate_v2");
    fake.find(destroy, "cuCtxDestroy_v2");
    create(&context, 0, 0);
    api.CtxPushCurrent(context);
    api.StreamCreate(&mine, 0);
    api.MemAlloc(&memory, 4 * slotBytes);
    CUcontext popped;
    api.CtxPopCurrent(&popped);
    options.context = context;
    stream = mine;
    void *data = reinterpret_cast<void *>(memory);
    const auto at = [&](std::size_t slot) {
      return ninc_buffer{data, static_cast<std::int64_t>(slot * slotBytes), NINC_ON_DEVICE};
    };
    inputs = {at(0), at(1)};
    outputs = {at(2), at(3)};
  }
  ~CudaCaller() override {
    api.CtxPushCurrent(context);
    api.MemFree(memory);
    api.StreamDestroy(mine);
    CUcontext popped;
    api.CtxPopCurrent(&popped);
    destroy(context);
    ninc_cuda_close(&api);
  }
};

} // namespace

const FakeDriver &fakeOf(std::int32_t kind) {
  static const FakeDriver opencl("libOpenCL.so.1"), cuda("libcuda.so.1");
  return kind == NINC_DEVICE_OPENCL ? opencl : cuda;
}

std::unique_ptr<Caller> makeCaller(const Scenario &scenario) {
  std::unique_ptr<Caller> caller;
  if (!scenario.callersContext)
    caller = std::make_unique<Caller>();
  else if (scenario.kind == NINC_DEVICE_OPENCL)
    caller = std::make_unique<OpenClCaller>();
  else
    caller = std::make_unique<CudaCaller>();
  ask(*caller, scenario);
  return caller;
}

Outcome live(const Scenario &scenario, Caller &caller) {
  Outcome outcome;
  ninc_state *state = nullptr;
  outcome.status = ninc_device_create(&handMadeModel(), &caller.options, &state);
  outcome.message = caller.message.c_str();
  if (outcome.status != NINC_OK) return outcome;
  outcome.created = true;

  ninc_native native = {};
  outcome.right &= ninc_device_native(state, &native) == NINC_OK && native.kind == scenario.kind;
  Values values;
  std::vector<const void *> in = values.inputs();
  std::vector<void *> out = values.outputs();
  std::vector<float> sums(allFloats);
  std::vector<ninc_buffer> hostIn, hostOut;
  for (const void *data : in)
    hostIn.push_back({const_cast<void *>(data), 0, NINC_HOST});
  for (void *data : out)
    hostOut.push_back({data, 0, NINC_HOST});

  // Each gives a status; `right` is of what has been computed before.
  const std::function<int()> steps[] = {
      [&] { return ninc_device_run_on(state, in.data(), out.data()); },
      [&] { return outcome.right &= values.right(), values.forget(), int{NINC_OK}; },
      [&] { return ninc_device_enqueue(state, hostIn.data(), hostOut.data(), caller.stream); },
      [&] { return ninc_device_wait(state); },
      [&] { return outcome.right &= values.right(), int{NINC_OK}; },
      [&] {
        return scenario.callersContext
                   ? ninc_device_enqueue(state, caller.inputs.data(), caller.outputs.data(), caller.stream)
                   : int{NINC_OK};
      },
      [&] { return ninc_device_wait(state); },
      [&] { return ninc_device_run_kernel(state, 0, in.data(), out.data()); },
      [&] { return ninc_device_run_kernel(state, 1, in.data(), out.data()); },
      [&] { return ninc_device_read_arena(state, 1024, static_cast<std::int64_t>(slotBytes), sums.data()); }};
  for (const auto &step : steps) {
    outcome.status = step();
    if (outcome.status != NINC_OK) break;
  }
  outcome.message = ninc_device_message(state);
  if (outcome.status == NINC_ERROR_DEVICE_LOST) { // all calls say so from now on, in the same words
    outcome.right &= ninc_device_run_on(state, in.data(), out.data()) == NINC_ERROR_DEVICE_LOST;
    outcome.right &=
        ninc_device_enqueue(state, hostIn.data(), hostOut.data(), nullptr) == NINC_ERROR_DEVICE_LOST;
    outcome.right &= ninc_device_wait(state) == NINC_ERROR_DEVICE_LOST;
    outcome.right &= ninc_device_run_kernel(state, 0, in.data(), out.data()) == NINC_ERROR_DEVICE_LOST;
    outcome.right &= ninc_device_read_arena(state, 0, 4, sums.data()) == NINC_ERROR_DEVICE_LOST;
  }
  outcome.right &= outcome.message == ninc_device_message(state);
  ninc_device_destroy(state);
  return outcome;
}

} // namespace ninc
