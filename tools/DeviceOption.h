// --device of the commands that run models.
#pragma once

#include "execution/devices/DeviceChoice.h"
#include "support/Result.h"

namespace CLI {
class App;
}

namespace ninc {

// `choice` must live as long as the app.
void addDeviceOption(CLI::App &app, DeviceChoice &choice);

// A usage error when options that only mean something on the CPU were given with a device.
Result<void> checkDeviceOptions(const CLI::App &command, DeviceChoice choice);

} // namespace ninc
