// A compiled model inside a C++ program: resources held by objects, two threads, time for each kernel.
//
//   ninc ../digits/nin_digits.nin -o nin_digits.a
//   c++ -std=c++17 embed.cpp nin_digits.a -o embed && ./embed [RUNS]
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "nin_digits.h"

namespace {

// One user of the model: a team of threads and the memory they work in. Each thread of a program that runs
// the model at the same time as others has its own.
class DigitReader {
public:
  using Image = std::array<float, NIN_DIGITS_IMAGE_ELEMENTS>;        // grey levels, 0 to 1
  using Probabilities = std::array<float, NIN_DIGITS_PROB_ELEMENTS>; // of the digits 0 to 9

  explicit DigitReader(int threads) {
    int status = NINC_OK;
    team_.reset(nin_digits_team_create(threads, &status));
    if (!team_) throw std::runtime_error(nin_digits_strerror(status));
    // aligned_alloc wants a multiple of the alignment, which this is.
    scratch_.reset(std::aligned_alloc(NIN_DIGITS_SCRATCH_ALIGNMENT, NIN_DIGITS_SCRATCH_BYTES(threads)));
    if (!scratch_) throw std::bad_alloc();
    kernelTimes_.resize(static_cast<std::size_t>(nin_digits_model()->most_kernels));
    team_->kernel_ns = kernelTimes_.data();
  }

  Probabilities read(const Image &image) {
    Probabilities prob;
    std::array<float, NIN_DIGITS_MAPS_ELEMENTS> maps;
    const int status = nin_digits_run(image.data(), prob.data(), maps.data(), scratch_.get(), team_.get());
    if (status != NINC_OK) throw std::runtime_error(nin_digits_strerror(status));
    return prob;
  }

  // Nanoseconds in each kernel so far, in the descriptor's order.
  const std::vector<std::uint64_t> &kernelTimes() const { return kernelTimes_; }

private:
  struct EndTeam {
    void operator()(ninc_executor *team) const { nin_digits_team_destroy(team); }
  };
  struct Free {
    void operator()(void *memory) const { std::free(memory); }
  };
  std::unique_ptr<ninc_executor, EndTeam> team_;
  std::unique_ptr<void, Free> scratch_;
  std::vector<std::uint64_t> kernelTimes_;
};

// A handwritten digit of the UCI set, 8 rows of 8 grey levels from 0 (paper) to 16 (ink).
constexpr std::array<int, NIN_DIGITS_IMAGE_ELEMENTS> drawing = {
    0, 0,  8,  16, 15, 4,  0, 0, //
    0, 10, 16, 11, 13, 12, 0, 0, //
    0, 12, 7,  0,  13, 8,  0, 0, //
    0, 0,  1,  7,  16, 12, 5, 0, //
    0, 5,  15, 16, 16, 14, 9, 0, //
    0, 2,  8,  15, 10, 0,  0, 0, //
    0, 0,  7,  16, 2,  0,  0, 0, //
    0, 0,  10, 13, 0,  0,  0, 0, //
};

} // namespace

int main(int argc, char **argv) try {
  const int runs = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1000;
  DigitReader reader(2);
  DigitReader::Image image;
  std::transform(drawing.begin(), drawing.end(), image.begin(),
                 [](int grey) { return static_cast<float>(grey) / 16; });
  DigitReader::Probabilities prob{};
  for (int i = 0; i < runs; ++i)
    prob = reader.read(image);

  std::array<std::size_t, NIN_DIGITS_PROB_ELEMENTS> digits;
  std::iota(digits.begin(), digits.end(), 0U);
  std::sort(digits.begin(), digits.end(), [&](std::size_t a, std::size_t b) { return prob[a] > prob[b]; });
  for (std::size_t i = 0; i < 3; ++i)
    std::printf("%zu: %.1f %%\n", digits[i], 100 * static_cast<double>(prob[digits[i]]));

  const ninc_model &model = *nin_digits_model();
  std::printf("mean of %d runs, compiled for %s:\n", runs, model.target);
  for (std::size_t i = 0; i < reader.kernelTimes().size(); ++i)
    std::printf("  %-8s %6.1f us\n", model.versions[0].kernels[i].name,
                static_cast<double>(reader.kernelTimes()[i]) / 1000 / runs);
  return 0;
} catch (const std::exception &error) {
  std::fprintf(stderr, "embed: %s\n", error.what());
  return 1;
}
