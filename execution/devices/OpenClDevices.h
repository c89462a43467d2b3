// OpenCL's part of Devices.h.
#pragma once

#include "execution/devices/Devices.h"

namespace ninc {

Result<DeviceList> listOpenClDevices();
Result<double> measureOpenClPeakFlops(std::int32_t number);

} // namespace ninc
