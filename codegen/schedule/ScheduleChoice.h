// Which schedule a kernel gets, and why.
#pragma once

#include <string>
#include <utility>

#include "codegen/schedule/Schedule.h"

namespace ninc {

struct ScheduleChoice {
  // NOLINTNEXTLINE(google-explicit-constructor): a schedule of which there is nothing to say
  ScheduleChoice(Schedule s, std::string reason = {}, double expected = 0)
      : schedule(std::move(s)), why(std::move(reason)), expectedCost(expected) {}

  Schedule schedule;
  // For a remark, behind the schedule's text: what the cost model expects, or where the schedule comes from
  // ("tuned (...)"). Empty: nothing is to be said.
  std::string why;
  // By the cost model of the kernel's family: cycles of a call on one thread of a CPU, clocks of a device. 0
  // for families without one, and for schedules that come from elsewhere.
  double expectedCost = 0;
};

// The cost model's choice: always legal. Needs an op that computes something, not Input or Constant.
ScheduleChoice chooseSchedule(const KernelSpec &spec, Exactness exactness);

// Why a kernel is computed as it is.
struct ScheduleReason {
  std::string kernel; // name of its first result
  std::string text;   // a sentence without a full stop
  std::string target; // that it is a kernel for: "opencl", "x86-64-v3"; empty: the only CPU
};

} // namespace ninc
