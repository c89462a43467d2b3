// The machine's fused-multiply-add peak, measured: enough independent chains to hide the latency (two FMA
// units of latency 4 to 5 want 8 to 10; 12 leave room and still fit 16 registers beside the operands),
// nothing else in the loop, in the widest vectors the CPU has. Compiled once for each width and picked at
// run time, so that the figure belongs to the machine and not to the flags ninc was built with.

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <numeric>
#include <system_error>
#include <thread>
#include <vector>

#include "execution/model/Measurement.h"

namespace ninc {

namespace {

constexpr int chains = 12;
constexpr long steps = 4096;

template <int lanes>
struct VectorOf {
  typedef float type __attribute__((vector_size(lanes * sizeof(float))));
};

template <int lanes>
struct Burst {
  using Vector = typename VectorOf<lanes>::type;

  [[gnu::always_inline]] static inline float run(float seed) {
    Vector accumulator[chains];
    for (int i = 0; i < chains; ++i)
      for (int lane = 0; lane < lanes; ++lane)
        accumulator[i][lane] = seed + static_cast<float>(i + lane);
    Vector factor = accumulator[0] * 0.0f + 0.999f, term = accumulator[0] * 0.0f + 1e-3f;
    for (long step = 0; step < steps; ++step) {
#pragma GCC unroll 12
      for (int i = 0; i < chains; ++i)
        accumulator[i] = accumulator[i] * factor + term;
    }
    float sum = 0;
    for (int i = 0; i < chains; ++i)
      for (int lane = 0; lane < lanes; ++lane)
        sum += accumulator[i][lane];
    return sum;
  }
  static constexpr double flops = 2.0 * chains * lanes * steps;
};

struct Candidate {
  float (*run)(float);
  double flops;
};

#if defined(__x86_64__)
[[gnu::target("avx512f,fma")]] float burst16(float seed) {
  return Burst<16>::run(seed);
}
[[gnu::target("avx2,fma")]] float burst8(float seed) {
  return Burst<8>::run(seed);
}
#endif
float burst4(float seed) {
  return Burst<4>::run(seed);
}

Candidate widest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return {burst16, Burst<16>::flops};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {burst8, Burst<8>::flops};
#endif
  return {burst4, Burst<4>::flops};
}

// The best rate over bursts of ~1 ms within ~100 ms.
double bestRate(const Candidate &candidate) {
  using Clock = std::chrono::steady_clock;
  double best = 0;
  volatile float sink = 1.0f;
  Clock::time_point start = Clock::now();
  while (Clock::now() - start < std::chrono::milliseconds(100)) {
    Clock::time_point before = Clock::now();
    constexpr int repeats = 64;
    for (int i = 0; i < repeats; ++i)
      sink = candidate.run(sink);
    double seconds = std::chrono::duration<double>(Clock::now() - before).count();
    best = std::max(best, repeats * candidate.flops / seconds);
  }
  return best;
}

} // namespace

Result<double> measurePeakFlops(int threads) {
  const Candidate candidate = widest();
  std::vector<double> rates(static_cast<std::size_t>(std::max(threads, 1)));
  {
    std::vector<std::jthread> others; // which are joined however this scope is left
    try {
      others.reserve(rates.size() - 1);
      for (std::size_t i = 1; i < rates.size(); ++i)
        others.emplace_back([&rates, &candidate, i] { rates[i] = bestRate(candidate); });
    } catch (const std::system_error &error) {
      return fail(fmt::format("the peak of {} threads can't be measured: {} of them can be made ({})",
                              threads, others.size() + 1, error.code().message()));
    }
    rates[0] = bestRate(candidate);
  }
  return std::accumulate(rates.begin(), rates.end(), 0.0);
}

} // namespace ninc
