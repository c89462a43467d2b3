#include "execution/devices/OpenClDevices.h"

#include "execution/devices/OpenClLibrary.h"

namespace ninc {

namespace {

// What a device says of itself; the first refusal of the driver is kept.
struct Questions {
  const ninc_opencl_api &api;
  cl_device_id device;
  cl_int code = CL_SUCCESS;

  template <class T>
  T number(cl_device_info which) {
    T value = 0;
    note(api.GetDeviceInfo(device, which, sizeof value, &value, nullptr));
    return value;
  }

  std::string text(cl_device_info which) {
    std::size_t bytes = 0;
    note(api.GetDeviceInfo(device, which, 0, nullptr, &bytes));
    std::string value(bytes, '\0');
    note(api.GetDeviceInfo(device, which, bytes, value.data(), nullptr));
    value.resize(value.find('\0') == std::string::npos ? value.size() : value.find('\0'));
    return value;
  }

  void note(cl_int answer) {
    if (code == CL_SUCCESS) code = answer;
  }
};

Result<DeviceInfo> describe(const OpenClLibrary &opencl, cl_device_id device, std::int32_t number) {
  Questions ask{opencl.api, device};
  DeviceInfo info;
  info.kind = NINC_DEVICE_OPENCL;
  info.number = number;
  info.name = ask.text(CL_DEVICE_NAME);
  info.vendor = ask.text(CL_DEVICE_VENDOR);
  info.driver = ask.text(CL_DEVICE_VERSION) + ", driver " + ask.text(CL_DRIVER_VERSION);
  info.memoryBytes = static_cast<std::int64_t>(ask.number<cl_ulong>(CL_DEVICE_GLOBAL_MEM_SIZE));
  info.sharedBytes = static_cast<std::int64_t>(ask.number<cl_ulong>(CL_DEVICE_LOCAL_MEM_SIZE));
  info.units = static_cast<int>(ask.number<cl_uint>(CL_DEVICE_MAX_COMPUTE_UNITS));
  info.maxThreads = static_cast<int>(ask.number<std::size_t>(CL_DEVICE_MAX_WORK_GROUP_SIZE));
  info.clockHz = 1e6 * ask.number<cl_uint>(CL_DEVICE_MAX_CLOCK_FREQUENCY);
  if (ask.code != CL_SUCCESS) return fail(openClWords("clGetDeviceInfo", ask.code));
  return info;
}

} // namespace

Result<DeviceList> listOpenClDevices() {
  OpenClLibrary opencl;
  if (opencl.why) return DeviceList{{}, fmt::format("OpenCL can't be opened: {}", opencl.why)};
  DeviceList list;
  for (std::int32_t number = 0;; ++number) {
    cl_device_id device = nullptr;
    const char *function = "";
    const cl_int code = ninc_opencl_device(&opencl.api, number, &device, &function);
    if (code == NINC_OPENCL_NO_PLATFORM)
      list.why = "no OpenCL platform is installed";
    else if (code != CL_SUCCESS && number == 0)
      list.why = "no OpenCL device: " + openClWords(function, code);
    if (code != CL_SUCCESS) return list;
    auto info = describe(opencl, device, number);
    if (!info) return tl::unexpected(info.error());
    list.devices.push_back(std::move(*info));
  }
}

} // namespace ninc
