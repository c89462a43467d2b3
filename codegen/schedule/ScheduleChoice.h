// Which schedule a kernel gets, and why.
#pragma once

#include <string>
#include <utility>

#include "codegen/schedule/Schedule.h"

namespace ninc {

// A kernel's schedule and, where it isn't the cost model's choice, where it comes from.
struct ScheduleChoice {
  ScheduleChoice(Schedule s, std::string from = {}) : schedule(std::move(s)), origin(std::move(from)) {}

  Schedule schedule;
  std::string origin; // for a remark: "tuned (...)"; empty: nothing is to be said
};

// Why a kernel is computed as it is.
struct ScheduleReason {
  std::string kernel; // name of its first result
  std::string text;   // a sentence without a full stop
  std::string device; // that it is a kernel for: "opencl"; empty: the CPU
};

} // namespace ninc
