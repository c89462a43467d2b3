// An OpenCL device's fused-multiply-add peak, measured, since nothing in OpenCL tells it: enough independent
// chains in each work-item to hide the latency, enough work-items to fill the device, nothing else in the
// loop. Vectors are what a CPU needs and mean nothing to most GPUs; which width is best is tried.

#include <algorithm>
#include <chrono>

#include "execution/devices/OpenClDevices.h"
#include "execution/devices/OpenClLibrary.h"

namespace ninc {

namespace {

constexpr int chains = 10;
constexpr int widths[] = {1, 4, 8, 16};

// V is a vector of WIDTH floats. The sum is stored so that the work is not left out.
constexpr char source[] = R"(
#if WIDTH == 1
typedef float V;
#else
#define VECTOR_(width) float##width
#define VECTOR(width) VECTOR_(width)
typedef VECTOR(WIDTH) V;
#endif
kernel void burst(global V *sums, int steps, float factor, float term) {
  V f = factor, t = term, start = (float)get_global_id(0);
  V a0 = start, a1 = start + 1, a2 = start + 2, a3 = start + 3, a4 = start + 4;
  V a5 = start + 5, a6 = start + 6, a7 = start + 7, a8 = start + 8, a9 = start + 9;
  for (int step = 0; step < steps; ++step) {
    a0 = fma(a0, f, t), a1 = fma(a1, f, t), a2 = fma(a2, f, t), a3 = fma(a3, f, t), a4 = fma(a4, f, t);
    a5 = fma(a5, f, t), a6 = fma(a6, f, t), a7 = fma(a7, f, t), a8 = fma(a8, f, t), a9 = fma(a9, f, t);
  }
  sums[get_global_id(0)] = ((a0 + a1) + (a2 + a3)) + ((a4 + a5) + (a6 + a7)) + (a8 + a9);
}
)";

// Frees what it holds by the function it is given.
template <class T, class Release>
struct Owned {
  T object;
  Release release;
  ~Owned() {
    if (object) release(object);
  }
};
template <class T, class Release>
Owned(T, Release) -> Owned<T, Release>;

struct Device {
  const ninc_opencl_api &api;
  cl_device_id id;
  cl_context context;
  cl_command_queue queue;
  std::size_t groups, threads;
};

// Seconds of one burst on the device.
Result<double> time(const Device &device, cl_kernel kernel, cl_int steps) {
  cl_int code = device.api.SetKernelArg(kernel, 1, sizeof steps, &steps);
  if (code != CL_SUCCESS) return fail(openClWords("clSetKernelArg", code));
  cl_event raw = nullptr;
  const std::size_t global = device.groups * device.threads;
  code = device.api.EnqueueNDRangeKernel(device.queue, kernel, 1, nullptr, &global, &device.threads, 0,
                                         nullptr, &raw);
  if (code != CL_SUCCESS) return fail(openClWords("clEnqueueNDRangeKernel", code));
  Owned event{raw, device.api.ReleaseEvent};
  code = device.api.WaitForEvents(1, &event.object);
  if (code != CL_SUCCESS) return fail(openClWords("clWaitForEvents", code));
  cl_ulong start = 0, end = 0;
  code = device.api.GetEventProfilingInfo(event.object, CL_PROFILING_COMMAND_START, sizeof start, &start,
                                          nullptr);
  if (code == CL_SUCCESS)
    code =
        device.api.GetEventProfilingInfo(event.object, CL_PROFILING_COMMAND_END, sizeof end, &end, nullptr);
  if (code != CL_SUCCESS) return fail(openClWords("clGetEventProfilingInfo", code));
  return 1e-9 * static_cast<double>(end - start);
}

// The best rate over bursts of some milliseconds within a tenth of a second.
Result<double> bestRate(const Device &device, cl_kernel kernel, int width) {
  using Clock = std::chrono::steady_clock;
  const double flopsOfAStep = 2.0 * chains * width * static_cast<double>(device.groups * device.threads);
  double best = 0;
  cl_int steps = 64;
  const Clock::time_point start = Clock::now();
  while (Clock::now() - start < std::chrono::milliseconds(100)) {
    auto seconds = time(device, kernel, steps);
    if (!seconds) return seconds;
    if (*seconds > 0) best = std::max(best, steps * flopsOfAStep / *seconds);
    if (*seconds < 2e-3 && steps < (1 << 20)) steps *= 2;
  }
  return best;
}

Result<double> rateOfWidth(const Device &device, int width) {
  const ninc_opencl_api &api = device.api;
  cl_int code = CL_SUCCESS;
  const char *text = source;
  Owned program{api.CreateProgramWithSource(device.context, 1, &text, nullptr, &code), api.ReleaseProgram};
  if (code != CL_SUCCESS) return fail(openClWords("clCreateProgramWithSource", code));
  const std::string options = fmt::format("-DWIDTH={}", width);
  code = api.BuildProgram(program.object, 1, &device.id, options.c_str(), nullptr, nullptr);
  if (code != CL_SUCCESS) return fail(openClWords("clBuildProgram", code));
  Owned kernel{api.CreateKernel(program.object, "burst", &code), api.ReleaseKernel};
  if (code != CL_SUCCESS) return fail(openClWords("clCreateKernel", code));
  const std::size_t bytes = sizeof(float) * static_cast<std::size_t>(width) * device.groups * device.threads;
  Owned sums{api.CreateBuffer(device.context, CL_MEM_READ_WRITE, bytes, nullptr, &code),
             api.ReleaseMemObject};
  if (code != CL_SUCCESS) return fail(openClWords("clCreateBuffer", code));
  const float factor = 0.999f, term = 1e-3f;
  code = api.SetKernelArg(kernel.object, 0, sizeof(cl_mem), &sums.object);
  if (code == CL_SUCCESS) code = api.SetKernelArg(kernel.object, 2, sizeof factor, &factor);
  if (code == CL_SUCCESS) code = api.SetKernelArg(kernel.object, 3, sizeof term, &term);
  if (code != CL_SUCCESS) return fail(openClWords("clSetKernelArg", code));
  return bestRate(device, kernel.object, width);
}

} // namespace

