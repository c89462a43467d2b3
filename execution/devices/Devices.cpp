#include "execution/devices/Devices.h"

#include "execution/devices/CudaDevices.h"
#include "execution/devices/OpenClDevices.h"

namespace ninc {

Result<DeviceList> listDevices(ninc_device_kind kind) {
  if (kind == NINC_DEVICE_OPENCL) return listOpenClDevices();
  if (kind == NINC_DEVICE_CUDA) return listCudaDevices();
  return DeviceList{{}, "there are no devices of this kind"};
}

Result<double> measureDevicePeakFlops(ninc_device_kind kind, std::int32_t number) {
  if (kind == NINC_DEVICE_OPENCL) return measureOpenClPeakFlops(number);
  auto list = listDevices(kind);
  if (!list) return tl::unexpected(list.error());
  for (const DeviceInfo &device : list->devices)
    if (device.number == number) return device.peakFlops;
  return fail(list->why.empty() ? "there is no device " + std::to_string(number) : list->why);
}

} // namespace ninc
