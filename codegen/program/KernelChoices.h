// Which schedule each kernel gets, why, and what has to be compiled for that.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "codegen/kernel/KernelCompilation.h"
#include "codegen/plan/CompileOptions.h"
#include "codegen/plan/ModelPlan.h"
#include "codegen/schedule/ScheduleChoice.h"
#include "ir/Graph.h"
#include "support/Result.h"

namespace ninc {

// Of one version's plan.
struct KernelChoices {
  std::vector<std::size_t> requestOf;  // of each kernel of the plan: its code's place among the requests
  std::vector<ScheduleReason> reasons; // where there is something to say, in the plan's order
};

// Goes through the plans of all versions of a library and gathers what is compiled for them: versions that
// need equal kernels share them, and those that read the same parameters share them packed where that costs
// little (codegen/schedule/SharedChoice.h).
class KernelChooser {
public:
  // The options must outlive it.
  explicit KernelChooser(const CompileOptions &options) : options_(options) {}

  // To be called with each plan of a version for a CPU before any is chosen for: which kernels compute the
  // same in several versions, by the names of their first results.
  void expect(const ModelPlan &plan);

  // What options.chooseSchedule says, else the cost model's choice, which is made once for equal specs. A
  // device's schedule that breaks the device's limits is an error that names the kernel; a CPU's is taken as
  // it is.
  Result<KernelChoices> choose(const Graph &graph, const ModelPlan &plan);

  // Each pair of spec and schedule once, in order of need.
  const std::vector<KernelRequest> &requests() const { return requests_; }

private:
  Result<void> choose(const Graph &graph, const PlannedKernel &kernel, KernelChoices &choices);
  Result<ScheduleChoice> scheduleFor(const PlannedKernel &kernel, const std::string &key);
  Result<std::optional<ScheduleChoice>> decided(const KernelSpec &spec, const std::string &name) const;
  Result<void> chooseTogether(const std::string &name, const std::vector<KernelSpec> &variants);

  const CompileOptions &options_;
  std::vector<KernelRequest> requests_;
  std::unordered_map<std::string, std::size_t> numbers_;  // of requests, by spec and schedule as text
  std::unordered_map<std::string, ScheduleChoice> usual_; // by spec as text
  std::unordered_map<std::string, std::vector<KernelSpec>> variants_; // of CPUs, different ones, by name
  std::unordered_map<std::string, ScheduleChoice> shared_;            // of those, by name and spec as text
};

} // namespace ninc
