// One kernel against the reference interpreter: what the tests of codegen/ say their cases with.
#pragma once

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "ir/RandomTensors.h"
#include "ir/ops/Ops.h"
#include "tests/unit/codegen/halide/KernelRunner.h"

namespace ninc {

// The targets whose code this machine runs, narrowest first, without the machine's own cache sizes: the same
// schedules everywhere.
std::vector<Target> runnableTargets();

struct KernelCase {
  Op op; // parameters are made up
  std::vector<TensorType> inputs;
  Layout outputLayout = Layout::chw;
  Memory memory = Memory::separate;
  // Largest difference, relative to the reference's largest element (at least 1).
  double tolerance = 2e-6;
  double magnitude = 1;  // standard deviation of the operands' elements
  bool positive = false; // whether they are above 0
};

TensorType maps(std::int64_t channels, std::int64_t height, std::int64_t width, Layout layout = Layout::hwc);
TensorType vectorOf(std::int64_t extent);

// The case's spec on a target: types inferred, results that are maps in the case's layout.
KernelSpec specOf(const KernelCase &test, const Target &target);

// Compiles for one of the targets that run here - which one depends on the spec's text, so that the cases of
// a test spread over all of them - and for an OpenCL device if there is one, runs, and compares every result
// with the reference interpreter's. Also checks that the schedule is legal and the object calls nothing it
// mustn't.
void expectAgreement(const KernelCase &test);
void expectAgreementOnDevice(const KernelCase &test); // two images at once
void expectAgreementOnEveryTarget(const KernelCase &test);
void expectAgreement(const KernelCase &test, const KernelSpec &spec, const Schedule &schedule);

} // namespace ninc
