// CUDA's part of Devices.h.
#pragma once

#include "execution/devices/Devices.h"

namespace ninc {

Result<DeviceList> listCudaDevices();

// f32 multiply-adds that a multiprocessor of this compute capability (86 for 8.6) starts in a cycle; 0 if
// unknown.
int cudaLanes(int capability);

} // namespace ninc
