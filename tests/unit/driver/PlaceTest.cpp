#include "driver/Place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

namespace ninc {
namespace {

using testing::HasSubstr;

// Lists an OpenCL device number 0 called "Some GPU"; CUDA's driver fails.
class Devices : public testing::Test {
protected:
  Result<DeviceList> list(ninc_device_kind kind) {
    ++asked;
    if (kind == NINC_DEVICE_CUDA) return fail("the driver is broken");
    DeviceInfo device;
    device.name = "Some GPU";
    return DeviceList{{device}, ""};
  }
  int asked = 0;
  DevicesHere devices{[this](ninc_device_kind kind) { return list(kind); }};
};

TEST_F(Devices, AreAskedForOnceAKind) {
  for (int time = 0; time < 3; ++time)
    EXPECT_EQ(devices.ofKind(NINC_DEVICE_OPENCL)->devices.size(), 1u);
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(devices.find({NINC_DEVICE_OPENCL, 0}));
  EXPECT_EQ(asked, 1);
  EXPECT_FALSE(devices.ofKind(NINC_DEVICE_CUDA));
  EXPECT_EQ(devices.ofKind(NINC_DEVICE_CUDA).error().message, "the driver is broken");
  EXPECT_EQ(asked, 2);
}

TEST_F(Devices, AreNotAskedForTheCpu) {
  EXPECT_FALSE(devices.find({NINC_DEVICE_CPU, 0}));
  EXPECT_EQ(asked, 0);
}

TEST_F(Devices, AreNotFoundByANumberThatThereIsNot) {
  EXPECT_FALSE(devices.find({NINC_DEVICE_OPENCL, 1}));
}

TEST_F(Devices, AreNotFoundWhereTheDriverFails) {
  EXPECT_FALSE(devices.find({NINC_DEVICE_CUDA, 0}));
}

TEST(Place, IsToldAsThreadsOrAsTheDriversName) {
  EXPECT_EQ(toString(Place{{}, 1}), "1 thread");
  EXPECT_EQ(toString(Place{{}, 2}), "2 threads");
  const auto lister = [](std::int32_t) {
    DeviceInfo device;
    device.name = "Some GPU";
    return Result<DeviceList>(DeviceList{{device}, ""});
  };
  const Place place{{NINC_DEVICE_OPENCL, 0}, 1, std::make_shared<DevicesHere>(lister)};
  EXPECT_EQ(toString(place), "opencl:0 (Some GPU)");
  EXPECT_EQ(driversNameOf(place), "Some GPU");
  EXPECT_EQ(driversNameOf(Place{}), "");
}

TEST(Place, WithMoreThreadsThanCpusMakesTimesDoubtful) {
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  const int cpus = CPU_COUNT(&allowed);
  EXPECT_FALSE(doubtAboutTimes(Place{{}, cpus}));
  const auto doubt = doubtAboutTimes(Place{{}, cpus + 1});
  ASSERT_TRUE(doubt);
  EXPECT_THAT(*doubt, HasSubstr(std::to_string(cpus + 1) + " threads share "));
  EXPECT_FALSE(doubtAboutTimes(Place{{NINC_DEVICE_OPENCL, 0}, cpus + 1}))
      << "a device has no threads of ours";
}

} // namespace
} // namespace ninc
