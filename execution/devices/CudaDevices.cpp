#include "execution/devices/CudaDevices.h"

#include <fmt/format.h>

#include "runtime/device/cuda_api.h"

namespace ninc {

namespace {

struct Library {
  ninc_cuda_api api = {};
  const char *why = ninc_cuda_open(&api); // null: open
  Library() = default;
  Library(const Library &) = delete;
  Library &operator=(const Library &) = delete;
  ~Library() { ninc_cuda_close(&api); }

  std::string words(const char *function, CUresult code) const {
    return fmt::format("{}: {} ({})", function, ninc_cuda_code_name(&api, code), code);
  }
};

int attribute(const Library &cuda, CUdevice device, int which) {
  int value = 0;
  return cuda.api.DeviceGetAttribute(&value, which, device) == CUDA_SUCCESS ? value : 0;
}

Result<DeviceInfo> describe(const Library &cuda, int number, const std::string &driver) {
  CUdevice device = 0;
  char name[256] = "";
  std::size_t bytes = 0;
  CUresult code = cuda.api.DeviceGet(&device, number);
  if (code != CUDA_SUCCESS) return fail(cuda.words("cuDeviceGet", code));
  code = cuda.api.DeviceGetName(name, sizeof name, device);
  if (code != CUDA_SUCCESS) return fail(cuda.words("cuDeviceGetName", code));
  code = cuda.api.DeviceTotalMem(&bytes, device);
  if (code != CUDA_SUCCESS) return fail(cuda.words("cuDeviceTotalMem", code));

  DeviceInfo info;
  info.kind = NINC_DEVICE_CUDA;
  info.number = number;
  info.name = name;
  info.vendor = "NVIDIA";
  info.driver = driver;
  info.memoryBytes = static_cast<std::int64_t>(bytes);
  info.sharedBytes = attribute(cuda, device, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
  info.units = attribute(cuda, device, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  info.maxThreads = attribute(cuda, device, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
  info.clockHz = 1e3 * attribute(cuda, device, CU_DEVICE_ATTRIBUTE_CLOCK_RATE);
  info.capability = 10 * attribute(cuda, device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) +
                    attribute(cuda, device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  info.peakFlops = 2.0 * info.units * cudaLanes(info.capability) * info.clockHz;
  return info;
}

} // namespace

// "Throughput of Native Arithmetic Instructions" in the CUDA C++ Programming Guide.
int cudaLanes(int capability) {
  if (capability >= 130 || capability < 30) return 0;
  if (capability >= 86) return 128;
  if (capability >= 70) return 64;
  if (capability == 60) return 64;
  return capability >= 50 ? 128 : 192;
}

Result<DeviceList> listCudaDevices() {
  Library cuda;
  if (cuda.why) return DeviceList{{}, fmt::format("CUDA can't be opened: {}", cuda.why)};
  CUresult code = cuda.api.Init(0);
  if (code == CUDA_ERROR_NO_DEVICE || code == CUDA_ERROR_STUB_LIBRARY)
    return DeviceList{{}, cuda.words("cuInit", code)};
  if (code != CUDA_SUCCESS) return fail(cuda.words("cuInit", code));
  int version = 0, count = 0;
  code = cuda.api.DriverGetVersion(&version);
  if (code != CUDA_SUCCESS) return fail(cuda.words("cuDriverGetVersion", code));
  code = cuda.api.DeviceGetCount(&count);
  if (code != CUDA_SUCCESS) return fail(cuda.words("cuDeviceGetCount", code));

  DeviceList list;
  const std::string driver = fmt::format("CUDA {}.{}", version / 1000, version % 1000 / 10);
  for (int number = 0; number < count; ++number) {
    auto device = describe(cuda, number, driver);
    if (!device) return tl::unexpected(device.error());
    list.devices.push_back(std::move(*device));
  }
  if (list.devices.empty()) list.why = "the CUDA driver has no device";
  return list;
}

} // namespace ninc
