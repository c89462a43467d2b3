// What compileKernel promises besides right numbers: codegen/kernel/Kernel.h.
#include <gmock/gmock.h>
#include <limits>
#include <thread>

#include "codegen/kernel/WeightPacking.h"
#include "ir/ops/TypeRules.h"
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

using testing::HasSubstr;
using testing::IsSubsetOf;

Target targetNamed(const char *name) {
  return parseTarget(name).value();
}

Window window(std::int64_t kernel, std::int64_t stride = 1, std::int64_t pad = 0) {
  return {{kernel, kernel}, {stride, stride}, {1, 1}, {pad, pad, pad, pad}};
}

ConvLayer layer(std::int64_t outChannels, Window convWindow, std::int64_t groups = 1) {
  return {outChannels, convWindow, groups, true, Unary{UnaryKind::tanh}, nullptr, nullptr};
}

// One of each kind of kernel, with every function of Math.h in one of them.
std::vector<KernelCase> everyKind() {
  Mlpconv mlpconv{{layer(20, window(3, 1, 1)), layer(10, {})}, GapEpilogue{true, false}};
  Mlpconv pooled{{layer(20, window(3, 1, 1)), layer(10, {})}, PoolEpilogue{PoolKind::max, window(3, 2)}};
  return {
      {.op = Unary{UnaryKind::sigmoid}, .inputs = {maps(17, 7, 5)}, .outputLayout = Layout::chw},
      {.op = BatchNorm{}, .inputs = {maps(17, 7, 5)}},
      {.op = Binary{BinaryKind::mul}, .inputs = {maps(17, 7, 5), maps(17, 1, 1)}},
      {.op = Concat{0}, .inputs = {maps(17, 7, 5), maps(3, 7, 5)}, .outputLayout = Layout::hwc},
      {.op = Flatten{}, .inputs = {maps(17, 7, 5)}},
      {.op = MaxPool{window(3, 2), PoolExtent::ceil},
       .inputs = {maps(17, 8, 6)},
       .outputLayout = Layout::hwc},
      {.op = AveragePool{window(3, 2), PoolExtent::ceil, false}, .inputs = {maps(17, 8, 6, Layout::chw)}},
      {.op = GlobalAveragePool{}, .inputs = {maps(17, 8, 6)}},
      {.op = Softmax{}, .inputs = {vectorOf(1000)}},
      {.op = Lrn{5, 1, 1.3f, 1}, .inputs = {maps(17, 8, 6)}, .outputLayout = Layout::hwc},
      {.op = Conv2d{layer(16, window(3, 1, 1), 16)}, .inputs = {maps(16, 8, 6)}, .outputLayout = Layout::hwc},
      {.op = Conv2d{layer(16, window(3, 1, 1), 4)}, .inputs = {maps(16, 8, 6)}, .outputLayout = Layout::hwc},
      {.op = Dense{100, true, Unary{UnaryKind::sigmoid}, nullptr, nullptr}, .inputs = {vectorOf(30)}},
      {.op = mlpconv, .inputs = {maps(3, 8, 8)}},
      {.op = pooled, .inputs = {maps(3, 8, 8)}, .outputLayout = Layout::hwc}};
}

TEST(KernelContract, EveryKernelForEveryTargetCallsTheRuntimeAndNothingElse) {
  for (const char *name : {"x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"})
    for (const KernelCase &test : everyKind()) {
      const KernelSpec spec = specOf(test, targetNamed(name));
      Result<Kernel> kernel = compileKernel(spec, defaultSchedule(spec), "kernel");
      ASSERT_TRUE(kernel.has_value()) << kernel.error().message;
      Result<std::set<std::string>> undefined = undefinedSymbols(*kernel);
      ASSERT_TRUE(undefined.has_value()) << undefined.error().message;
      EXPECT_THAT(
          std::vector<std::string>(undefined->begin(), undefined->end()),
          IsSubsetOf({"halide_do_par_for", "halide_malloc", "halide_free", "memcpy", "memmove", "memset"}))
          << toString(spec);
    }
}

