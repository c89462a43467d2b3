#include "tuner/machine/CpuSets.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <sched.h>
#include <set>
#include <sstream>

namespace ninc {

namespace {

std::vector<int> allowedCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return {0};
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) cpus.push_back(cpu);
  return cpus;
}

std::vector<int> siblingsOf(int cpu) {
  std::ifstream file(fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
  std::string text;
  std::getline(file, text);
  std::vector<int> siblings = parseCpuList(text);
  if (siblings.empty()) siblings.push_back(cpu);
  return siblings;
}

} // namespace

std::vector<int> parseCpuList(const std::string &text) {
  std::vector<int> cpus;
  std::istringstream items(text);
  for (std::string item; std::getline(items, item, ',');) {
    int first = 0, last = 0;
    const int numbers = std::sscanf(item.c_str(), "%d-%d", &first, &last);
    if (numbers == 1) last = first;
    if (numbers < 1 || first < 0 || last < first || last >= CPU_SETSIZE) continue;
    for (int cpu = first; cpu <= last; ++cpu)
      cpus.push_back(cpu);
  }
  return cpus;
}

CpuSets chooseCpus(int threads, const std::vector<int> &cpus, const std::vector<std::vector<int>> &siblings) {
  CpuSets sets;
  std::set<int> taken; // and their hyperthreads
  for (std::size_t i = cpus.size(); i-- > 0 && sets.measuring.size() < static_cast<std::size_t>(threads);) {
    if (taken.contains(cpus[i])) continue;
    sets.measuring.push_back(cpus[i]);
    taken.insert(siblings[i].begin(), siblings[i].end());
    taken.insert(cpus[i]);
  }
  // More threads than cores: hyperthreads share them.
  for (std::size_t i = cpus.size(); i-- > 0 && sets.measuring.size() < static_cast<std::size_t>(threads);)
    if (std::ranges::find(sets.measuring, cpus[i]) == sets.measuring.end()) sets.measuring.push_back(cpus[i]);
  std::ranges::sort(sets.measuring);
  for (int cpu : cpus)
    if (!taken.contains(cpu)) sets.compiling.push_back(cpu);
  return sets;
}

CpuSets chooseCpus(int threads) {
  const std::vector<int> cpus = allowedCpus();
  std::vector<std::vector<int>> siblings;
  for (int cpu : cpus)
    siblings.push_back(siblingsOf(cpu));
  return chooseCpus(threads, cpus, siblings);
}

} // namespace ninc
