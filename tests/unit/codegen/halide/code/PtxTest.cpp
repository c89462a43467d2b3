// PTX as Halide makes it, and as it is loaded.
#include "codegen/halide/code/Ptx.h"

#include <gmock/gmock.h>

namespace ninc {
namespace {

using testing::HasSubstr;

TEST(PtxSharedMemory, IsMovedInEveryFormOfAddress) {
  EXPECT_EQ(skipReservedSharedMemory("\tst.shared.b32 \t[%rd193], %r38;\n"
                                     "\tld.shared.v4.b32 \t{%r49, %r50, %r51, %r52}, [%rd256+-768];\n"
                                     "\t@%p1 ld.shared.b32 \t%r4, [%r2+55296];\n"
                                     "\tst.shared.b16 \t[16], %rs1;\n")
                .value(),
            "\tst.shared.b32 \t[%rd193+1024], %r38;\n"
            "\tld.shared.v4.b32 \t{%r49, %r50, %r51, %r52}, [%rd256+256];\n"
            "\t@%p1 ld.shared.b32 \t%r4, [%r2+56320];\n"
            "\tst.shared.b16 \t[1040], %rs1;\n");
}

TEST(PtxSharedMemory, LeavesTheRestAlone) {
  const std::string text =
      ".version 7.1\n.target sm_80\n\tld.global.nc.v4.b32 \t{%r1, %r2, %r3, %r4}, [%rd5+16];\n"
      "\tbar.sync \t0;\n}";
  EXPECT_EQ(skipReservedSharedMemory(text).value(), text);
  EXPECT_EQ(skipReservedSharedMemory("").value(), "");
}

TEST(PtxSharedMemory, RefusesWhatItDoesntKnow) {
  for (const char *line : {"\tcvta.shared.u64 \t%rd1, %rd2;", "\tatom.shared.add.u32 \t%r1, [%r2], 1;",
                           ".shared .align 4 .b8 memory[64];", "\tld.shared.b32 \t%r4, [memory];"})
    EXPECT_THAT(skipReservedSharedMemory(line).error().message, HasSubstr("shared memory")) << line;
}

TEST(PtxRegisters, AreLimitedBetweenAnEntrysParametersAndItsBody) {
  const std::vector<Launch> launches = {{"_kernel_b", {4, 1, 1}, {48, 4, 2}, 0, {}}};
  EXPECT_EQ(limitRegisters(".visible .entry _kernel_a(\n\t.param .u64 p\n)\n{\n}\n"
                           ".visible .entry _kernel_b(\n\t.param .u64 p\n)\n{\n}\n",
                           launches)
                .value(),
            ".visible .entry _kernel_a(\n\t.param .u64 p\n)\n{\n}\n"
            ".visible .entry _kernel_b(\n\t.param .u64 p\n)\n.maxnreg 168\n{\n}\n");
  EXPECT_FALSE(limitRegisters(".visible .entry _kernel_bc()\n{\n}\n", launches));
}

TEST(PtxRegisters, AreAtMostWhatAThreadMayHave) {
  const std::vector<Launch> few = {{"_kernel", {4, 1, 1}, {32, 1, 1}, 0, {}}},
                            many = {{"_kernel", {4, 1, 1}, {1024, 1, 1}, 0, {}}};
  EXPECT_THAT(limitRegisters(".entry _kernel(){}", few).value(), HasSubstr(".maxnreg 255"));
  EXPECT_THAT(limitRegisters(".entry _kernel(){}", many).value(), HasSubstr(".maxnreg 64"));
}

} // namespace
} // namespace ninc
