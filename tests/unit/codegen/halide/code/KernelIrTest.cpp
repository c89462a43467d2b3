#include "codegen/halide/code/KernelIr.h"

#include <gmock/gmock.h>

namespace ninc {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kernel = R"(
define i32 @k(ptr %context, ptr readonly captures(none) %a) {
  %x = load float, ptr %a
  %y = call float @llvm.floor.f32(float %x)
  store float %y, ptr %a
  ret i32 0
}
declare float @llvm.floor.f32(float)
)";

TEST(KernelIr, NewerWordsAreSaidInOlderOnes) {
  EXPECT_EQ(inOlderWords("ptr captures(none) %a, ptr captures(address, ret: provenance) %b"),
            "ptr nocapture %a, ptr %b");
  EXPECT_EQ(inOlderWords("icmp samesign ult i32"), "icmp ult i32");
  EXPECT_EQ(inOlderWords("store float 0.0"), "store float 0.0");
}

TEST(KernelIr, BecomesBitcodeWhereALibraryIsOneModuleAndElseAnObject) {
  EXPECT_THAT(kernelCode(kernel, "k", parseTarget("wasm32").value()).value().substr(0, 2), "BC");
  EXPECT_THAT(kernelCode(kernel, "k", parseTarget("rv64gc").value()).value().substr(0, 4), "\x7f"
                                                                                           "ELF");
}

TEST(KernelIr, WhatACpuCannotRoundIsAskedOfTheRuntime) {
  EXPECT_THAT(kernelCode(kernel, "k", parseTarget("cortex-m4").value()).value(), HasSubstr("ninc_floorf"));
  EXPECT_THAT(kernelCode(kernel, "k", parseTarget("cortex-m7").value()).value(),
              Not(HasSubstr("ninc_floorf")));
}

TEST(KernelIr, AnotherMachinesInstructionsAreADefect) {
  const std::string foreign = R"(
define i32 @k(ptr %c) {
  call void @llvm.x86.sse2.pause()
  ret i32 0
}
declare void @llvm.x86.sse2.pause()
)";
  const auto made = kernelCode(foreign, "k", parseTarget("rv64gc").value());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::internal);
  EXPECT_THAT(made.error().message, HasSubstr("llvm.x86.sse2.pause"));
}

TEST(KernelIr, TextThatIsNoneIsADefect) {
  EXPECT_THAT(kernelCode("define", "k", parseTarget("wasm32").value()).error().message,
              HasSubstr("can't be read"));
}

} // namespace
} // namespace ninc
