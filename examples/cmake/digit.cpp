#include <algorithm>
#include <cstdio>

#include "nin_digits.h" // made of the model

// Grey levels of 8x8 pixels, from 0 to g, which is 16.
static const char drawing[] = "007ge300"
                              "009ebf00"
                              "00150f50"
                              "00000g50"
                              "00003g40"
                              "0001ce10"
                              "005cgge1"
                              "008gead3";

int main() {
  static float image[NIN_DIGITS_IMAGE_ELEMENTS], prob[NIN_DIGITS_PROB_ELEMENTS],
      maps[NIN_DIGITS_MAPS_ELEMENTS];
  alignas(NIN_DIGITS_SCRATCH_ALIGNMENT) static unsigned char scratch[NIN_DIGITS_SCRATCH_BYTES(1)];
  for (int i = 0; i < NIN_DIGITS_IMAGE_ELEMENTS; ++i)
    image[i] = static_cast<float>(drawing[i] <= '9' ? drawing[i] - '0' : drawing[i] - 'a' + 10) / 16;
  if (int status = nin_digits_run(image, prob, maps, scratch, nullptr)) // no team: in this thread
    return std::fprintf(stderr, "%s\n", nin_digits_strerror(status)), 1;
  const float *best = std::max_element(prob, prob + NIN_DIGITS_PROB_ELEMENTS);
  std::printf("this is a %d (%.1f %%)\n", static_cast<int>(best - prob), 100 * static_cast<double>(*best));
}
