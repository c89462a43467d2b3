// How fast a library is where it runs, beside what that place reaches at best.
#pragma once

#include <string>
#include <vector>

#include "driver/Place.h"
#include "execution/model/LoadedModel.h"
#include "execution/model/Measurement.h"
#include "support/Result.h"

namespace ninc {

struct Peak {
  double gigaflops = 0; // a second; 0: unknown
  std::string why;      // it is unknown
};

struct Benchmark {
  ModelTiming timing; // points into the library
  Peak peak;
};

// Ordinary numbers for every input of a run: time doesn't depend on them, denormals apart.
std::vector<Tensor> plainInputs(const LoadedModel &library);

// Measures for `seconds`, and the peak before and after: on a shared machine the better one is the machine's.
Result<Benchmark> benchmark(LoadedModel &library, const Place &place, double seconds);

} // namespace ninc
