// What a tuning found, as data: the final table, --json and the HTML report are made of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tuner/records/Record.h"

namespace ninc {

// One candidate, in the order of measuring.
struct MeasuredCandidate {
  std::string schedule;
  Outcome outcome = Outcome::ok;
  double seconds = 0;         // least; 0 unless ok
  double speedup = 0;         // default's time / its time, in the same interleaved run; 0 unless ok
  double predictedCycles = 0; // 0: the cost model has no opinion
  bool ranked = false;        // of the search's first part, not a local move
  double atSeconds = 0;       // since tuning began; of an earlier session: 0
};

struct KernelSummary {
  std::string name;                            // of its first result in the first model that has it
  std::string kernel;                          // KernelSpec as text
  std::string defaultSchedule, tunedSchedule;  // equal if the default stays
  double defaultSeconds = 0, tunedSeconds = 0; // least of a call, from one interleaved run; 0: not measured
  std::string remark; // why the default stays although a candidate won by itself; empty otherwise
  // Spearman's rank correlation of predicted and measured times over the search's first part, which holds a
  // random sample; local moves are chosen to be alike, so their order is noise. None for fewer than 5
  // candidates with both times.
  std::optional<double> rankCorrelation;
  std::vector<MeasuredCandidate> candidates;
};

struct ModelSummary {
  std::string name;
  double defaultSeconds = 0, tunedSeconds = 0; // least of a run, interleaved; 0: not measured
  // On a device those are of its kernels alone; these are with copies and calls. Elsewhere 0.
  double defaultWallSeconds = 0, tunedWallSeconds = 0;
  bool kept = false; // whether compiles will use what was found
};

struct TuningSummary {
  std::string machine; // Machine::name
  std::string target;  // what code was made for
  int threads = 1;     // of the team; 0: it was a device
  double elapsedSeconds = 0;
  bool finished = true; // false: budget spent or interrupted before the search ended by itself
  std::vector<KernelSummary> kernels;
  std::vector<ModelSummary> models;
};

} // namespace ninc
