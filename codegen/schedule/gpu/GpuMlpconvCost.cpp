#include "codegen/schedule/gpu/GpuMlpconvCost.h"

#include <algorithm>
#include <cmath>

#include "codegen/schedule/gpu/GpuMlpconvTiling.h"
#include "support/Arithmetic.h"

namespace ninc {

namespace {

std::int64_t storedBytes(const KernelSpec &spec) {
  return static_cast<std::int64_t>(bytesOf(spec.device().storage));
}

std::int64_t slicesOfStretch(const MlpconvGeometry &g, const GpuMlpconvSchedule &schedule,
                             const GpuStretch &stretch) {
  return stretch.storesMaps ? slicesOf(g.maps(stretch.last()), schedule) : 1;
}

// Clocks that a multiprocessor is busy with one block, if it has enough threads to switch between.
double clocksOfBlock(const MlpconvProblem &problem, const GpuMlpconvSchedule &s, const GpuStretch &stretch) {
  const auto &[spec, g] = problem;
  constexpr double warp = 32, requestBytes = 128;
  const GpuTile tile(g, s);
  const double tilesOfThreads =
      static_cast<double>(divideUp(tile.columns, s.threadPixels) * tile.rows); // register tiles along pixels
  double clocks = 0;
  for (std::size_t i = stretch.begin; i < stretch.end; ++i) {
    const std::int64_t channels =
        i == stretch.last() ? divideUp(g.maps(i), slicesOfStretch(g, s, stretch)) : g.maps(i);
    const double tilesOfChannels = static_cast<double>(divideUp(channels, s.threadChannels));
    // A group of 32 threads has neighbouring channels; where there are fewer, it has several rows of pixels.
    const double along = std::min<double>(s.channelThreads, tilesOfChannels);
    const double rounds = std::ceil(tilesOfChannels / s.channelThreads);
    const double threads = std::ceil(along * tilesOfThreads / warp) * warp;
    const double groups = rounds * threads / warp;
    const double sums = s.threadChannels * s.threadPixels * warp / spec.device().lanes;
    // Threads with more than four channels read every other four at a time.
    const double reach = s.threadChannels > 4 ? 2 : 1;
    const double weights =
        reach * s.threadChannels * static_cast<double>(storedBytes(spec)) * warp / requestBytes;
    const bool fromShared = i > stretch.begin || (i == 0 && s.stagesInput);
    const double unrolled = std::max(1, s.unroll);
    const double inputs = s.threadPixels * (fromShared ? 1 / std::min(4.0, unrolled) : 2.0);
    const double overhead = 4 / unrolled;
    clocks += groups * static_cast<double>(g.reduction(i)) * std::max(sums + overhead, weights + inputs);
  }
  if (stretch.begin == 0 && s.stagesInput)
    clocks += static_cast<double>(tile.patchPixels() * g.channels) / warp * 2;
  return clocks;
}

// Clocks in which one multiprocessor gets a block's weights from L2.
double clocksOfWeights(const MlpconvProblem &problem, const GpuMlpconvSchedule &s,
                       const GpuStretch &stretch) {
  const auto &[spec, g] = problem;
  constexpr double bytesOfClock = 32;
  double bytes = 0;
  for (std::size_t i = stretch.begin; i < stretch.end; ++i) {
    const std::int64_t slices = i == stretch.last() ? slicesOfStretch(g, s, stretch) : 1;
    bytes += static_cast<double>(g.reduction(i) * g.maps(i) * storedBytes(spec) / slices);
  }
  return bytes / bytesOfClock;
}

// Clocks of the launch that computes a stretch.
double clocksOfLaunch(const MlpconvProblem &problem, const GpuMlpconvSchedule &schedule,
                      const GpuStretch &stretch) {
  const auto &[spec, g] = problem;
  const GpuTarget &gpu = spec.device();
  const std::int64_t threads = roundUp(threadsOf(g, schedule), 32);
  // A thread's registers: its sums, what they are made of, addresses.
  const std::int64_t registers =
      schedule.threadChannels * schedule.threadPixels + schedule.threadChannels + schedule.threadPixels + 20;
  constexpr std::int64_t registersOfUnit = 64 << 10, mostBlocks = 16;
  const std::int64_t shared = std::max<std::int64_t>(1, sharedBytesOf(problem, schedule, stretch));
  const std::int64_t resident =
      std::clamp<std::int64_t>(std::min({gpu.unitThreads / threads, registersOfUnit / (threads * registers),
                                         gpu.unitSharedBytes / shared}),
                               1, mostBlocks);
  const std::int64_t blocks =
      tilesOfImage(g, schedule, stretch) * g.images * slicesOfStretch(g, schedule, stretch);
  const double atOnce = static_cast<double>(std::min(divideUp(blocks, std::int64_t{gpu.units}), resident));
  const double rounds = std::ceil(static_cast<double>(blocks) / (static_cast<double>(gpu.units) * atOnce));
  // A group of 32 threads has its next sum ready some 4 to 8 clocks later, and its next load some 30: eight
  // groups hide both.
  constexpr double groupsThatHide = 8;
  std::int64_t mostMaps = 0;
  for (std::size_t i = stretch.begin; i < stretch.end; ++i)
    mostMaps = std::max(mostMaps, g.maps(i));
  const std::int64_t along = std::min<std::int64_t>(
      schedule.channelThreads, divideUp(mostMaps, std::int64_t{schedule.threadChannels}));
  const GpuTile tile(g, schedule);
  const double working = static_cast<double>(along * (tile.columns / schedule.threadPixels) * tile.rows);
  const double busy = std::min(1.0, atOnce * working / 32 / groupsThatHide);
  const double block =
      std::max(clocksOfBlock(problem, schedule, stretch) / busy, clocksOfWeights(problem, schedule, stretch));
  // What ends equally soon but keeps fewer multiprocessors busy is better, if only for the others.
  constexpr double shareOfAll = 0.05;
  return rounds * atOnce * block +
         shareOfAll * static_cast<double>(blocks) * block / static_cast<double>(gpu.units);
}

// What a launch costs before it does anything, and the way of its maps through memory, there and back.
double clocksOfStoring(const MlpconvProblem &problem, std::size_t convolution) {
  const auto &[spec, g] = problem;
  constexpr double clocksToLaunch = 5000, bytesOfClock = 16; // of each multiprocessor
  const auto bytes = static_cast<double>(g.maps(convolution) * g.allPixels() * storedBytes(spec));
  return clocksToLaunch + 2 * bytes / (bytesOfClock * spec.device().units);
}

} // namespace

double predictClocks(const MlpconvProblem &problem, const GpuMlpconvSchedule &schedule) {
  double clocks = 0;
  for (const GpuStretch &stretch : stretchesOf(problem.geometry, schedule))
    clocks += clocksOfLaunch(problem, schedule, stretch);
  for (const int convolution : schedule.storedMaps)
    clocks += clocksOfStoring(problem, static_cast<std::size_t>(convolution));
  return clocks;
}

} // namespace ninc
