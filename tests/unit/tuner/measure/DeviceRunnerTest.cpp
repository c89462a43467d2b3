// Kernels measured on an OpenCL device, one that computes on this CPU if there is no other. Skipped without.
#include "tuner/measure/DeviceRunner.h"

#include <cstdlib>
#include <gmock/gmock.h>

#include "support/Seal.h"
#include "tests/unit/tuner/Specs.h"
#include "tuner/records/TunedSchedules.h"
#include "tuner/search/SearchSpace.h"
#include "tuner/session/KernelTuning.h"

namespace ninc {
namespace {

using testing::denseSpec;
using ::testing::HasSubstr;
using testing::mlpconvSpec;
using testing::onDevice;
using testing::poolSpec;

class OnOpenCl : public ::testing::Test {
protected:
  // Compiled kernels are kept nowhere but here.
  OnOpenCl() { setenv("POCL_CACHE_DIR", cache_.path().c_str(), 1); }
  ~OnOpenCl() override { unsetenv("POCL_CACHE_DIR"); }

  void SetUp() override {
    if (const auto machine = machineWith(device_); !machine) GTEST_SKIP() << machine.error().message;
  }

  const DeviceToTune device_{parseTargets("host+opencl").value().devices.front(), deviceOf(GpuApi::opencl)};
  const DeviceRunner runner_{device_.choice};

private:
  TemporaryDirectory cache_ = TemporaryDirectory::create().value();
};

KernelTuning tuningOf(const KernelSpec &spec) {
  KernelTuning tuning({"kernel", spec}, {}, keyFor(spec, Exactness::fast, 1, "this"));
  tuning.prepare();
  EXPECT_TRUE(tuning.expect(evaluateWorkload(tuning.workload()).value()));
  return tuning;
}

Candidate made(const KernelTuning &tuning, const Schedule &schedule) {
  return makeCandidate(tuning.workload(), schedule, std::nullopt).value();
}

StoredCandidate stored(const Candidate &candidate, const Schedule &schedule) {
  return StoredCandidate::store(schedule, candidate).value();
}

Measurement measured(KernelTuning &tuning, StoredCandidate candidate, const JobRunner &runner) {
  Result<std::optional<Measurement>> measurement = tuning.measure(std::move(candidate), runner, {}, 0);
  EXPECT_TRUE(measurement) << measurement.error().message;
  return measurement.value().value();
}

// As it stands between other kernels where values are stored as halves.
KernelSpec inHalves(KernelSpec spec) {
  spec.gpu->storage = spec.inputs[0].element = spec.outputs[0].element = ElementType::f16;
  return spec;
}

TEST_F(OnOpenCl, EveryKindOfKernelIsRightAndTimedBesideTheDefault) {
  for (const KernelSpec &spec :
       {onDevice(mlpconvSpec({24, 10}, 8, 7, "x86-64-v3", GapEpilogue{true, true}), "opencl", 3),
        inHalves(onDevice(mlpconvSpec({16, 8}, 8, 7), "opencl")), onDevice(poolSpec(), "opencl"),
        inHalves(onDevice(poolSpec(), "opencl")), onDevice(denseSpec(), "opencl", 2)}) {
    SCOPED_TRACE(toString(spec));
    KernelTuning tuning = tuningOf(spec);
    const Schedule usual = defaultSchedule(spec);
    tuning.setDefault(stored(made(tuning, usual), usual));
    for (const RankedSchedule &ranked : rankedSchedules(spec, Exactness::fast, 1, 2)) {
      const Measurement times =
          measured(tuning, stored(made(tuning, ranked.schedule), ranked.schedule), runner_);
      EXPECT_EQ(times.outcome, Outcome::ok) << times.detail;
      EXPECT_GT(times.seconds, 0);
      EXPECT_GT(times.defaultSeconds, 0);
      EXPECT_GE(times.rounds, 8);
    }
  }
}

// A candidate's source is constant data within its library, so what takes its place is as long.
void replaceSource(Candidate &candidate, const std::string &text, const std::string &by) {
  const std::size_t at = candidate.library.find(text);
  ASSERT_NE(at, std::string::npos) << text;
  ASSERT_EQ(text.size(), by.size());
  candidate.library.replace(at, text.size(), by);
  candidate.library = sealed(candidate.library.substr(0, candidate.library.size() - sealBytes));
}

TEST_F(OnOpenCl, ACandidateThatIsWrongCrashesOrCantBeBuiltIsOneThatFails) {
  const KernelSpec spec = onDevice(poolSpec(), "opencl");
  KernelTuning tuning = tuningOf(spec);
  const Schedule usual = defaultSchedule(spec), other = {GpuLoopSchedule{64}};
  tuning.setDefault(stored(made(tuning, usual), usual));

  Candidate strict = made(tuning, other);
  strict.bounds = {-1};
  Measurement times = measured(tuning, stored(strict, other), runner_);
  EXPECT_EQ(times.outcome, Outcome::wrong);
  EXPECT_THAT(times.detail, HasSubstr("output 0 is off by"));

  Candidate trap = made(tuning, other);
  replaceSource(trap, " int _thread_id_x = get_local_id(0);", "int _thread_id_x=0;__builtin_trap();");
  times = measured(tuning, stored(trap, other), runner_);
  // A device that isn't this CPU may not know how to trap.
  EXPECT_TRUE(times.outcome == Outcome::crashed || times.outcome == Outcome::uncompilable)
      << toString(times.outcome) << ' ' << times.detail;

  Candidate broken = made(tuning, other);
  replaceSource(broken, "__kernel void ", "__kermel void ");
  times = measured(tuning, stored(broken, other), runner_);
  EXPECT_EQ(times.outcome, Outcome::uncompilable);
  EXPECT_THAT(times.detail, HasSubstr("clBuildProgram"));
}

TEST_F(OnOpenCl, AJobThatTakesTooLongOrHasNoDeviceComesToAnEnd) {
  RunnerJob job;
  const KernelSpec spec = onDevice(poolSpec(), "opencl");
  const KernelTuning tuning = tuningOf(spec);
  const StoredCandidate candidate = stored(made(tuning, defaultSchedule(spec)), defaultSchedule(spec));
  auto fileOf = [](const std::vector<float> &numbers) {
    const auto *bytes = reinterpret_cast<const char *>(numbers.data());
    return MemoryFile::holding("tensor", {bytes, numbers.size() * sizeof(float)}).value();
  };
  const MemoryFile operand = fileOf(tuning.workload().operands[0]);
  const MemoryFile result = fileOf(evaluateWorkload(tuning.workload()).value()[0]);
  job.inputs = {operand.pathForOthers()};
  job.expected = {result.pathForOthers()};
  job.candidates = {candidate.forRunner()};
  job.seconds = 60;
  job.mostRounds = 1 << 30;
  job.limitSeconds = 3;
  Result<RunnerResult> endless = runner_.run(job);
  ASSERT_TRUE(endless) << endless.error().message;
  EXPECT_EQ(endless->outcome, Outcome::hung);
  EXPECT_EQ(endless->candidate, 0);

  Result<RunnerResult> nowhere = DeviceRunner(deviceOf(GpuApi::opencl, 1000)).run(job);
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("there is no OpenCL device 1000"));
  EXPECT_THAT(machineWith({device_.target, deviceOf(GpuApi::opencl, 1000)}).error().message,
              HasSubstr("no OpenCL device 1000"));
}

TEST(RecordName, IsPrintableWhateverTheDriverSays) {
  DeviceInfo info;
  info.name = "Fast\n\x1b[31m\xff";
  info.vendor = "Some vendor";
  EXPECT_EQ(recordName(info), "Fast??[31m? (Some vendor)");
  info.name = std::string(5000, 'x');
  EXPECT_LE(recordName(info).size(), 200u);
}

} // namespace
} // namespace ninc
