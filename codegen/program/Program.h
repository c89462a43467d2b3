// A model ready to become a library, as data: an interface and a list of versions.
//
// The interface is what callers see, whatever runs. A version is the model as code for one kind of machine (a
// CPU level or a device), one size of its tensors and one number of images that pass together: what is called
// in which order with which memory. A library may have several: a run takes those of its CPU and size, and
// deals its images out to their groups (runtime/cpu/run.c).
//
// Images pass the steps in groups; one step runs one kernel on all images of a group, one or several a call.
// Steps with equal specs and schedules share a kernel, within a version and between versions, and arguments
// with equal bytes share their place among the weights. Everything the host module, the weight object and the
// header need to know is in here; nothing in here knows LLVM or Halide.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
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

// Extents that the model's tensors may have.
struct Size {
  std::vector<NamedTensor> inputs, outputs; // of one image, row-major; of all sizes the same names and ranks
  std::int64_t macs = 0;                    // of one image
};

struct Version {
  KernelTarget target;
  std::size_t size = 0;                   // into Interface::sizes
  std::int64_t group = 1;                 // images that pass the steps together
  std::vector<Step> steps;                // in execution order
  std::vector<ScheduleReason> reasons;    // where there is something to say
  std::int64_t scratchBytes = 0;          // arena and the kernels' scratch; a multiple of scratchAlignment.
                                          // On a device: the arena there
  std::int64_t scratchBytesPerThread = 0; // a multiple of scratchAlignment

  bool isOnDevice() const { return std::holds_alternative<GpuTarget>(target); }
  const Target &cpu() const { return std::get<Target>(target); }
  const GpuTarget &device() const { return std::get<GpuTarget>(target); }
};

// The model on one kind of device.
struct DeviceVersions {
  std::vector<Version> versions;  // of the same device, a size each, in the interface's order
  std::vector<std::byte> weights; // packed, of all of them

  const GpuTarget &target() const { return versions.front().device(); }
};

// What callers see, the same for all versions.
struct Interface {
  std::string name;        // a C identifier
  std::int64_t batch = 1;  // images of a run; with anyBatch: at most
  bool anyBatch = false;   // runs may have fewer images
  std::vector<Size> sizes; // at least one; the first is what `run` takes
};

struct Program {
  // Of scratch, and of each worker's slice of it: halide_malloc gives out addresses so aligned.
  static constexpr std::int64_t scratchAlignment = 128;
  // Of each tensor among the weights.
  static constexpr std::int64_t weightAlignment = 64;

  Interface interface;
  // For CPUs of one architecture, at least one: the best target first; within one target size by size, within
  // one size the largest group first.
  std::vector<Version> versions;
  std::vector<DeviceVersions> devices; // at most one a kind
  std::vector<Kernel> kernels;         // distinct ones, of all versions
  std::vector<std::byte> weights;      // of CPUs: packed parameters and the constants that kernels read
  bool weightsAreExternal = false;     // those are in a file beside the library
  bool ownsScratch = false;            // the library has scratch for one run at a time
};

// Of the host module and of all CPUs' versions.
Arch archOf(const Program &program);
// One of the CPUs, for what is the same of all: architecture, platform, what its objects look like.
const Target &machineOf(const Program &program);

// Gives a program that is for devices alone a CPU all the same, this machine's, where it computes nothing: a
// version for each size without a step. An error on a machine that ninc makes no code for.
Result<void> addIdleHost(Program &program);

// The numbers of the kernels that these versions run.
std::set<std::size_t> kernelsOf(std::span<const Version> versions);

// Scratch that any of the CPUs' versions can work in.
std::int64_t scratchBytes(const Program &program);
std::int64_t scratchBytesPerThread(const Program &program);

// The CPUs that the program has versions for, each once, the best first: "x86-64-v4", "x86-64-v2".
std::vector<std::string> cpuTargets(const Program &program);

} // namespace ninc
