#include "tuner/machine/CpuSets.h"

#include <gtest/gtest.h>

namespace ninc {
namespace {

using Cpus = std::vector<int>;

std::vector<Cpus> alone(const Cpus &cpus) {
  std::vector<Cpus> siblings;
  for (int cpu : cpus)
    siblings.push_back({cpu});
  return siblings;
}

TEST(CpuSets, GiveTheLastCoreToMeasuringAndTheOthersToCompiling) {
  const CpuSets sets = chooseCpus(1, {0, 1, 2, 3}, alone({0, 1, 2, 3}));
  EXPECT_EQ(sets.measuring, (Cpus{3}));
  EXPECT_EQ(sets.compiling, (Cpus{0, 1, 2}));
}

TEST(CpuSets, LeaveHyperthreadsOfMeasuringCoresIdle) {
  const std::vector<Cpus> siblings = {{0, 2}, {1, 3}, {0, 2}, {1, 3}};
  const CpuSets sets = chooseCpus(1, {0, 1, 2, 3}, siblings);
  EXPECT_EQ(sets.measuring, (Cpus{3}));
  EXPECT_EQ(sets.compiling, (Cpus{0, 2}));
  EXPECT_EQ(chooseCpus(2, {0, 1, 2, 3}, siblings).measuring, (Cpus{2, 3})); // two cores, not two hyperthreads
}

TEST(CpuSets, LeaveNothingToCompilingWhereAllCoresMeasure) {
  const CpuSets sets = chooseCpus(2, {0, 1}, alone({0, 1}));
  EXPECT_EQ(sets.measuring, (Cpus{0, 1}));
  EXPECT_TRUE(sets.compiling.empty());
}

TEST(CpuSets, UseHyperthreadsWhereThereAreMoreThreadsThanCores) {
  EXPECT_EQ(chooseCpus(2, {4, 5}, {{4, 5}, {4, 5}}).measuring, (Cpus{4, 5}));
  EXPECT_EQ(chooseCpus(8, {4, 5}, alone({4, 5})).measuring, (Cpus{4, 5}));
}

TEST(CpuSets, OfThisProcessHaveSomethingToMeasureOn) {
  EXPECT_EQ(chooseCpus(1).measuring.size(), 1u);
}

TEST(CpuList, IsReadAsTheSystemWritesIt) {
  EXPECT_EQ(parseCpuList("0-2,5\n"), (Cpus{0, 1, 2, 5}));
  EXPECT_EQ(parseCpuList("7"), (Cpus{7}));
  EXPECT_EQ(parseCpuList(""), Cpus{});
  EXPECT_EQ(parseCpuList("x,3,9-1,-4,0-99999999"), (Cpus{3}));
}

} // namespace
} // namespace ninc
