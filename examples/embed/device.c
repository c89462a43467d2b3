/* A compiled model on a GPU, from a C program: made once, run on several images, and on the CPU where there
 * is no driver or no device.
 *
 *   ninc ../digits/nin_digits.nin --target host+opencl -o nin_digits.a
 *   cc device.c nin_digits.a -o device && ./device
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

/* Says what went wrong, in the model's words and the driver's. */
static int failed(int status, const char *words) {
  fprintf(stderr, "nin_digits: %s: %s\n", nin_digits_strerror(status), words);
  return 1;
}

int main(void) {
  static float image[NIN_DIGITS_IMAGE_ELEMENTS], prob[NIN_DIGITS_PROB_ELEMENTS],
      maps[NIN_DIGITS_MAPS_ELEMENTS];
  char words[512];
  ninc_device_options options = {0};
  ninc_native native;
  ninc_state *state;
  int best = 0;
  for (int i = 0; i < NIN_DIGITS_IMAGE_ELEMENTS; ++i)
    image[i] = (float)drawing[i] / 16;

  options.kind = NINC_DEVICE_OPENCL;
  options.fallback = 1;
  options.message = words, options.message_bytes = sizeof words;
  int status = nin_digits_create(&options, &state); /* compiles kernels, uploads weights: once */
  if (status != NINC_OK) return failed(status, words);
  nin_digits_native(state, &native);

  for (int run = 0; run < 3 && status == NINC_OK; ++run)
    status = nin_digits_run_on(state, image, prob, maps);
  if (status != NINC_OK) {
    const int code = failed(status, nin_digits_message(state));
    nin_digits_destroy(state);
    return code;
  }
  for (int digit = 1; digit < NIN_DIGITS_PROB_ELEMENTS; ++digit)
    if (prob[digit] > prob[best]) best = digit;
  printf("this is a %d (%.1f %%), says %s\n", best, 100 * prob[best],
         native.kind == NINC_DEVICE_OPENCL ? "the OpenCL device" : "the CPU");
  nin_digits_destroy(state);
  return 0;
}
