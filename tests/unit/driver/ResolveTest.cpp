#include "driver/Resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/driver/Scene.h"
#include "tuner/machine/CpuModel.h"

namespace ninc {
namespace {

using testing::HasSubstr;

// On a machine with one CUDA device of that compute capability.
class Resolving : public testing::Test {
protected:
  Result<Build> resolved(int capability = 86) {
    DeviceInfo device;
    device.kind = NINC_DEVICE_CUDA;
    device.capability = capability;
    return resolve(request, std::make_shared<DevicesHere>(oneDevice(device, asked)));
  }
  std::string targetsOf(int capability = 86) { return toString(resolved(capability).value().targets); }

  Request request;
  int asked = 0;
};

TEST_F(Resolving, ATargetsTextGivesItsParts) {
  request.target = "x86-64-v3+opencl+sm_70";
  EXPECT_EQ(targetsOf(), "x86-64-v3+opencl+sm_70");
  EXPECT_EQ(asked, 0) << "code for a device needs no device";
}

TEST_F(Resolving, AnUnknownTargetIsAnError) {
  request.target = "x86-64-v9";
  EXPECT_THAT(resolved().error().message, HasSubstr("x86-64-v9"));
}

TEST_F(Resolving, ADeviceToRunOnGetsCode) {
  request.target = "x86-64-v3";
  request.device = {NINC_DEVICE_OPENCL, 0};
  EXPECT_EQ(targetsOf(), "x86-64-v3+opencl");
  EXPECT_EQ(asked, 0) << "of OpenCL nothing depends on the device";
}

TEST_F(Resolving, ADeviceThatTheTargetNamesGetsNoOtherCode) {
  request.target = "x86-64-v3+sm_50";
  request.device = {NINC_DEVICE_CUDA, 0};
  EXPECT_EQ(targetsOf(), "x86-64-v3+sm_50");
}

TEST_F(Resolving, AnOlderGpuGetsCodeThatItCanRun) {
  request.target = "x86-64-v3";
  request.device = {NINC_DEVICE_CUDA, 0};
  EXPECT_EQ(targetsOf(86), "x86-64-v3+sm_80") << "what cuda stands for";
  EXPECT_EQ(targetsOf(72), "x86-64-v3+sm_70");
  EXPECT_EQ(targetsOf(61), "x86-64-v3+sm_61");
  request.device.number = 7;
  EXPECT_EQ(targetsOf(61), "x86-64-v3+sm_80") << "of a device that isn't there nothing is known";
}

TEST_F(Resolving, HalvesAreForDevicesThatHaveThem) {
  request.precision = "f16";
  request.target = "x86-64-v3";
  EXPECT_EQ(resolved().error().kind, ErrorKind::usage);
  request.target = "x86-64-v3+sm_50";
  EXPECT_EQ(resolved().error().message, "sm_50 has no f16");
  request.target = "x86-64-v3+opencl+sm_61";
  EXPECT_EQ(targetsOf(), "x86-64-v3+opencl f16+sm_61 f16");
}

TEST_F(Resolving, AnUnknownPrecisionIsAnError) {
  request.precision = "f8";
  EXPECT_EQ(resolved().error().message, "no precision 'f8'; there are f32 and f16");
}

TEST_F(Resolving, WithoutANumberThereAreAsManyJobsAsCores) {
  EXPECT_GE(resolved()->jobs, 1u);
  request.jobs = 3;
  EXPECT_EQ(resolved()->jobs, 3u);
}

TEST_F(Resolving, RecordsOfThisCpuCountWhereTheCodeRuns) {
  EXPECT_EQ(resolved()->records.cpu, cpuModel());
  request.target = "aarch64";
  EXPECT_EQ(resolved()->records.cpu, "") << "whose code doesn't run here";
  request.cpu = "ARM 0xd08";
  EXPECT_EQ(resolved()->records.cpu, "ARM 0xd08");
}

TEST_F(Resolving, CodeForAnotherMachineCannotRunHere) {
  EXPECT_TRUE(checkRunsHere(*resolved()));
  request.target = "aarch64";
  EXPECT_THAT(checkRunsHere(*resolved()).error().message, HasSubstr("can't run on this machine"));
}

TEST_F(Resolving, OptionsOfTheBackEndAreTheBuilds) {
  request.target = "x86-64-v3+opencl";
  request.batch = 4;
  request.jobs = 2;
  request.exact = true;
  const CompileOptions options = compileOptions(*resolved());
  EXPECT_EQ(options.targets.front().name, "x86-64-v3");
  EXPECT_EQ(options.devices.size(), 1u);
  EXPECT_EQ(options.batch, 4);
  EXPECT_EQ(options.jobs, 2u);
  EXPECT_EQ(options.exactness, Exactness::exact);
}

TEST(Request, InputsAreWhatIsReadForIt) {
  Request request;
  request.model = "folder/m.nin";
  request.scheduleFile = "s.txt";
  request.database = "d.jsonl";
  const std::vector<InputFile> inputs = inputsOf(request);
  ASSERT_EQ(inputs.size(), 3u);
  EXPECT_EQ(inputs[0].role, "the model");
  EXPECT_EQ(inputs[1].path, "s.txt");
  EXPECT_EQ(inputs[2].path, "d.jsonl");
  Graph graph("m");
  graph.weightSource = {WeightSource::Kind::file, "w.safetensors", 0, {}};
  EXPECT_EQ(inputsOf(request, &graph)[1].path, "folder/w.safetensors");
  const std::vector<std::filesystem::path> others{"folder/data.bin"};
  EXPECT_EQ(inputsOf(request, &graph, others)[2].path, "folder/data.bin");
  request.model = "m.so";
  EXPECT_EQ(inputsOf(request)[0].role, "the library");
}

} // namespace
} // namespace ninc
