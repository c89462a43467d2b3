// What a device's kernels are tried with finds what it is there for: kernels written by hand, each with one
// mistake.
#include "tests/unit/codegen/halide/DeviceRunner.h"

#include <gmock/gmock.h>

#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

using testing::HasSubstr;

// Five work-items, each of which does this with `in`, `out` and its number `i`.
Result<std::vector<Tensor>> runBody(const std::string &body) {
  const std::string source =
      "__kernel void five(__global float *in, __global float *out, __local char *unused) {\n"
      "  int i = (int)get_global_id(0);\n  " +
      body + "\n}\n";
  const KernelSpec spec = specOf({.op = Unary{UnaryKind::relu}, .inputs = {vectorOf(5)}}, Target{});
  const auto *bytes = reinterpret_cast<const std::byte *>(source.data());
  Kernel kernel;
  kernel.arguments = {{.role = ArgumentRole::input, .dimensions = {{0, 5, 1}}},
                      {.role = ArgumentRole::output, .dimensions = {{0, 5, 1}}}};
  kernel.object = {bytes, bytes + source.size()};
  kernel.launches = {{.entry = "five", .blocks = {1, 1, 1}, .threads = {5, 1, 1}, .arguments = {0, 1}}};
  return runOnDevice(spec, kernel, {}, {Tensor{{5}, {1, 2, 3, 4, 5}}});
}

class DeviceRunner : public testing::Test {
protected:
  void SetUp() override {
    if (const std::string why = whyNoOpenCl(); !why.empty()) GTEST_SKIP() << "no OpenCL device: " << why;
  }
};

TEST_F(DeviceRunner, GivesWhatTheKernelComputes) {
  const Result<std::vector<Tensor>> results = runBody("out[i] = 2 * in[i];");
  ASSERT_TRUE(results) << results.error().message;
  EXPECT_EQ(results->at(0).data, (std::vector<float>{2, 4, 6, 8, 10}));
}

TEST_F(DeviceRunner, FindsWhatIsTouchedBesideTheArguments) {
  if (!usesMemoryInPlace()) GTEST_SKIP() << "the device has memory of its own";
  const std::pair<const char *, const char *> mistakes[] = {
      {"out[i] = in[i] + in[i + 1];", "the kernel touches byte 20 of input 0, which has 20"},
      {"out[i] = in[i] + in[i - 1];", "the kernel touches 4 bytes before input 0"},
      {"out[i] = in[i]; out[i + 1000] = 0;", "of result 0, which has 20"},
      {"out[i] = in[i]; if (i == 0) out[-1] = 0;", "the kernel touches 4 bytes before result 0"}};
  for (const auto &[body, complaint] : mistakes) {
    const Result<std::vector<Tensor>> results = runBody(body);
    ASSERT_FALSE(results) << body;
    EXPECT_THAT(results.error().message, HasSubstr(complaint)) << body;
  }
}

TEST_F(DeviceRunner, FindsResultsThatComeFromOldMemory) {
  for (const char *body : {"if (i != 3) out[i] = in[i];", "out[i] = out[i] > 0 ? 1 : in[i];"}) {
    const Result<std::vector<Tensor>> results = runBody(body);
    ASSERT_FALSE(results) << body;
    EXPECT_THAT(results.error().message, HasSubstr("result 0 depends on what was in memory before")) << body;
  }
}

TEST_F(DeviceRunner, SaysWhatTheDriverSays) {
  EXPECT_THAT(runBody("this isn't C").error().message, HasSubstr("CL_BUILD_PROGRAM_FAILURE"));
}

} // namespace
} // namespace ninc
