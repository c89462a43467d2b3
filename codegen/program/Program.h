// A model ready to become a library, as data: what is called in which order with which memory.
//
// Images pass the steps in groups; one step runs one kernel on all images of a group, one or several a call.
// Steps with equal specs and schedules share a kernel, and arguments with equal bytes share their place among
// the weights. Everything the host module, the weight object and the header need to know is in here; nothing
// in here knows LLVM or Halide.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codegen/kernel/Kernel.h"
#include "codegen/schedule/ScheduleChoice.h"
#include "codegen/target/Target.h"
#include "ir/Graph.h"

namespace ninc {

// Where the first byte of a tensor is while a group of images is processed: that of the group's first image.
struct Location {
  enum class Base : std::uint8_t { input, output, scratch, weights };
  Base base = Base::scratch;
  std::size_t index = 0;       // input, output: its number
  std::int64_t offset = 0;     // scratch, weights: bytes from the start
  std::int64_t imageBytes = 0; // from one image of the group to the next; 0: the same bytes for all
  friend bool operator==(const Location &, const Location &) = default;
};

struct NamedTensor {
  std::string name;
  TensorType type;
  std::string original = {}; // what the model's file calls it; empty where that is its name
};

struct StepResult {
  NamedTensor tensor;
  Location location; // an output or scratch
};

struct Step {
  std::string name;                // of its first result
  std::string op;                  // as printOp has it
  std::string schedule;            // as toString(Schedule) has it
  std::size_t kernel = 0;          // into Program::kernels
  std::vector<Location> arguments; // one for each argument of the kernel

  std::vector<StepResult> results;
  std::int64_t macs = 0;                     // multiply-accumulates of one image
  std::int64_t bytes = 0;                    // read and written for one image, with its share of the weights
  std::int64_t images = 1;                   // of the group that one call of the kernel computes; divides it
  std::optional<WinogradTile> winograd = {}; // of the kernel's first convolution
};

struct Program {
  // Of scratch, and of each worker's slice of it: halide_malloc gives out addresses so aligned.
  static constexpr std::int64_t scratchAlignment = 128;
  // Of each tensor among the weights.
  static constexpr std::int64_t weightAlignment = 64;

  std::string name; // a C identifier
  Target target;
  std::optional<GpuTarget> gpu; // what the steps run on instead; scratch is then an arena on the device
  std::int64_t batch = 1;
  std::int64_t group = 1;                   // images that pass the steps together; divides the batch
  std::vector<NamedTensor> inputs, outputs; // of one image, row-major
  std::vector<Step> steps;                  // in execution order
  std::vector<Kernel> kernels;              // distinct ones
  std::vector<ScheduleReason> reasons;      // where there is something to say
  std::vector<std::byte> weights;           // packed parameters and the constants that kernels read
  std::int64_t scratchBytes = 0;            // arena and the kernels' scratch; a multiple of scratchAlignment
  std::int64_t scratchBytesPerThread = 0;   // a multiple of scratchAlignment
  std::int64_t macs = 0;
  std::vector<Program> devices; // the same model for each device that the library has code for
};

} // namespace ninc
