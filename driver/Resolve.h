// From the words of a request to the values that all else works with: what code is made for, how exactly,
// where it will run and whose tuned schedules count. A command does it once, at its door.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "codegen/library/Product.h"
#include "codegen/plan/CompileOptions.h"
#include "codegen/target/Targets.h"
#include "driver/Place.h"
#include "driver/Request.h"
#include "frontend/ModelFile.h"
#include "support/Result.h"

namespace ninc {

struct Build {
  Targets targets;
  std::int64_t batch = 1;   // until a model is read that says another (WrittenModel::batch)
  bool anyBatch = false;    // runs may have fewer images
  bool ownsScratch = false; // the library has scratch for one run at a time
  unsigned jobs = 1;        // kernels compiled at once
  Exactness exactness = Exactness::fast;
  Place place;                        // where the library will run
  std::filesystem::path scheduleFile; // empty: none

  struct Records {
    bool count = true;
    std::filesystem::path database; // empty: the user's own
    std::string cpu;                // whose count, as records name it; empty: no CPU's
  };
  Records records;
};

// Errors: a target or precision that there isn't. The machine's devices are asked only where the code depends
// on them, which is for CUDA.
Result<Build> resolve(const Request &request,
                      std::shared_ptr<DevicesHere> devices = std::make_shared<DevicesHere>());

// How the request's model is to be read, for each of the sizes that the library is to have. Errors: shapes
// that can't be read, inputs with different numbers of them.
Result<std::vector<ImportOptions>> importOptions(const Request &request,
                                                 WeightLoading weights = WeightLoading::bind);

// An error when no version for a CPU can run on this machine.
Result<void> checkRunsHere(const Build &build);

// An error for products that there aren't for the targets.
Result<void> checkCanBeMade(Product product, const Build &build);

// What the back end is to do, by default schedules.
CompileOptions compileOptions(const Build &build);

} // namespace ninc
