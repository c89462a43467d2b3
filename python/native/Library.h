// A compiled library as Python calls it.
//
// Threads: all of a Library's state is touched with the interpreter's lock held, which is let go while a
// model runs. Each run takes a workplace of its own, so any number of threads may run one model.
#pragma once

#include <filesystem>
#include <memory>
#include <nanobind/nanobind.h>
#include <vector>

#include "execution/model/LoadedModel.h"
#include "python/native/ArrayMemory.h"
#include "python/native/Workplace.h"

namespace ninc {

class Library {
public:
  // Throws a Failure for what isn't a library that runs here.
  Library(std::filesystem::path file, int threads);

  // Name, targets, sizes, tensors and kernels, as dictionaries and lists.
  nanobind::dict describe() const;

  // Runs the model if the arrays are exactly what it reads, one an input: elements in place, all of one size
  // and one number of images; with a dimension for images or, for one image, without. New arrays in a list,
  // or None if they aren't.
  nanobind::object tryRun(const nanobind::tuple &arrays);

  // The same into arrays that are exactly what the model writes; whether they are.
  bool tryRunInto(const nanobind::tuple &arrays, const nanobind::tuple &results);

  // Nanoseconds in each kernel of so many runs, a list a run, of a workplace of its own.
  std::vector<std::vector<std::uint64_t>> profile(int size, int images, int runs) const;

private:
  struct Call;
  // Of each input or output, as it lies in memory.
  struct Shapes {
    std::vector<Shape> inputs, outputs;
  };
  bool take(Call &call, const nanobind::tuple &arrays) const;
  void run(Call &call);
  std::unique_ptr<Workplace> takeWorkplace();

  std::filesystem::path file_;
  int threads_;
  std::unique_ptr<LoadedModel> loaded_;
  const ninc_model *model_ = nullptr; // the loaded one's
  std::vector<Shapes> sizes_;
  std::vector<std::unique_ptr<Workplace>> idle_;
  nanobind::object empty_; // numpy.empty
};

} // namespace ninc
