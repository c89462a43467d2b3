/* A compiled model inside a C program: no heap, no threads, no library beside libc.
 *
 *   ninc ../digits/nin_digits.nin -o nin_digits.a
 *   cc embed.c nin_digits.a -o embed && ./embed
 */
#include <stdio.h>

#include "nin_digits.h"

/* A handwritten digit of the UCI set, 8 rows of 8 grey levels from 0 (paper) to 16 (ink). */
static const int drawing[NIN_DIGITS_IMAGE_ELEMENTS] = {
    0, 0, 9,  16, 10, 1,  0, 0, /* */
    0, 0, 8,  3,  16, 4,  0, 0, /* */
    0, 0, 0,  5,  14, 2,  0, 0, /* */
    0, 0, 2,  16, 15, 7,  0, 0, /* */
    0, 0, 0,  0,  3,  15, 2, 0, /* */
    0, 4, 6,  0,  0,  13, 7, 0, /* */
    0, 6, 13, 1,  5,  16, 3, 0, /* */
    0, 0, 10, 16, 15, 5,  0, 0, /* */
};

/* Scratch is the caller's. Here it is static, with room to align it in C99, which has no word for that. */
static char memory[NIN_DIGITS_SCRATCH_BYTES(1) + NIN_DIGITS_SCRATCH_ALIGNMENT];

static void *aligned_scratch(void) {
  const uintptr_t address = (uintptr_t)memory, alignment = NIN_DIGITS_SCRATCH_ALIGNMENT;
  return memory + (alignment - address % alignment) % alignment;
}

int main(void) {
  float image[NIN_DIGITS_IMAGE_ELEMENTS], prob[NIN_DIGITS_PROB_ELEMENTS], maps[NIN_DIGITS_MAPS_ELEMENTS];
  int best = 0;
  for (int i = 0; i < NIN_DIGITS_IMAGE_ELEMENTS; ++i)
    image[i] = (float)drawing[i] / 16;

  const int status = nin_digits_run(image, prob, maps, aligned_scratch(), NULL);
  if (status != NINC_OK) {
    fprintf(stderr, "nin_digits: %s\n", nin_digits_strerror(status));
    return 1;
  }

  for (int digit = 1; digit < NIN_DIGITS_PROB_ELEMENTS; ++digit)
    if (prob[digit] > prob[best]) best = digit;
  printf("this is a %d (%.1f %%)\n", best, 100 * prob[best]);

  /* The model's last maps say where the evidence is: an 8x8 map for each digit, as large as the image. */
  for (int row = 0; row < 8; ++row) {
    for (int column = 0; column < 8; ++column)
      putchar(drawing[row * 8 + column] > 4 ? '#' : '.');
    printf("   ");
    for (int column = 0; column < 8; ++column)
      printf("%5.1f", maps[(best * 8 + row) * 8 + column]);
    putchar('\n');
  }
  return 0;
}
