// --device of the commands that run models.
#pragma once

#include <string>

#include "codegen/target/Targets.h"
#include "execution/devices/DeviceChoice.h"
#include "support/Result.h"

namespace CLI {
class App;
}

namespace ninc {

// `choice` must live as long as the app.
void addDeviceOption(CLI::App &app, DeviceChoice &choice);

// "NVIDIA GeForce RTX 3060": what the driver calls it; "" for the CPU and where there is no such device.
std::string driversNameOf(DeviceChoice choice);

// A usage error when options that only mean something on the CPU were given with a device.
Result<void> checkDeviceOptions(const CLI::App &command, DeviceChoice choice);

// `targets`, and code for the chosen device where they have none for its kind.
Result<Targets> withDevice(Targets targets, DeviceChoice choice);

} // namespace ninc