Result<double> measureOpenClPeakFlops(std::int32_t number) {
  OpenClLibrary opencl;
  if (opencl.why) return fail(fmt::format("OpenCL can't be opened: {}", opencl.why));
  const ninc_opencl_api &api = opencl.api;
  cl_device_id id = nullptr;
  const char *function = "";
  cl_int code = ninc_opencl_device(&api, number, &id, &function);
  if (code != CL_SUCCESS)
    return fail(fmt::format("there is no OpenCL device {}: {}", number, openClWords(function, code)));
  cl_uint units = 0;
  std::size_t mostThreads = 0;
  code = api.GetDeviceInfo(id, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, nullptr);
  if (code == CL_SUCCESS)
    code = api.GetDeviceInfo(id, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof mostThreads, &mostThreads, nullptr);
  if (code != CL_SUCCESS) return fail(openClWords("clGetDeviceInfo", code));
  Owned context{api.CreateContext(nullptr, 1, &id, nullptr, nullptr, &code), api.ReleaseContext};
  if (code != CL_SUCCESS) return fail(openClWords("clCreateContext", code));
  Owned queue{api.CreateCommandQueue(context.object, id, CL_QUEUE_PROFILING_ENABLE, &code),
              api.ReleaseCommandQueue};
  if (code != CL_SUCCESS) return fail(openClWords("clCreateCommandQueue", code));

  const Device device{api,
                      id,
                      context.object,
                      queue.object,
                      units * std::size_t{16},
                      std::min<std::size_t>(mostThreads, 256)};
  double best = 0;
  for (int width : widths) {
    auto rate = rateOfWidth(device, width);
    if (!rate) return rate;
    best = std::max(best, *rate);
  }
  return best;
}

} // namespace ninc
