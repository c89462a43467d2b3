#include "codegen/target/Target.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/TargetParser/AArch64TargetParser.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/Triple.h>
#include <llvm/TargetParser/X86TargetParser.h>
#include <set>
#include <unistd.h>

namespace ninc {

namespace {

// One row for each Isa. The features are LLVM's names of what the set needs beyond the architecture's base;
// the cache sizes are the smallest of the cores one meets with that set.
struct IsaClass {
  Isa isa;
  Arch arch;
  std::string_view name;
  std::string_view features;
  std::string_view halide;
  int vectorLanes, vectorRegisters;
  std::int64_t l1Bytes, l2Bytes;
};

constexpr std::string_view sse42 = "+cx16,+sse3,+ssse3,+sse4.1,+sse4.2,+popcnt";
constexpr std::string_view avx2 =
    "+cx16,+sse3,+ssse3,+sse4.1,+sse4.2,+popcnt,+avx,+avx2,+fma,+f16c,+bmi,+bmi2,+lzcnt,+movbe";
constexpr std::string_view avx512 =
    "+cx16,+sse3,+ssse3,+sse4.1,+sse4.2,+popcnt,+avx,+avx2,+fma,+f16c,+bmi,+bmi2,+lzcnt,+movbe,"
    "+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl";

constexpr std::array<IsaClass, 5> isaClasses{{
    {Isa::x86_64_v2, Arch::x86_64, "x86-64-v2", sse42, "x86-64-linux-sse41", 4, 16, 32 << 10, 256 << 10},
    {Isa::x86_64_v3, Arch::x86_64, "x86-64-v3", avx2, "x86-64-linux-sse41-avx-avx2-fma-f16c", 8, 16, 32 << 10,
     512 << 10},
    {Isa::x86_64_v4, Arch::x86_64, "x86-64-v4", avx512,
     "x86-64-linux-sse41-avx-avx2-fma-f16c-avx512-avx512_skylake", 16, 32, 32 << 10, 1 << 20},
    {Isa::neon, Arch::aarch64, "aarch64", "+fp-armv8,+neon", "arm-64-linux", 4, 32, 32 << 10, 512 << 10},
    {Isa::neonDotProduct, Arch::aarch64, "armv8.2-a+dotprod", "+fp-armv8,+neon,+dotprod",
     "arm-64-linux-arm_dot_prod", 4, 32, 32 << 10, 512 << 10},
}};

const IsaClass &classOf(Isa isa) {
  return *std::ranges::find(isaClasses, isa, &IsaClass::isa);
}

Target targetOf(const IsaClass &isaClass) {
  return {std::string(isaClass.name), isaClass.arch,    isaClass.isa,    isaClass.vectorLanes,
          isaClass.vectorRegisters,   isaClass.l1Bytes, isaClass.l2Bytes};
}

using Features = std::set<std::string, std::less<>>; // LLVM's names, without the plus

// Whether every feature that the class names ("+a,+b") is among the features.
bool provides(const Features &features, const IsaClass &isaClass) {
  std::string_view rest = isaClass.features;
  while (!rest.empty()) {
    std::size_t comma = std::min(rest.find(','), rest.size());
    if (features.find(rest.substr(1, comma - 1)) == features.end()) return false;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return true;
}

// The widest class of an architecture that the features allow; null for a core older than all of them.
const IsaClass *widestClass(Arch arch, const Features &features) {
  const IsaClass *widest = nullptr;
  for (const IsaClass &isaClass : isaClasses)
    if (isaClass.arch == arch && provides(features, isaClass)) widest = &isaClass;
  return widest;
}

Features hostFeatures() {
  Features features;
  for (const auto &entry : llvm::sys::getHostCPUFeatures())
    if (entry.second) features.insert(entry.first().str());
  return features;
}

std::optional<Arch> hostArch() {
  llvm::Triple triple(llvm::sys::getProcessTriple());
  if (triple.getArch() == llvm::Triple::x86_64) return Arch::x86_64;
  if (triple.getArch() == llvm::Triple::aarch64) return Arch::aarch64;
  return std::nullopt;
}

const IsaClass *hostClass() {
  std::optional<Arch> arch = hostArch();
  if (!arch) return nullptr;
  Features features = hostFeatures();
  if (*arch == Arch::aarch64) features.insert({"neon", "fp-armv8"}); // part of the architecture's base
  return widestClass(*arch, features);
}

// A cache size as the system reports it, or the class's where it doesn't.
std::int64_t cacheBytes([[maybe_unused]] int name, std::int64_t otherwise) {
  long bytes = sysconf(name);
  return bytes > 0 ? bytes : otherwise;
}

Result<Target> hostTarget() {
  const IsaClass *isaClass = hostClass();
  if (!isaClass)
    return fail("this CPU has none of the instruction sets that ninc makes code for; name a target");
  Target target = targetOf(*isaClass);
  target.l1Bytes = cacheBytes(_SC_LEVEL1_DCACHE_SIZE, target.l1Bytes);
  target.l2Bytes = cacheBytes(_SC_LEVEL2_CACHE_SIZE, target.l2Bytes);
  return target;
}

// The class of a CPU that LLVM knows by name, null if there is none.
const IsaClass *classOfCpu(std::string_view cpu) {
  llvm::SmallVector<llvm::StringRef> known;
  llvm::X86::fillValidCPUArchList(known, /*Only64Bit=*/true);
  if (std::ranges::find(known, llvm::StringRef(cpu)) != known.end()) {
    llvm::SmallVector<llvm::StringRef> names;
    llvm::X86::getFeaturesForCPU(cpu, names);
    Features features;
    for (llvm::StringRef name : names)
      features.insert(name.str());
    return widestClass(Arch::x86_64, features);
  }
  return llvm::AArch64::parseCpu(cpu) ? &classOf(Isa::neon) : nullptr;
}

} // namespace

Result<Target> parseTarget(std::string_view text) {
  if (text == "host") return hostTarget();
  if (text == "armv8-a") return parseTarget("aarch64");
  if (const auto *found = std::ranges::find(isaClasses, text, &IsaClass::name); found != isaClasses.end())
    return targetOf(*found);
  if (const IsaClass *isaClass = classOfCpu(text)) return targetOf(*isaClass);

  std::vector<std::string_view> names{"host"};
  for (const IsaClass &isaClass : isaClasses)
    names.push_back(isaClass.name);
  return tl::unexpected(
      Error{ErrorKind::usage,
            fmt::format("unknown target '{}'; there are {} and the names of 64-bit x86 and Arm CPUs with at "
                        "least SSE4.2 or Advanced SIMD, such as znver3, skylake-avx512 or cortex-a72",
                        text, fmt::join(names, ", "))});
}

bool runsHere(const Target &target) {
  const IsaClass *host = hostClass();
  return host && host->arch == target.arch && host->isa >= target.isa;
}

Result<void> checkOneArch(std::span<const Target> targets) {
  for (const Target &target : targets)
    if (target.arch != targets.front().arch)
      return tl::unexpected(
          Error{ErrorKind::usage, fmt::format("a library is for CPUs of one architecture, not for {} and {}",
                                              targets.front().name, target.name)});
  return {};
}

std::string llvmTriple(Arch arch) {
  return arch == Arch::x86_64 ? "x86_64-unknown-linux-gnu" : "aarch64-unknown-linux-gnu";
}

std::string llvmFeatures(const Target &target) {
  return std::string(classOf(target.isa).features);
}

std::string halideTarget(const Target &target) {
  return std::string(classOf(target.isa).halide) + "-no_runtime-no_asserts-no_bounds_query-user_context";
}

std::string toString(const Target &target) {
  const Target usual = targetOf(classOf(target.isa));
  if (target == usual) return target.name;
  std::string text = target.name;
  if (target.vectorLanes != usual.vectorLanes) text += fmt::format(" lanes {}", target.vectorLanes);
  if (target.vectorRegisters != usual.vectorRegisters)
    text += fmt::format(" registers {}", target.vectorRegisters);
  if (target.l1Bytes != usual.l1Bytes) text += fmt::format(" l1 {}", target.l1Bytes);
  if (target.l2Bytes != usual.l2Bytes) text += fmt::format(" l2 {}", target.l2Bytes);
  return text;
}

} // namespace ninc
