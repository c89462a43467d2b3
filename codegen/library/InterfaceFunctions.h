// The functions of a library's C interface, M_run and so on, each written down once: the host module makes
// them, the descriptor points to them and the header declares and explains them, all from these tables.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/program/Program.h"

namespace ninc {

// What passes through a call, as machine code tells things apart.
enum class Passed : std::uint8_t {
  nothing,
  int32,
  int64,
  pointer,
  tensors, // one pointer a tensor of the model, inputs first; in the runtime's functions two arrays of those
  size,    // int32; given by callers of a model of several sizes, else the first
  batch    // int32; never given by callers: the model's batch
};

struct InterfaceValue {
  Passed passed = Passed::nothing;
  std::string_view text; // in the header: "int * /* status */"; a result's is its type alone
};

// Who does what a function of the interface is for.
enum class Doer : std::uint8_t {
  runtime,   // a function of the runtime's, which a library takes along
  descriptor // nobody: it returns where the descriptor is
};

// A constant that the doer gets in front of what the caller gives.
enum class Added : std::uint8_t {
  nothing,
  model,      // the descriptor
  deviceModel // what the library has for devices
};

// What a library must have for a function to be of use, and exported.
enum class Needs : std::uint8_t { nothing, anyBatch, sizes, targets, weightFile, openFile, threads };

// What decides about functions and their parameters.
struct LibraryShape {
  std::size_t inputs = 0, outputs = 0;
  std::int64_t batch = 1;
  bool anyBatch = false, severalSizes = false, severalTargets = false, hasWeightFile = false;
  bool hasDevices = false;
  bool hasSystem = true; // that has threads and files
  bool ownsScratch = false;
};
LibraryShape shapeOf(const Program &program);

// Which of the two functions the descriptor points to, if it has a field for them.
enum class DescriptorHas : std::uint8_t { none, exported, doer };

struct InterfaceFunction {
  std::string_view name;    // M_NAME
  std::string_view runtime; // the runtime's function behind it, if that is its doer
  InterfaceValue result;
  std::array<InterfaceValue, 5> parameters; // those behind the last one are `nothing`
  std::string_view about; // for the header; nothing for what isn't exported, which only the descriptor knows
  Doer doer = Doer::runtime;
  DescriptorHas descriptorHas = DescriptorHas::doer;
  Added added = Added::nothing;
  Needs needs = Needs::nothing;

  constexpr bool canBeExported() const { return !about.empty(); }
  bool isExported(const LibraryShape &library) const;
  // Its parameters without those that are `nothing`.
  std::span<const InterfaceValue> passed() const;
};

// Whether it is a parameter of the exported function.
bool isGiven(const InterfaceValue &value, const LibraryShape &library);

// The symbols of those that are exported: the only ones that are seen from outside.
std::vector<std::string> exportedSymbols(const Program &program);

// What libraries have, in the order of modelFunctions (ir/ModelName.h).
std::span<const InterfaceFunction> modelInterface();

// What those with code for devices have besides, in the order of `struct ninc_devices`.
std::span<const InterfaceFunction> deviceInterface();

// A function as the header has it, with what it does above it.
struct InterfaceWords {
  std::string model;            // M
  std::string macro;            // what the model's macros begin with
  std::string target;           // "x86-64-v3"; of several "x86-64-v4 or x86-64-v2"
  std::string tensorParameters; // "const float * /* image */, float * /* prob */"
  std::string sizeLine;         // one line of the comment, where there are several sizes
  std::string tensorLines;      // one line of the comment a tensor
  std::size_t tensors = 0;
  std::string ownScratch = {}; // ", or NULL: ..." where a library has scratch of its own
  std::string stack = {};      // how much run needs: a macro's use
};
std::string declarationOf(const InterfaceFunction &function, const InterfaceWords &words,
                          const LibraryShape &library);

} // namespace ninc
