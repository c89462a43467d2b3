// Kernels measured on an OpenCL device, one that computes on this CPU if there is no other. Skipped without.
#include "tuner/measure/DeviceRunner.h"

#include <cstdlib>
#include <gmock/gmock.h>

#include "codegen/target/Targets.h"
#include "support/Seal.h"
#include "support/TemporaryFiles.h"
#include "tests/unit/tuner/Specs.h"
#include "tuner/search/SearchSpace.h"
#include "tuner/session/Race.h"

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
    if (const auto machine = machineWith(device_, listDevicesApart(device_.choice.kind)); !machine)
      GTEST_SKIP() << machine.error().message;
  }

  const DeviceToTune device_{parseTargets("host+opencl").value().devices.front(), {NINC_DEVICE_OPENCL}};
  const DeviceRunner runner_{device_.choice};

private:
  TemporaryDirectory cache_ = TemporaryDirectory::create().value();
};

Candidate made(const Workload &workload, const Schedule &schedule) {
  return makeCandidate(workload, schedule, std::nullopt).value();
}

StoredCandidate stored(const Candidate &candidate, const Schedule &schedule) {
  return StoredCandidate::store(schedule, candidate).value();
}

// The default, ready to be raced.
Race raceOf(const Workload &workload) {
  const Schedule usual = defaultSchedule(workload.spec);
  return {"kernel", StoredWorkload::store(workload, evaluateWorkload(workload).value()).value(),
          stored(made(workload, usual), usual)};
}

RaceResult measured(Race &race, StoredCandidate candidate, const JobRunner &runner) {
  Result<RaceResult> result = race.challenge(std::move(candidate), runner, {});
  EXPECT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->atFault);
  return *result;
}

void expectTimed(const RaceResult &result) {
  EXPECT_EQ(result.outcome, Outcome::ok) << result.detail;
  EXPECT_GT(result.times.least, 0);
  EXPECT_GT(result.defaultSeconds, 0);
  EXPECT_GE(result.times.rounds, 8);
}

// As it stands between other kernels where values are stored as halves.
KernelSpec inHalves(KernelSpec spec) {
  spec.device().storage = spec.inputs[0].element = spec.outputs[0].element = ElementType::f16;
  return spec;
}

TEST_F(OnOpenCl, EveryKindOfKernelIsRightAndTimedBesideTheDefault) {
  for (const KernelSpec &spec :
       {onDevice(mlpconvSpec({24, 10}, 8, 7, "x86-64-v3", GapEpilogue{true, true}), "opencl", 3),
        inHalves(onDevice(mlpconvSpec({16, 8}, 8, 7), "opencl")), onDevice(poolSpec(), "opencl"),
        inHalves(onDevice(poolSpec(), "opencl")), onDevice(denseSpec(), "opencl", 2)}) {
    SCOPED_TRACE(toString(spec));
    const Workload workload = makeWorkload(spec);
    Race race = raceOf(workload);
    expectTimed(race.measureDefault(runner_, {}).value());
    for (const RankedSchedule &ranked : rankedSchedules(spec, Exactness::fast, 1, 2))
      expectTimed(measured(race, stored(made(workload, ranked.schedule), ranked.schedule), runner_));
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
  const Workload workload = makeWorkload(spec);
  Race race = raceOf(workload);
  const Schedule other = {GpuLoopSchedule{64}};

  Candidate strict = made(workload, other);
  strict.bounds = {-1};
  RaceResult times = measured(race, stored(strict, other), runner_);
  EXPECT_EQ(times.outcome, Outcome::wrong);
  EXPECT_THAT(times.detail, HasSubstr("output 0 is off by"));

  Candidate trap = made(workload, other);
  replaceSource(trap, " int _thread_id_x = get_local_id(0);", "int _thread_id_x=0;__builtin_trap();");
  times = measured(race, stored(trap, other), runner_);
  // A device that isn't this CPU may not know how to trap.
  EXPECT_TRUE(times.outcome == Outcome::crashed || times.outcome == Outcome::uncompilable)
      << toString(times.outcome) << ' ' << times.detail;

  Candidate broken = made(workload, other);
  replaceSource(broken, "__kernel void ", "__kermel void ");
  times = measured(race, stored(broken, other), runner_);
  EXPECT_EQ(times.outcome, Outcome::uncompilable);
  EXPECT_THAT(times.detail, HasSubstr("clBuildProgram"));
}

TEST_F(OnOpenCl, AJobThatTakesTooLongOrHasNoDeviceComesToAnEnd) {
  RunnerJob job;
  const KernelSpec spec = onDevice(poolSpec(), "opencl");
  const Workload workload = makeWorkload(spec);
  const StoredCandidate candidate = stored(made(workload, defaultSchedule(spec)), defaultSchedule(spec));
  const StoredWorkload files = StoredWorkload::store(workload, evaluateWorkload(workload).value()).value();
  job.inputs = pathsOf(files.operands);
  job.expected = pathsOf(files.expected);
  job.candidates = {candidate.forRunner()};
  job.seconds = 60;
  job.mostRounds = 1 << 30;
  job.limitSeconds = 3;
  Result<RunnerResult> endless = runner_.run(job);
  ASSERT_TRUE(endless) << endless.error().message;
  EXPECT_EQ(endless->outcome, Outcome::hung);
  EXPECT_EQ(endless->candidate, 0);

  Result<RunnerResult> nowhere = DeviceRunner(DeviceChoice{NINC_DEVICE_OPENCL, 1000}).run(job);
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("there is no OpenCL device 1000"));
}

} // namespace
} // namespace ninc
