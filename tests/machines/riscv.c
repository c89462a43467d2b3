/* A RISC-V of qemu's board "virt": the floating point and the vectors switched on, its serial line, and its
 * device for switching off. */
#include <stdint.h>

void put(char c);
int run_all(void);
void begin(void);

__asm__(".section .text.start,\"ax\"\n"
        ".globl _start\n"
        "_start:\n"
        "  li t0, 0x6600\n" /* mstatus: FS and VS on */
        "  csrs mstatus, t0\n"
        "  la sp, stack_top\n"
        "  call begin\n");

void put(char c) {
  *(volatile uint8_t *)0x10000000 = (uint8_t)c;
}

void begin(void) {
  const uint32_t passed = 0x5555, failed = 0x13333;
  *(volatile uint32_t *)0x100000 = run_all() == 0 ? passed : failed;
  for (;;) {
  }
}
