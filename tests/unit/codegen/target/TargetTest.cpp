#include "codegen/target/Target.h"

#include <gmock/gmock.h>

namespace ninc {
namespace {

using testing::HasSubstr;

TEST(Target, NamesOfInstructionSetsGiveTheirVectors) {
  const Target v2 = parseTarget("x86-64-v2").value(), v3 = parseTarget("x86-64-v3").value(),
               v4 = parseTarget("x86-64-v4").value(), arm = parseTarget("aarch64").value();
  EXPECT_EQ((std::pair{v2.vectorLanes, v2.vectorRegisters}), (std::pair{4, 16}));
  EXPECT_EQ((std::pair{v3.vectorLanes, v3.vectorRegisters}), (std::pair{8, 16}));
  EXPECT_EQ((std::pair{v4.vectorLanes, v4.vectorRegisters}), (std::pair{16, 32}));
  EXPECT_EQ((std::pair{arm.vectorLanes, arm.vectorRegisters}), (std::pair{4, 32}));
  EXPECT_EQ(arm.arch, Arch::aarch64);
}

TEST(Target, NamesOfCpusMeanTheWidestSetTheyHave) {
  EXPECT_EQ(parseTarget("nehalem").value().name, "x86-64-v2");
  EXPECT_EQ(parseTarget("znver3").value().name, "x86-64-v3");
  EXPECT_EQ(parseTarget("haswell").value().name, "x86-64-v3");
  EXPECT_EQ(parseTarget("skylake-avx512").value().name, "x86-64-v4");
  EXPECT_EQ(parseTarget("sapphirerapids").value().name, "x86-64-v4");
  EXPECT_EQ(parseTarget("cortex-a72").value().name, "aarch64");
  EXPECT_EQ(parseTarget("neoverse-v1").value().name, "aarch64");
}

TEST(Target, UnknownNamesAndTooOldCpusListWhatThereIs) {
  for (const char *name : {"", "z80", "core2", "x86-64", "x86-64-v5"}) {
    Result<Target> target = parseTarget(name);
    ASSERT_FALSE(target.has_value()) << name;
    EXPECT_EQ(target.error().kind, ErrorKind::usage);
    EXPECT_THAT(target.error().message, HasSubstr(std::string("'") + name + "'"));
    EXPECT_THAT(target.error().message, HasSubstr("host, x86-64-v2, x86-64-v3, x86-64-v4, aarch64"));
  }
}

TEST(Target, TheHostRunsItsOwnCodeAndEverythingNarrower) {
  Result<Target> host = parseTarget("host");
  ASSERT_TRUE(host.has_value()) << host.error().message;
  EXPECT_TRUE(runsHere(*host));
  for (const char *name : {"x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"}) {
    const Target target = parseTarget(name).value();
    EXPECT_EQ(runsHere(target), target.arch == host->arch && target.isa <= host->isa) << name;
  }
  EXPECT_GE(host->l1Bytes, 8 << 10);
  EXPECT_GE(host->l2Bytes, host->l1Bytes);
}

TEST(Target, OtherSystemsStandBehindTheSetsName) {
  const Target windows = parseTarget("x86-64-v3-windows").value(),
               macos = parseTarget("aarch64-macos").value(), bare = parseTarget("riscv64-none").value(),
               micro = parseTarget("cortex-m4").value();
  EXPECT_EQ(windows.platform, Platform::windows);
  EXPECT_EQ(windows.isa, Isa::x86_64_v3);
  EXPECT_EQ(parseTarget("x86_64-windows").value().name, "x86-64-v2-windows");
  EXPECT_EQ(parseTarget("znver3-macos").value().name, "x86-64-v3-macos");
  EXPECT_EQ(macos.platform, Platform::macos);
  EXPECT_EQ(bare.platform, Platform::none);
  EXPECT_EQ(micro.platform, Platform::none);
  EXPECT_EQ(toString(micro), "cortex-m4");
  for (const Target &target : {windows, macos, bare, micro})
    EXPECT_FALSE(runsHere(target)) << target.name;
}

TEST(Target, SystemsThatASetIsNotUnderAreRefused) {
  for (const char *name : {"host-windows", "riscv64-macos", "wasm32-none", "cortex-m4-windows", "-none",
                           "armv8.2-a+dotprod-windows"})
    EXPECT_FALSE(parseTarget(name)) << name;
}

TEST(Target, OnBareMetalItIsTheSameCpu) {
  Target target = parseTarget("x86-64-v3").value();
  target.l2Bytes = 1 << 20;
  const Target bare = onBareMetal(target).value();
  EXPECT_EQ(bare.name, "x86-64-v3-none");
  EXPECT_EQ(bare.l2Bytes, 1 << 20);
  EXPECT_EQ(onBareMetal(parseTarget("cortex-m7").value()).value().name, "cortex-m7");
  EXPECT_FALSE(onBareMetal(parseTarget("wasm32").value()));
}

TEST(Target, ALibraryIsForOneSystem) {
  const std::vector<Target> mixed = {parseTarget("x86-64-v2").value(),
                                     parseTarget("x86-64-v3-windows").value()};
  EXPECT_THAT(checkOneArch(mixed).error().message, HasSubstr("one system"));
}

TEST(Target, TextTellsWhatDiffersFromTheNamesUsualMeaning) {
  Target target = parseTarget("x86-64-v3").value();
  EXPECT_EQ(toString(target), "x86-64-v3");
  target.l2Bytes = 1 << 20;
  EXPECT_EQ(toString(target), "x86-64-v3 l2 1048576");
}

} // namespace
} // namespace ninc
