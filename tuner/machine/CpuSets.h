// Which CPUs measure and which compile meanwhile, so that neither disturbs the other.
#pragma once

#include <string>
#include <vector>

namespace ninc {

struct CpuSets {
  std::vector<int> measuring; // one a thread, as far as there are so many
  // Neither those nor their hyperthreads. Empty where that leaves none: then compiling has to pause while
  // something is measured.
  std::vector<int> compiling;
};

// From this process's affinity and the system's topology. The last CPUs measure: the first ones take most
// interrupts.
CpuSets chooseCpus(int threads);

// The same from given facts: `siblings[i]` are the hyperthreads of cpus[i]'s core.
CpuSets chooseCpus(int threads, const std::vector<int> &cpus, const std::vector<std::vector<int>> &siblings);

// "0-2,5" -> 0, 1, 2, 5: how the system writes sets of CPUs. What isn't understood is left out.
std::vector<int> parseCpuList(const std::string &text);

} // namespace ninc
