// One life of a state on a fake driver, with everything that its interface offers, in the four ways that
// differ in the calls they make: on a device of its own or in the caller's context, with and without times.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "FakeDriver.h"
#include "HandMadeModel.h"

namespace ninc {

// The one that the environment leads to in the place of the kind's driver.
const FakeDriver &fakeOf(std::int32_t kind);

struct Scenario {
  std::int32_t kind = NINC_DEVICE_OPENCL;
  bool callersContext = false; // then inputs and outputs on the device, and a stream, are the caller's too
  bool profiling = false;
};

// What the caller has made before there is a state: context, stream, two buffers. Empty without
// callersContext.
class Caller {
public:
  virtual ~Caller() = default;
  ninc_device_options options = {}; // of the scenario
  std::vector<ninc_buffer> inputs, outputs;
  void *stream = nullptr;
  std::string message = std::string(1000, '\0');
  std::uint64_t ns[counters] = {};
};
std::unique_ptr<Caller> makeCaller(const Scenario &scenario);

struct Outcome {
  int status = NINC_OK; // the first failure
  std::string message;  // its words
  bool created = false; // the failure was not create's
  bool right = true;    // what was computed before
};

// Creates a state, runs, enqueues and waits, runs a kernel, reads the arena, destroys; stops at a failure.
Outcome live(const Scenario &scenario, Caller &caller);

} // namespace ninc
