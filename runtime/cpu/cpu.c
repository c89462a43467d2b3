/* Which instruction sets this CPU has.
 *
 * On x86-64 CPUID says what the CPU can do, XCR0 (read by XGETBV) which registers the system saves and
 * restores; AVX code needs both. CPUID traps under a hypervisor (10 us apiece were measured on a cloud
 * machine, more than a small network takes), so it is asked once, and `run` reads the answer. Bits and their
 * grouping: Intel SDM volume 2, CPUID; x86-64 psABI 1.0, section 3.1.1. On aarch64 Advanced SIMD is part of
 * the base architecture; of what is beyond it the system tells in the auxiliary vector (Linux,
 * Documentation/arch/arm64/elf_hwcaps.rst), and so it does of RISC-V's extensions of one letter.
 *
 * Nothing is asked while the library is loaded: a library that nobody runs costs nothing. */
#include "runtime/cpu/runtime.h"
#include "runtime/cpu/shared.h"

#if defined(__x86_64__)

struct registers {
  uint32_t eax, ebx, ecx, edx;
};

static struct registers cpuid(uint32_t leaf, uint32_t subleaf) {
  struct registers r;
  __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
  return r;
}

static uint64_t saved_states(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return ((uint64_t)high << 32) | low;
}

static int has_all(uint64_t word, uint64_t bits) {
  return (word & bits) == bits;
}

#define BIT(n) (UINT64_C(1) << (n))

/* The highest level, at least 1: every x86-64 has level 1. */
static int detect_level(void) {
  const uint32_t last_leaf = cpuid(0, 0).eax;
  const struct registers basic = cpuid(1, 0);
  const uint32_t extended_ecx = cpuid(0x80000000u, 0).eax >= 0x80000001u ? cpuid(0x80000001u, 0).ecx : 0;
  /* SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT; LAHF */
  if (!has_all(basic.ecx, BIT(0) | BIT(9) | BIT(13) | BIT(19) | BIT(20) | BIT(23)) ||
      !has_all(extended_ecx, BIT(0)))
    return 1;
  /* FMA, MOVBE, XSAVE enabled by the system, AVX, F16C; LZCNT */
  if (!has_all(basic.ecx, BIT(12) | BIT(22) | BIT(27) | BIT(28) | BIT(29)) ||
      !has_all(extended_ecx, BIT(5)) || last_leaf < 7)
    return 2;
  const uint64_t states = saved_states();
  const uint32_t features = cpuid(7, 0).ebx;
  /* BMI1, AVX2, BMI2; xmm and ymm registers saved */
  if (!has_all(features, BIT(3) | BIT(5) | BIT(8)) || !has_all(states, BIT(1) | BIT(2))) return 2;
  /* AVX-512 F, DQ, CD, BW, VL; mask registers and both halves of the zmm registers saved */
  if (!has_all(features, BIT(16) | BIT(17) | BIT(28) | BIT(30) | BIT(31)) ||
      !has_all(states, BIT(5) | BIT(6) | BIT(7)))
    return 3;
  return 4;
}

#elif defined(NINC_FREESTANDING)

/* Nobody to ask: the code runs where it was meant to. */
static int detect_level(void) {
  return NINC_CPU_HIGHEST;
}

#elif defined(__aarch64__)

#include <sys/auxv.h>

static int detect_level(void) {
  const unsigned long dot_product = 1ul << 20; /* HWCAP_ASIMDDP */
  return (getauxval(AT_HWCAP) & dot_product) != 0 ? NINC_CPU_AARCH64_DOT_PRODUCT : NINC_CPU_ANY;
}

#elif defined(__riscv)

#include <sys/auxv.h>

static int detect_level(void) {
  const unsigned long vectors = 1ul << ('V' - 'A'); /* as the letters of misa; Linux 6.5 */
  return (getauxval(AT_HWCAP) & vectors) != 0 ? NINC_CPU_RISCV64_VECTOR : NINC_CPU_ANY;
}

#else

static int detect_level(void) {
  return NINC_CPU_ANY;
}

#endif

/* One more than the level; 0: not asked yet. Threads that ask at the same time find the same. */
static ninc_shared_int32 known;

int ninc_cpu_check(int level) {
  int32_t has = ninc_shared_load(&known);
  if (has == 0) {
    has = detect_level() + 1;
    ninc_shared_store(&known, has);
  }
  return has > level ? NINC_OK : NINC_ERROR_CPU;
}
