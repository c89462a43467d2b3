#include "tuner/machine/CpuModel.h"

#include <array>

#include "tuner/runner/cpu_model.h"

namespace ninc {

std::string cpuModel() {
  std::array<char, 64> buffer{};
  return ninc_cpu_model(buffer.data(), buffer.size());
}

} // namespace ninc
