// Random numbers that are the same on every machine and in every year: weights of untrained models, test
// inputs, mutations. The standard library's distributions promise no particular sequence, so they won't do.
//
// The generator is SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators"):
// a counter in steps of the golden ratio whose bits are mixed; 64 bits of state, any seed is as good as any
// other. Not for secrets.
#pragma once

#include <cstdint>

namespace ninc {

// Not thread-safe; cheap to make and to copy.
class Random {
public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  // All 64 bits uniform.
  std::uint64_t next();
  // A whole number in [0, bound), without bias to speak of (2^-64 * bound); bound at least 1.
  std::uint64_t below(std::uint64_t bound);
  // A number in [0, 1): a multiple of 2^-53.
  double uniform();
  // A number in [low, high).
  double uniform(double low, double high);
  // Mean 0, variance 1.
  double normal();

private:
  std::uint64_t state_;
};

// The quantile function of the standard normal distribution for 0 < p < 1, to about 1e-15. Made of + - * /
// and sqrt alone, which IEEE 754 defines to the bit, since log() differs between C libraries.
double normalQuantile(double p);

} // namespace ninc
