#include "tuner/measure/JobRunner.h"

namespace ninc {

std::int64_t addressBytesFor(int threads) {
  constexpr std::int64_t usual = std::int64_t{16} << 30, ofThread = std::int64_t{80} << 20;
  return usual + threads * ofThread;
}

std::int64_t evictionBytesFor(const Target &target) {
  return target.l2Bytes * 3 / 2;
}

} // namespace ninc
