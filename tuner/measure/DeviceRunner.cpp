#include "tuner/measure/DeviceRunner.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <new>
#include <sys/mman.h>
#include <utility>

#include "support/ForkedTask.h"
#include "support/Shortage.h"
#include "tuner/measure/DeviceSession.h"
#include "tuner/measure/RunnerText.h"

namespace ninc {

namespace {

// A number that a child writes and its parent reads, also when the child is gone.
class SharedNumber {
public:
  static Result<SharedNumber> create() {
    void *page =
        mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return fail(fmt::format("no shared page: {}", reasonWithLimit(errno)));
    return SharedNumber(new (page) std::atomic<int>(-1));
  }
  ~SharedNumber() {
    if (number_) munmap(number_, sizeof *number_);
  }
  SharedNumber(SharedNumber &&other) noexcept : number_(std::exchange(other.number_, nullptr)) {}
  SharedNumber &operator=(SharedNumber &&) = delete;

  std::atomic<int> &value() { return *number_; }

private:
  explicit SharedNumber(std::atomic<int> *number) : number_(number) {}
  std::atomic<int> *number_;
};

// Of a job whose process hasn't come to its end. Before any candidate's turn nobody but the driver, or we,
// can be at fault.
Result<RunnerResult> endedEarly(const RunnerJob &job, int inTurn, Outcome outcome, std::string detail) {
  if (inTurn < 0) return fail("measuring on the device: " + detail);
  RunnerResult result;
  result.label = job.label;
  result.outcome = outcome;
  result.candidate = inTurn;
  result.detail = std::move(detail);
  return result;
}

} // namespace

Result<RunnerResult> DeviceRunner::run(const RunnerJob &job) const {
  Result<SharedNumber> inTurn = SharedNumber::create();
  if (!inTurn) return tl::unexpected(inTurn.error());
  const MeasuringLocks alone({toString(device_)}, patience_);
  Result<ForkedTask> task =
      ForkedTask::start([&] { return measureOnDevice(job, device_, inTurn->value()); }, {.apart = true});
  if (!task) return tl::unexpected(task.error());
  const auto end = finishWithin(*task, job.limitSeconds);
  const int candidate = inTurn->value();
  if (!end)
    return endedEarly(job, candidate, Outcome::hung, fmt::format("no end within {} s", job.limitSeconds));
  if (!endedWell(*end)) return endedEarly(job, candidate, Outcome::crashed, howItEnded(*end));
  return parseRunnerResult(end->bytes);
}

} // namespace ninc
