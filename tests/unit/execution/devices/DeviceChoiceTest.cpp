#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "execution/devices/DeviceChoice.h"

namespace ninc {
namespace {

using ::testing::HasSubstr;

std::string whyNot(std::string_view text) {
  const Result<DeviceChoice> parsed = parseDevice(text);
  return parsed ? "understood" : parsed.error().message;
}

TEST(DeviceChoice, IsAKindAndANumber) {
  EXPECT_EQ(*parseDevice("cpu"), (DeviceChoice{NINC_DEVICE_CPU, 0}));
  EXPECT_EQ(*parseDevice("opencl"), (DeviceChoice{NINC_DEVICE_OPENCL, 0}));
  EXPECT_EQ(*parseDevice("opencl:1"), (DeviceChoice{NINC_DEVICE_OPENCL, 1}));
  EXPECT_EQ(*parseDevice("cuda:12"), (DeviceChoice{NINC_DEVICE_CUDA, 12}));
}

TEST(DeviceChoice, IsPrintedAsItIsRead) {
  for (const char *text : {"cpu", "opencl:0", "opencl:7", "cuda:0"})
    EXPECT_EQ(toString(*parseDevice(text)), text);
}

TEST(DeviceChoice, MistypedIsCorrected) {
  EXPECT_THAT(whyNot("opnecl"), HasSubstr("did you mean 'opencl'?"));
  EXPECT_THAT(whyNot("CUDA:1"), HasSubstr("did you mean 'cuda'?"));
}

TEST(DeviceChoice, OfAnUnknownKindListsTheKnownOnes) {
  for (const char *text : {"metal", "", ":0"})
    EXPECT_THAT(whyNot(text), HasSubstr("there are cpu, opencl and cuda")) << text;
}

TEST(DeviceChoice, HasANumberOrNone) {
  for (const char *text :
       {"opencl:", "opencl:x", "opencl:-1", "opencl:1x", "opencl: 1", "opencl:99999999999"})
    EXPECT_THAT(whyNot(text), HasSubstr("isn't the number of a device")) << text;
  EXPECT_THAT(whyNot("cpu:0"), HasSubstr("the CPU has no number"));
}

} // namespace
} // namespace ninc
