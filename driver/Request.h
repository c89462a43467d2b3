// What a user asks for, in the words in which he does. Nothing is looked up yet: driver/Resolve.h makes
// values of it, once, and whatever comes after that gets the values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "driver/OutputFiles.h"
#include "execution/devices/DeviceChoice.h"
#include "ir/Graph.h"

namespace ninc {

struct Request {
  std::string model;                 // a file: a model's text or, for who runs it, a compiled library
  std::string target = "host";       // as parseTargets reads it
  std::string runtime = "system";    // or "none": what the library may count on
  std::string scratch = "caller";    // or "static": whose the memory is that a run works in
  DeviceChoice device;               // that it will be run on: the target gets code for it
  std::optional<std::int64_t> batch; // images a run; none: as many as the model's file says, or 1
  bool anyBatch = false;             // runs may have fewer images than the batch
  // Of inputs, in the file's words: NAME=1x3x224x224; for a library of several sizes with commas between
  // them.
  std::vector<std::string> shapes;
  std::vector<std::string> outputs; // instead of the file's, in its words
  // How the application keeps inputs, and what is done to them: NAME=u8 hwc mean 104,117,123
  // (driver/Adapt.h).
  std::vector<std::string> preprocess;
  std::vector<std::string> outputsAs; // what is given out of outputs: NAME=argmax, NAME=top5
  std::string prefix;                 // what the model is called instead of as its file says: a C identifier
  std::string weightFile;             // that has the model's numbers; empty: what the model's file says
  bool externalWeights = false;       // a library's weights are in a file beside it
  unsigned jobs = 0;                  // 0: as many as the machine has cores
  bool exact = false;                 // no Winograd
  std::string precision = "f32";      // of what devices store: f32 or f16
  std::string scheduleFile;           // empty: none
  std::string database;               // of tuned schedules; empty: the user's own
  bool withoutDatabase = false;
  int threads = 1; // that the library will be run with: whose tuned schedules count
  std::string cpu; // whose tuned schedules count; empty: this machine's, if the target's code runs here
};

// Whether a file that is to be run is a library rather than a model: by its suffix.
bool isLibrary(const std::string &file);

// Everything that is read for the request; with the model also what that names, its weights. `others` are the
// files that its import has read (Origin::files).
std::vector<InputFile> inputsOf(const Request &request, const Graph *model = nullptr,
                                std::span<const std::filesystem::path> others = {});

} // namespace ninc
