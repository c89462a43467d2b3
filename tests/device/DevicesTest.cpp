// The list of devices that the tools show. Cases by what the environment has: fake drivers, PoCL, or nothing.
#include <gtest/gtest.h>

#include "execution/devices/CudaDevices.h"
#include "execution/devices/Devices.h"

namespace ninc {

TEST(FakeDevices, AreListedWithWhatTheySayOfThemselves) {
  auto cuda = listDevices(NINC_DEVICE_CUDA);
  ASSERT_TRUE(cuda) << cuda.error().message;
  ASSERT_EQ(cuda->devices.size(), 1u);
  const DeviceInfo &device = cuda->devices[0];
  EXPECT_EQ(device.name, "fake");
  EXPECT_EQ(device.driver, "CUDA 12.2");
  EXPECT_EQ(device.capability, 86);
  EXPECT_EQ(device.sharedBytes, 100 << 10);
  EXPECT_DOUBLE_EQ(device.peakFlops, 10 * 128 * 1e9 * 2); // multiprocessors, lanes, clock, multiply and add
  EXPECT_DOUBLE_EQ(measureDevicePeakFlops(NINC_DEVICE_CUDA, 0).value_or(0), device.peakFlops);
  EXPECT_FALSE(measureDevicePeakFlops(NINC_DEVICE_CUDA, 1));

  auto opencl = listDevices(NINC_DEVICE_OPENCL);
  ASSERT_TRUE(opencl) << opencl.error().message;
  ASSERT_EQ(opencl->devices.size(), 1u);
  EXPECT_EQ(opencl->devices[0].name, "fake");
  EXPECT_EQ(opencl->devices[0].maxThreads, 64);
  EXPECT_EQ(opencl->devices[0].peakFlops, 0);
}

TEST(FakeDevices, AreTheSameWhenTheyAreListedApart) {
  for (const ninc_device_kind kind : {NINC_DEVICE_OPENCL, NINC_DEVICE_CUDA}) {
    const auto apart = listDevicesApart(kind), here = listDevices(kind);
    ASSERT_TRUE(apart && here);
    EXPECT_EQ(apart->devices, here->devices);
    EXPECT_EQ(apart->devices.size(), 1u);
    EXPECT_EQ(apart->why, here->why);
  }
}

TEST(Devices, ThatArentThereGiveAnEmptyListAndAReason) {
  for (const ninc_device_kind kind : {NINC_DEVICE_OPENCL, NINC_DEVICE_CUDA}) {
    auto list = listDevices(kind);
    ASSERT_TRUE(list) << list.error().message;
    EXPECT_TRUE(list->devices.empty());
    EXPECT_NE(list->why.find("can't be opened"), std::string::npos) << list->why;
    EXPECT_FALSE(measureDevicePeakFlops(kind, 0));
  }
  EXPECT_TRUE(listDevices(NINC_DEVICE_CPU)->devices.empty());
}

TEST(RealDevices, ReachAPeak) {
  auto list = listDevices(NINC_DEVICE_OPENCL);
  ASSERT_TRUE(list) << list.error().message;
  if (list->devices.empty()) GTEST_SKIP() << list->why << " (Debian: pocl-opencl-icd)";
  EXPECT_FALSE(list->devices[0].name.empty());
  EXPECT_GT(list->devices[0].units, 0);
  auto peak = measureDevicePeakFlops(NINC_DEVICE_OPENCL, 0);
  ASSERT_TRUE(peak) << peak.error().message;
  EXPECT_GT(*peak, 1e8);
  EXPECT_FALSE(measureDevicePeakFlops(NINC_DEVICE_OPENCL, 1000));
}

TEST(Devices, LanesAreThoseOfTheirGeneration) {
  EXPECT_EQ(cudaLanes(75), 64);
  EXPECT_EQ(cudaLanes(80), 64);
  EXPECT_EQ(cudaLanes(86), 128);
  EXPECT_EQ(cudaLanes(90), 128);
  EXPECT_EQ(cudaLanes(990), 0);
}

} // namespace ninc
