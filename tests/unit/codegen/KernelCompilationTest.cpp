// Kernels that come back from the processes that compiled them.
#include <gmock/gmock.h>

#include "codegen/KernelCompilation.h"
#include "codegen/KernelEncoding.h"

namespace ninc {
namespace {

using ::testing::HasSubstr;

KernelRequest reluOf(std::int64_t elements, const std::string &symbol) {
  const TensorType type{ElementType::f32, {elements}, Layout::chw};
  KernelSpec spec{Relu{}, {type}, {type}, parseTarget("x86-64-v3").value()};
  Schedule schedule = defaultSchedule(spec);
  return {spec, schedule, symbol};
}

TEST(KernelEncoding, KeepsEveryField) {
  Kernel kernel;
  kernel.symbol = "m_kernel_x";
  kernel.scratchBytes = 640;
  kernel.scratchBytesPerThread = 1280;
  kernel.object = {std::byte{1}, std::byte{0}, std::byte{255}};
  kernel.arguments = {{ArgumentRole::input, 1, 0, {{-2, 3, 4}, {0, 5, 1}}},
                      {ArgumentRole::scratch, 0, 64, {}}};
  const Kernel back = decodeKernel(encode(kernel)).value();
  EXPECT_EQ(back.symbol, kernel.symbol);
  EXPECT_EQ(back.scratchBytes, 640);
  EXPECT_EQ(back.scratchBytesPerThread, 1280);
  EXPECT_EQ(back.object, kernel.object);
  ASSERT_EQ(back.arguments.size(), 2U);
  EXPECT_EQ(back.arguments[0].role, ArgumentRole::input);
  EXPECT_EQ(back.arguments[0].index, 1U);
  ASSERT_EQ(back.arguments[0].dimensions.size(), 2U);
  EXPECT_EQ(back.arguments[0].dimensions[0].min, -2);
  EXPECT_EQ(back.arguments[0].dimensions[0].stride, 4);
  EXPECT_EQ(back.arguments[1].offset, 64);
}

TEST(KernelEncoding, KeepsErrors) {
  const auto back = decodeKernel(encode(failInternal("no such tile")));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().kind, ErrorKind::internal);
  EXPECT_EQ(back.error().message, "no such tile");
}

TEST(KernelEncoding, EveryPartOfAKernelIsAnError) {
  Kernel kernel;
  kernel.symbol = "m";
  kernel.arguments = {{ArgumentRole::input, 1, 0, {{-2, 3, 4}}}};
  const std::string bytes = encode(kernel);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(decodeKernel(std::string_view(bytes).substr(0, length))) << length;
  EXPECT_FALSE(decodeKernel(bytes + "x"));
}

TEST(KernelCompilation, KeepsTheOrderOfTheRequests) {
  const std::vector<KernelRequest> requests = {reluOf(1000, "a"), reluOf(1, "b"), reluOf(50, "c")};
  for (unsigned jobs : {0U, 1U, 2U, 10U}) {
    const auto kernels = compileKernels(requests, jobs);
    ASSERT_TRUE(kernels) << kernels.error().message;
    ASSERT_EQ(kernels->size(), 3U);
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_EQ((*kernels)[i].symbol, requests[i].symbol);
  }
  EXPECT_TRUE(compileKernels({}, 2).value().empty());
}

TEST(KernelCompilation, AKernelDependsOnItsRequestAlone) {
  const auto together = compileKernels(std::vector{reluOf(1000, "a"), reluOf(7, "b")}, 2);
  const auto alone = compileKernels(std::vector{reluOf(7, "b")}, 1);
  ASSERT_TRUE(together && alone);
  EXPECT_TRUE((*together)[1].object == (*alone)[0].object);
}

} // namespace
} // namespace ninc
