#include "codegen/target/Targets.h"

#include <gmock/gmock.h>

namespace ninc {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Targets, WhateverIsWrongWithATargetIsTheCommandLinesFault) {
  for (const char *text :
       {"", "z80", "z80+opencl", "+opencl", "host+", "host+vulkan", "host+sm_60", "host+opencl+",
        "host++opencl", "host+opencl+opencl", "host+cuda+sm_86", "host+opencl f16", "x86-64-v2,",
        ",x86-64-v2", "x86-64-v2,x86-64-v2", "x86-64-v3,haswell", "x86-64-v3,aarch64", "x86-64-v3,opencl",
        "x86-64-v3+opencl,x86-64-v2"}) {
    const Result<Targets> targets = parseTargets(text);
    ASSERT_FALSE(targets) << text;
    EXPECT_EQ(targets.error().kind, ErrorKind::usage) << text;
  }
}

TEST(Targets, OfDevicesAreReadBehindTheCpus) {
  const Targets both = parseTargets("x86-64-v3+opencl+sm_86").value();
  EXPECT_EQ(both.cpus.front().name, "x86-64-v3");
  ASSERT_EQ(both.devices.size(), 2u);
  EXPECT_EQ(both.devices[0].kind, NINC_DEVICE_OPENCL);
  EXPECT_EQ(both.devices[1].capability, 86);
  EXPECT_EQ(toString(both), "x86-64-v3+opencl+sm_86");
  EXPECT_TRUE(parseTargets("x86-64-v3").value().devices.empty());
  EXPECT_EQ(parseGpuTarget("cuda").value(), parseGpuTarget("sm_80").value());
  EXPECT_THAT(parseTargets("x86-64-v3+vulkan").error().message, StartsWith("no device 'vulkan'"));
  EXPECT_THAT(parseTargets("x86-64-v3+").error().message, StartsWith("no device ''"));
  EXPECT_THAT(parseTargets("x86-64-v3+cuda+sm_86").error().message, HasSubstr("one device of a kind"));
  EXPECT_FALSE(parseTargets("nonsense+opencl"));
}

TEST(Targets, SeveralCpusOfOneArchitectureStandBetweenCommas) {
  const Targets three = parseTargets("x86-64-v4,x86-64-v2,haswell+opencl").value();
  ASSERT_EQ(three.cpus.size(), 3u);
  EXPECT_EQ(three.cpus[0].name, "x86-64-v4");
  EXPECT_EQ(three.cpus[2].name, "x86-64-v3");
  EXPECT_EQ(toString(three), "x86-64-v4,x86-64-v2,x86-64-v3+opencl");
  EXPECT_THAT(parseTargets("x86-64-v3,haswell").error().message, HasSubstr("the same again"));
  EXPECT_THAT(parseTargets("x86-64-v3,aarch64").error().message, HasSubstr("CPUs of one architecture"));
  const Targets arms = parseTargets("armv8-a,armv8.2-a+dotprod+opencl").value();
  ASSERT_EQ(arms.cpus.size(), 2u);
  EXPECT_EQ(arms.cpus[0].name, "aarch64");
  EXPECT_EQ(arms.cpus[1].name, "armv8.2-a+dotprod");
  EXPECT_EQ(arms.devices.size(), 1u);
}

TEST(GpuTarget, TextNamesTheDeviceAndHowItStoresValues) {
  GpuTarget device = parseGpuTarget("sm_80").value();
  EXPECT_EQ(toString(device), "sm_80");
  device.storage = ElementType::f16;
  EXPECT_EQ(toString(device), "sm_80 f16");
}

} // namespace
} // namespace ninc
