/* Where there is an operating system. */
#include <stdio.h>

void put(char c);
int run_all(void);

void put(char c) {
  putchar(c);
}

int main(void) {
  return run_all();
}