// Objects may differ in the names of local symbols, which Halide numbers through; what they compute may not.
TEST(KernelContract, KernelsCanBeCompiledSideBySide) {
  const std::vector<KernelCase> tests = everyKind();
  const Target target = runnableTargets().back();
  std::vector<KernelSpec> specs;
  for (const KernelCase &test : tests)
    specs.push_back(specOf(test, target));
  auto compileAll = [&](std::vector<Result<Kernel>> &kernels) {
    for (const KernelSpec &spec : specs)
      kernels.push_back(compileKernel(spec, defaultSchedule(spec), "kernel"));
  };
  std::vector<Result<Kernel>> first, second;
  std::thread other([&] { compileAll(second); });
  compileAll(first);
  other.join();

  for (std::size_t i = 0; i < tests.size(); ++i)
    for (const Result<Kernel> &kernel : {first[i], second[i]}) {
      ASSERT_TRUE(kernel.has_value()) << kernel.error().message;
      const Op op = withRandomParameters(tests[i].op, tests[i].inputs, 1000);
      std::vector<Tensor> operands;
      for (const TensorType &type : tests[i].inputs)
        operands.push_back(randomTensor(type.shape, 1));
      auto weights = packWeights(specs[i], defaultSchedule(specs[i]), op);
      ASSERT_TRUE(weights.has_value());
      auto results = runKernel(specs[i], *kernel, *weights, operands);
      ASSERT_TRUE(results.has_value()) << results.error().message;
      auto alone = compileKernel(specs[i], defaultSchedule(specs[i]), "kernel");
      ASSERT_TRUE(alone.has_value());
      EXPECT_EQ(*results, runKernel(specs[i], *alone, *weights, operands).value()) << toString(specs[i]);
    }
}

TEST(KernelContract, AScheduleOfAnotherKindIsAnInternalErrorWithItsReason) {
  const KernelSpec spec =
      specOf({.op = Unary{UnaryKind::relu}, .inputs = {vectorOf(8)}}, targetNamed("x86-64-v3"));
  Result<Kernel> kernel = compileKernel(spec, Schedule{DenseSchedule{}}, "kernel");
  ASSERT_FALSE(kernel.has_value());
  EXPECT_EQ(kernel.error().kind, ErrorKind::internal);
  EXPECT_THAT(kernel.error().message, HasSubstr("relu (f32[8]) -> f32[8]"));
}

TEST(KernelContract, AnOpThatComputesNothingHasNoKernel) {
  const KernelSpec spec = specOf({.op = Input{vectorOf(8)}, .inputs = {}}, targetNamed("x86-64-v3"));
  Result<Kernel> kernel = compileKernel(spec, Schedule{LoopSchedule{}}, "kernel");
  ASSERT_FALSE(kernel.has_value());
  EXPECT_EQ(kernel.error().kind, ErrorKind::internal);
  EXPECT_THAT(kernel.error().message, HasSubstr("input computes nothing"));
}

TEST(KernelContract, PackingNeedsBoundParameters) {
  const KernelSpec spec =
      specOf({.op = Dense{4, true, {}, nullptr, nullptr}, .inputs = {vectorOf(8)}}, targetNamed("x86-64-v3"));
  auto packed = packWeights(spec, defaultSchedule(spec), spec.op);
  ASSERT_FALSE(packed.has_value());
  EXPECT_EQ(packed.error().kind, ErrorKind::internal);
  EXPECT_THAT(packed.error().message, HasSubstr("'weight' of dense is not bound as [4, 8]"));
}

// Types hold at most 2^31-1 bytes each, but a kernel makes larger things of them.
TEST(KernelContract, WhatAKernelCannotAddressIsBadInput) {
  constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();
  Mlpconv narrow{{layer(1, {})}, {}};
  for (const KernelCase &test :
       {// a border of 40008 x 40008 pixels
        KernelCase{.op = Conv2d{layer(16, window(3, 1000, 20000))}, .inputs = {maps(16, 8, 8)}},
        KernelCase{.op = Conv2d{layer(16, window(3, 1000, 20000), 4)}, .inputs = {maps(16, 8, 8)}},
        // one of more rows than an int counts
        KernelCase{.op = Conv2d{layer(1, window(1, largest, largest))}, .inputs = {maps(1, 8, 8)}},
        KernelCase{.op = Conv2d{layer(2, window(1, largest, largest), 2)}, .inputs = {maps(2, 8, 8)}},
        // weights that are padded to a panel
        KernelCase{.op = narrow, .inputs = {maps(std::int64_t{1} << 28, 1, 1)}}}) {
    Result<std::vector<TensorType>> types = inferTypes(test.op, test.inputs);
    ASSERT_TRUE(types.has_value()) << types.error().message;
    KernelSpec spec{test.op, test.inputs, *types, targetNamed("x86-64-v3")};
    Result<Kernel> kernel = compileKernel(spec, defaultSchedule(spec), "kernel");
    ASSERT_FALSE(kernel.has_value()) << toString(spec);
    EXPECT_EQ(kernel.error().kind, ErrorKind::badInput) << kernel.error().message;
    EXPECT_THAT(kernel.error().message, HasSubstr("2147483647"));
  }
}

} // namespace
} // namespace ninc
