// The demo: loads the compiled digits model, classifies the held-out images, and draws what it saw.
//
//   digits LIB IMAGES.npy LABELS.npy REFERENCE_PROB.npy OUT.png
//
// The library is used through its generic descriptor, as any host program can that has runtime/ninc_model.h.
// REFERENCE_PROB.npy holds the probabilities that the reference interpreter gives for the same images (see
// scripts/demo); the accuracies of the two must be equal.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "examples/digits/ConfidenceSheet.h"
#include "runtime/ninc_model.h"
#include "support/Files.h"
#include "support/Npy.h"

namespace {

using namespace ninc;
using digits::Sample;

constexpr int classes = 10;
constexpr float inkLevels = 16; // the images are stored as 0..16, the model takes 0..1

[[noreturn]] void stop(const std::string &message) {
  std::fprintf(stderr, "digits: %s\n", message.c_str());
  std::exit(1);
}

Array load(const char *file) {
  Result<Array> array = readNpy(file);
  if (!array) stop(array.error().message);
  return std::move(*array);
}

const ninc_model &open(const char *file) {
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL); // stays open until the process ends
  if (!library) stop(dlerror());
  auto describe = reinterpret_cast<ninc_model_function>(dlsym(library, NINC_MODEL_SYMBOL));
  if (!describe || describe()->abi != NINC_MODEL_ABI)
    stop(std::string(file) + " is not a library of this ninc");
  const ninc_model &model = *describe();
  if (int status = model.supported(); status != NINC_OK) stop(model.strerror(status));
  return model;
}

// The number of the output of that name, or an end with a message.
int outputNamed(const ninc_model &model, const char *name) {
  for (int i = 0; i < model.n_outputs; ++i)
    if (std::strcmp(model.outputs[i].name, name) == 0) return i;
  stop(std::string("the library has no output '") + name + "'");
}

int argmax(const float *probabilities) {
  return static_cast<int>(std::max_element(probabilities, probabilities + classes) - probabilities);
}

std::array<int, 3> topThree(const std::vector<float> &probabilities) {
  std::array<int, classes> order;
  std::iota(order.begin(), order.end(), 0);
  std::partial_sort(order.begin(), order.begin() + 3, order.end(), [&](int a, int b) {
    return probabilities[static_cast<std::size_t>(a)] > probabilities[static_cast<std::size_t>(b)];
  });
  return {order[0], order[1], order[2]};
}

void printSample(const Sample &sample, int label) {
  constexpr std::string_view ink = " .:-=+*#%@";
  std::array<int, 3> top = topThree(sample.probabilities);
  for (std::size_t row = 0; row < digits::side; ++row) {
    std::printf("    ");
    for (std::size_t column = 0; column < digits::side; ++column) {
      float level = sample.image[row * digits::side + column];
      auto index = std::min(static_cast<std::size_t>(level * float(ink.size())), ink.size() - 1);
      std::printf("%c%c", ink[index], ink[index]);
    }
    if (row == 2) std::printf("   is a %d", label);
    if (row >= 3 && row < 6) {
      int candidate = top[row - 3];
      std::printf("   %d: %5.1f %%%s", candidate,
                  100 * static_cast<double>(sample.probabilities[static_cast<std::size_t>(candidate)]),
                  candidate == label ? "  <-" : "");
    }
    std::printf("\n");
  }
  std::printf("\n");
}

using Scratch = std::unique_ptr<void, decltype(&std::free)>;

// For runs in one thread.
Scratch scratchFor(const ninc_model &model) {
  const auto alignment = static_cast<std::size_t>(model.scratch_alignment);
  const auto needed = static_cast<std::size_t>(model.scratch_bytes + model.scratch_bytes_per_thread);
  return {std::aligned_alloc(alignment, (needed / alignment + 1) * alignment), &std::free};
}

