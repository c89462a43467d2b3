/* A Cortex-M of qemu's: vectors, the floating point switched on, and what it says through semihosting (Arm,
 * "Semihosting for AArch32 and AArch64"). Everything is loaded where it runs, and memory is zero before that.
 */
#include <stdint.h>

extern uint32_t stack_low[], stack_top[];
void put(char c);
int run_all(void);
void reset(void);

enum { WRITEC = 0x03, WRITE0 = 0x04, EXIT = 0x18, STOPPED = 0x20026, FILL = 0x5a5a5a5a };

static int32_t ask(int32_t operation, const void *argument) {
  register int32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void put(char c) {
  ask(WRITEC, &c);
}

/* How far below this frame the stack was written to. */
static void put_depth(const uint32_t *below) {
  const volatile uint32_t *at = stack_low;
  while (*at == FILL)
    ++at;
  const uint32_t depth = (uint32_t)((const char *)below - (const char *)at);
  const char *name = "stack ";
  while (*name)
    put(*name++);
  for (int shift = 28; shift >= 0; shift -= 4)
    put("0123456789abcdef"[depth >> shift & 15]);
  put('\n');
}

void reset(void) {
  volatile uint32_t *const access_control = (volatile uint32_t *)0xe000ed88; /* CPACR: CP10, CP11 */
  *access_control |= 0xfu << 20;
  __asm__ volatile("dsb\n isb" ::: "memory");
  uint32_t here;
  volatile uint32_t *fill = stack_low;
  while (fill < &here - 64)
    *fill++ = FILL;
  const int failed = run_all();
  put_depth(&here);
  ask(EXIT, (const void *)(failed ? STOPPED + 1 : STOPPED));
  for (;;) {
  }
}

static void stop(void) {
  static const char text[] = "an exception\n";
  ask(WRITE0, text);
  ask(EXIT, (const void *)(STOPPED + 1));
  for (;;) {
  }
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_top,          (const void *)reset, (const void *)stop, (const void *)stop,
    (const void *)stop, (const void *)stop,  (const void *)stop};
