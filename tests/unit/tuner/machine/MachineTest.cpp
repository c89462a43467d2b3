// Which device runs what is tuned, of those that there are.
#include "tuner/machine/Machine.h"

#include <gmock/gmock.h>

#include "codegen/target/Targets.h"

namespace ninc {
namespace {

using ::testing::HasSubstr;

TEST(RecordName, IsPrintableWhateverTheDriverSays) {
  DeviceInfo info;
  info.name = "Fast\n\x1b[31m\xff";
  info.vendor = "Some vendor";
  EXPECT_EQ(recordName(info), "Fast??[31m? (Some vendor)");
  info.name = std::string(5000, 'x');
  EXPECT_LE(recordName(info).size(), 200u);
}

DeviceToTune device(std::int32_t number) {
  return {parseTargets("host+opencl").value().devices.front(), {NINC_DEVICE_OPENCL, number}};
}

std::string refusal(std::int32_t number, const Result<DeviceList> &list) {
  const Result<Machine> machine = machineWith(device(number), list);
  return machine ? "" : machine.error().message;
}

TEST(MachineWith, IsNamedAfterTheDeviceOfThatNumber) {
  DeviceList list;
  list.devices.resize(2);
  list.devices[1].number = 1;
  list.devices[1].name = "Fast", list.devices[1].vendor = "Somebody";
  const Result<Machine> machine = machineWith(device(1), list);
  ASSERT_TRUE(machine) << machine.error().message;
  EXPECT_EQ(machine->name, "Fast (Somebody)");
  EXPECT_EQ(machine->device->choice.number, 1);
}

TEST(MachineWith, OfNoSuchDeviceSaysWhatThereIs) {
  DeviceList list;
  list.devices.resize(1);
  EXPECT_THAT(refusal(1000, list),
              HasSubstr("no OpenCL device 1000: they are counted from 0, and there is 1"));
  EXPECT_EQ(refusal(0, DeviceList{{}, "there is no driver"}), "there is no driver");
  EXPECT_EQ(refusal(0, fail("the driver crashed")), "the driver crashed");
}

} // namespace
} // namespace ninc
