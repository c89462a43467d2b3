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

#include "codegen/target/InstructionSets.h"

namespace ninc {

namespace {

constexpr std::array platforms{std::pair{Platform::windows, std::string_view("-windows")},
                               std::pair{Platform::macos, std::string_view("-macos")},
                               std::pair{Platform::none, std::string_view("-none")}};

std::string_view suffixOf(Platform platform) {
  for (const auto &[known, suffix] : platforms)
    if (known == platform) return suffix;
  return "";
}

Target targetOf(const InstructionSet &set, Platform platform = Platform::gnuLinux) {
  if (set.arch == Arch::wasm32) platform = Platform::wasm;
  if (!set.underSystems) platform = Platform::none;
  std::string name(set.name);
  if (set.underSystems) name += suffixOf(platform);
  return {std::move(name),     set.arch,    set.isa,    platform, set.vectorLanes,
          set.vectorRegisters, set.l1Bytes, set.l2Bytes};
}

using Features = std::set<std::string, std::less<>>; // LLVM's names, without the plus

// Whether every feature that the class names ("+a,+b") is among the features.
bool provides(const Features &features, const InstructionSet &set) {
  std::string_view rest = set.features;
  while (!rest.empty()) {
    std::size_t comma = std::min(rest.find(','), rest.size());
    if (features.find(rest.substr(1, comma - 1)) == features.end()) return false;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return true;
}

// The widest class of an architecture that the features allow; null for a core older than all of them.
const InstructionSet *widestSet(Arch arch, const Features &features) {
  const InstructionSet *widest = nullptr;
  for (const InstructionSet &set : instructionSets())
    if (set.arch == arch && provides(features, set)) widest = &set;
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

const InstructionSet *hostSet() {
  std::optional<Arch> arch = hostArch();
  if (!arch) return nullptr;
  Features features = hostFeatures();
  if (*arch == Arch::aarch64) features.insert({"neon", "fp-armv8"}); // part of the architecture's base
  return widestSet(*arch, features);
}

// A cache size as the system reports it, or the class's where it doesn't.
std::int64_t cacheBytes([[maybe_unused]] int name, std::int64_t otherwise) {
  long bytes = sysconf(name);
  return bytes > 0 ? bytes : otherwise;
}

Result<Target> hostTarget() {
  const InstructionSet *set = hostSet();
  if (!set) return fail("this CPU has none of the instruction sets that ninc makes code for; name a target");
  Target target = targetOf(*set);
  target.l1Bytes = cacheBytes(_SC_LEVEL1_DCACHE_SIZE, target.l1Bytes);
  target.l2Bytes = cacheBytes(_SC_LEVEL2_CACHE_SIZE, target.l2Bytes);
  return target;
}

// The class of a CPU that LLVM knows by name, null if there is none.
const InstructionSet *setOfCpu(std::string_view cpu) {
  llvm::SmallVector<llvm::StringRef> known;
  llvm::X86::fillValidCPUArchList(known, /*Only64Bit=*/true);
  if (std::ranges::find(known, llvm::StringRef(cpu)) != known.end()) {
    llvm::SmallVector<llvm::StringRef> names;
    llvm::X86::getFeaturesForCPU(cpu, names);
    Features features;
    for (llvm::StringRef name : names)
      features.insert(name.str());
    return widestSet(Arch::x86_64, features);
  }
  return llvm::AArch64::parseCpu(cpu) ? &instructionSet(Isa::neon) : nullptr;
}

// Whether code for the set can be under the system.
bool existsOn(const InstructionSet &set, Platform platform) {
  switch (platform) {
  case Platform::windows:
    return set.arch == Arch::x86_64 || set.isa == Isa::neon;
  case Platform::macos:
    return set.arch == Arch::x86_64 || set.arch == Arch::aarch64;
  case Platform::none:
    return !set.bareTriple.empty();
  case Platform::gnuLinux:
  case Platform::wasm:
    break;
  }
  return true;
}

// The set that a word stands for, null if it does for none. An architecture's name is that of its lowest set.
const InstructionSet *setOfWord(std::string_view word) {
  if (word == "armv8-a") word = "aarch64";
  if (word == "x86_64") word = "x86-64-v2";
  const auto sets = instructionSets();
  if (const auto found = std::ranges::find(sets, word, &InstructionSet::name); found != sets.end())
    return &*found;
  return setOfCpu(word);
}

std::string knownTargets() {
  std::vector<std::string_view> names{"host"};
  for (const InstructionSet &set : instructionSets())
    names.push_back(set.name);
  return fmt::format(
      "{} and the names of 64-bit x86 and Arm CPUs with at least SSE4.2 or Advanced SIMD, such "
      "as znver3, skylake-avx512 or cortex-a72; with -windows, -macos or -none behind them for "
      "other systems than Linux, as in x86_64-windows, aarch64-macos or riscv64-none",
      fmt::join(names, ", "));
}

} // namespace

Result<Target> parseTarget(std::string_view text) {
  if (text == "host") return hostTarget();
  std::string_view word = text;
  Platform platform = Platform::gnuLinux;
  for (const auto &[each, suffix] : platforms)
    if (text.ends_with(suffix)) {
      platform = each;
      word.remove_suffix(suffix.size());
    }
  const InstructionSet *set = setOfWord(word);
  if (set && existsOn(*set, platform)) return targetOf(*set, platform);
  return tl::unexpected(
      Error{ErrorKind::usage, fmt::format("unknown target '{}'; there are {}", text, knownTargets())});
}

Result<Target> onBareMetal(Target target) {
  const InstructionSet &set = instructionSet(target.isa);
  if (!existsOn(set, Platform::none))
    return tl::unexpected(
        Error{ErrorKind::usage, fmt::format("--runtime none: there is no {} without a system", target.name)});
  Target bare = targetOf(set, Platform::none);
  bare.l1Bytes = target.l1Bytes;
  bare.l2Bytes = target.l2Bytes;
  return bare;
}

bool runsHere(const Target &target) {
  const InstructionSet *host = hostSet();
  return host && target.platform == Platform::gnuLinux && host->arch == target.arch &&
         host->isa >= target.isa;
}

Result<void> checkOneArch(std::span<const Target> targets) {
  for (const Target &target : targets) {
    const Target &first = targets.front();
    if (target.arch != first.arch)
      return tl::unexpected(
          Error{ErrorKind::usage, fmt::format("a library is for CPUs of one architecture, not for {} and {}",
                                              first.name, target.name)});
    if (target.platform != first.platform)
      return tl::unexpected(
          Error{ErrorKind::usage,
                fmt::format("a library is for one system, not for {} and {}", first.name, target.name)});
    if (target.isa != first.isa && target.arch == Arch::arm)
      return tl::unexpected(
          Error{ErrorKind::usage, fmt::format("a library for a microcontroller is for one, not for {} and {}",
                                              first.name, target.name)});
  }
  return {};
}

bool isOneModule(const Target &target) {
  return target.platform != Platform::gnuLinux;
}

bool isMadeByLlvm(const Target &target) {
  return target.platform == Platform::gnuLinux && target.arch == Arch::riscv64;
}

std::string llvmTriple(const Target &target) {
  switch (target.platform) {
  case Platform::none:
    return std::string(instructionSet(target.isa).bareTriple);
  case Platform::wasm:
    return "wasm32-unknown-unknown";
  case Platform::windows:
    return target.arch == Arch::x86_64 ? "x86_64-pc-windows-msvc" : "aarch64-pc-windows-msvc";
  case Platform::macos:
    return target.arch == Arch::x86_64 ? "x86_64-apple-macosx11.0.0" : "arm64-apple-macosx11.0.0";
  case Platform::gnuLinux:
    break;
  }
  if (target.arch == Arch::x86_64) return "x86_64-unknown-linux-gnu";
  return target.arch == Arch::riscv64 ? "riscv64-unknown-linux-gnu" : "aarch64-unknown-linux-gnu";
}

std::string llvmCpu(const Target &target) {
  return std::string(instructionSet(target.isa).bareCpu);
}

std::string llvmFeatures(const Target &target) {
  return std::string(instructionSet(target.isa).features);
}

std::string halideTarget(const Target &target) {
  const InstructionSet &set = instructionSet(target.isa);
  std::string_view system = "linux";
  if (target.platform == Platform::windows) system = "windows";
  if (target.platform == Platform::macos) system = "osx";
  if (target.platform == Platform::none) system = "noos";
  if (target.platform == Platform::wasm) system = "wasmrt";
  return fmt::format("{}-{}{}-no_runtime-no_asserts-no_bounds_query-user_context", set.halideArch, system,
                     set.halideFeatures);
}

std::string toString(const Target &target) {
  const Target usual = targetOf(instructionSet(target.isa), target.platform);
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
