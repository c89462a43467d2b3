// The options of every command that compiles, and which of them were given.
#pragma once

#include <string>
#include <vector>

#include "driver/Request.h"
#include "support/Result.h"

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace ninc {

struct BuildOptions {
  Request request;
  bool remarks = false; // print what was fused, and why something was not

  // As the command line knows them: those that mean something for compiling alone, and of these --target.
  std::vector<const CLI::Option *> compiling;
  std::vector<const CLI::Option *> importing; // and for reading a model's file
  const CLI::Option *target = nullptr;
};

// --shape, --outputs, --preprocess, --output-as, --weights: how a model's file is read.
void addImportOptions(CLI::App &app, BuildOptions &options);

// Those, --target, --batch, --jobs, --precision, --exact. `options` must live as long as the
// app.
void addTargetOptions(CLI::App &app, BuildOptions &options);

// Those, and --schedule, --db, --no-db, --cpu, --remarks. --threads is each command's own.
void addBuildOptions(CLI::App &app, BuildOptions &options);

// For commands that run models: a usage error when options for compiling were given for a library, which is
// compiled already, or options about the CPU with a device. `library` is empty where a model is compiled.
// With `readsModel` the command reads a model's file beside the library, and those of reading it count.
Result<void> checkRunOptions(const CLI::App &command, const BuildOptions &options, const std::string &library,
                             bool readsModel = false);

} // namespace ninc
