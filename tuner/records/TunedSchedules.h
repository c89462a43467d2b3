// What tuning has found, for compiles: from databases to the schedule of a kernel.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "codegen/Compile.h"
#include "codegen/schedule/Schedule.h"
#include "codegen/spec/KernelSpec.h"
#include "tuner/records/Database.h"

namespace ninc {

// The key of a kernel's records. Kernels that must do without transforms (Exactness::exact) have keys of
// their own.
RecordKey keyFor(const KernelSpec &spec, Exactness exactness, int threads, const std::string &machine);

// Verdicts of several databases, those of the first ones before those of the others, for one CPU and number
// of threads, and for the devices that are named. Whatever the files hold, looking up never fails: what can't
// be used is not found.
class TunedSchedules {
public:
  TunedSchedules(std::string cpu, int threads) : cpu_(std::move(cpu)), threads_(threads) {}

  // Kernels for this api are looked up for the device of that name (recordName). Without one, nothing is
  // found for them.
  void setDevice(ninc_device_kind api, std::string name) { devices_[api] = std::move(name); }

  // `name` says in remarks where a schedule comes from.
  void add(const DatabaseContents &contents, std::string name);

  struct Found {
    Schedule schedule;  // legal for the spec
    std::string origin; // "tuned (1.08 times the default's speed, NAME)"
  };
  // The verdict for a spec, unless it is the default schedule. What couldn't be used is remembered for
  // unusedRemark.
  std::optional<Found> find(const KernelSpec &spec, Exactness exactness);

  // Whether find() has found anything so far.
  bool hasFound() const { return hasFound_; }

  // One sentence about records of the kernels that were asked for and couldn't be used: of other CPUs or
  // devices, numbers of threads or versions, or without a legal schedule. Empty if there are none.
  std::string unusedRemark() const;

  // Changes whenever an answer of find() may have changed.
  std::string fingerprint() const;

private:
  struct Source {
    std::map<RecordKey, Verdict> verdicts;
    std::string name;
  };
  void rememberForeign(const KernelSpec &spec, const RecordKey &asked);
  // For whom a kernel's schedule is looked up; no name where its device isn't known.
  std::pair<std::string, int> machineFor(const KernelSpec &spec) const;

  std::string cpu_;
  int threads_ = 1;
  std::map<ninc_device_kind, std::string> devices_;
  bool hasFound_ = false;
  std::vector<Source> sources_;
  std::set<std::string> foreign_; // "GenuineIntel 6.85, 4 threads"
  std::set<std::string> here_;    // who was asked for then
  std::set<std::string> illegal_; // why a verdict's schedule couldn't be used
};

// Where `ninc tune` keeps records unless it is told otherwise: $XDG_DATA_HOME/ninc/schedules.jsonl, else
// ~/.local/share/ninc/schedules.jsonl; empty without a home.
std::filesystem::path usualDatabase();

// The records that ninc brings along, for the machines that it was tuned on.
const DatabaseContents &shippedDatabase();

} // namespace ninc