// What came of all images.
struct Tally {
  std::size_t right = 0, referenceRight = 0, different = 0;
  double best = 1e9;           // seconds, of one run
  std::vector<Sample> samples; // one of each class, the first that is classified right
  std::vector<int> labels;     // of those
};

// Runs the model on one image, of ink levels; gives the seconds it took.
double classify(const ninc_model &model, const float *levels, void *scratch, Sample &sample) {
  constexpr std::size_t pixels = digits::side * digits::side;
  sample.image.resize(pixels);
  std::transform(levels, levels + pixels, sample.image.begin(),
                 [](float level) { return level / inkLevels; });
  sample.probabilities.resize(classes);
  sample.maps.resize(classes * pixels);
  std::vector<void *> outputs(static_cast<std::size_t>(model.n_outputs));
  outputs[static_cast<std::size_t>(outputNamed(model, "prob"))] = sample.probabilities.data();
  outputs[static_cast<std::size_t>(outputNamed(model, "maps"))] = sample.maps.data();
  const void *input = sample.image.data();

  const auto start = std::chrono::steady_clock::now();
  const int status = model.run(&input, outputs.data(), scratch, nullptr);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  if (status != NINC_OK) stop(model.strerror(status));
  sample.predicted = argmax(sample.probabilities.data());
  return spent.count();
}

Tally classifyAll(const ninc_model &model, const Array &images, const Array &labels, const Array &reference) {
  constexpr std::size_t pixels = digits::side * digits::side;
  const Scratch scratch = scratchFor(model);
  Tally tally;
  std::array<bool, classes> seen{};
  for (std::size_t i = 0; i < labels.data.size(); ++i) {
    Sample sample;
    tally.best =
        std::min(tally.best, classify(model, images.data.data() + i * pixels, scratch.get(), sample));
    const int label = static_cast<int>(labels.data[i]);
    const int expected = argmax(reference.data.data() + i * classes);
    tally.right += sample.predicted == label;
    tally.referenceRight += expected == label;
    tally.different += sample.predicted != expected;
    if (sample.predicted != label || seen[static_cast<std::size_t>(label)]) continue;
    seen[static_cast<std::size_t>(label)] = true;
    tally.samples.push_back(std::move(sample));
    tally.labels.push_back(label);
  }
  return tally;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 6) stop("usage: digits LIB IMAGES.npy LABELS.npy REFERENCE_PROB.npy OUT.png");
  const ninc_model &model = open(argv[1]);
  const Array images = load(argv[2]), labels = load(argv[3]), reference = load(argv[4]);
  const std::size_t count = labels.data.size();
  if (images.data.size() != count * digits::side * digits::side || reference.data.size() != count * classes ||
      count == 0)
    stop("images, labels and reference probabilities don't belong together");
  Tally tally = classifyAll(model, images, labels, reference);

  std::printf("Three of them, with the model's three best guesses:\n\n");
  for (std::size_t i = 0; i < std::min<std::size_t>(3, tally.samples.size()); ++i)
    printSample(tally.samples[i], tally.labels[i]);
  auto percent = [&](std::size_t hits) {
    return 100.0 * static_cast<double>(hits) / static_cast<double>(count);
  };
  std::printf("accuracy on %zu held-out digits: %.2f %% compiled, %.2f %% reference interpreter\n", count,
              percent(tally.right), percent(tally.referenceRight));
  std::printf("latency: %.1f us an image (best), one thread, %s code\n", tally.best * 1e6, model.target);
  if (tally.right != tally.referenceRight || tally.different != 0)
    stop("the compiled model and the reference interpreter disagree on " + std::to_string(tally.different) +
         " images");

  std::sort(tally.samples.begin(), tally.samples.end(),
            [](const Sample &a, const Sample &b) { return a.predicted < b.predicted; });
  Result<std::string> png = digits::drawSheet(tally.samples);
  if (!png) stop(png.error().message);
  if (Result<void> written = writeAtomically(argv[5], *png); !written) stop(written.error().message);
  std::printf("confidence maps: %s\n", argv[5]);
  return 0;
}
