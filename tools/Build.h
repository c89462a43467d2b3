// From a model file to a library: the steps that compile, run, verify and bench share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codegen/Compile.h"
#include "codegen/target/Targets.h"
#include "execution/devices/DeviceChoice.h"
#include "execution/model/LoadedModel.h"
#include "frontend/LoadModel.h"
#include "passes/Passes.h"
#include "tools/LibraryCache.h"
#include "tools/OutputFiles.h"
#include "tools/Report.h"

namespace CLI {
class App;
}

namespace ninc {

class TunedSchedules;

// The options of every command that compiles.
struct BuildRequest {
  std::string model;
  std::string target = "host";
  DeviceChoice device; // that it will be run on: the target gets code for it
  std::int64_t batch = 1;
  unsigned jobs = 0; // 0: as many as the machine has cores
  bool remarks = false;
  bool exact = false;            // no Winograd
  std::string precision = "f32"; // of what devices store: f32 or f16
  std::string scheduleFile;      // empty: none
  std::string database;          // of tuned schedules; empty: the user's own
  bool withoutDatabase = false;
  int threads = 1; // that the library will be run with: whose tuned schedules count
  std::string cpu; // whose tuned schedules count; empty: this machine's, if the target's code runs here
};

// --target, --batch, --jobs, --exact.
void addTargetOptions(CLI::App &app, BuildRequest &request);

// Those, and --remarks, --schedule, --db, --no-db, --cpu. --threads is each command's own.
void addBuildOptions(CLI::App &app, BuildRequest &request);

// Everything that a command reads for the request; with the model also what that names, its weights.
std::vector<InputFile> inputsOf(const BuildRequest &request, const Graph *model = nullptr);

// Loads the model; problems are printed, warnings too, so the error has no message left.
Result<Graph> loadReported(const std::string &file, WeightLoading weights, ModelSource &source,
                           RemarkPrinting remarks = RemarkPrinting::no);
// The request's model, with remarks if it wants them.
Result<Graph> loadReported(const BuildRequest &request, WeightLoading weights, ModelSource &source);

// Runs the pipeline over a copy; remarks are printed if the request wants them.
Result<Graph> optimise(const Graph &graph, const BuildRequest &request, const ModelSource &source,
                       const PipelineOptions &options = {}, std::vector<PassTiming> *timings = nullptr);

Result<CompileOptions> compileOptions(const BuildRequest &request);

// Says, if the request wants remarks, why each kernel of `optimised` is computed as it is.
void printReasons(const std::vector<ScheduleReason> &reasons, const BuildRequest &request,
                  const Graph &optimised, const ModelSource &source);

// What the request makes code for.
Result<Targets> targetsOf(const BuildRequest &request);

// The same; an error when the CPU's code can't run on this machine.
Result<Targets> targetHere(const BuildRequest &request);

// Optimises and compiles `graph` to the shared library `library`. `tuned` as for compileReported.
Result<CompileStatistics> buildLibrary(const Graph &graph, const BuildRequest &request,
                                       const ModelSource &source, const std::filesystem::path &library,
                                       std::shared_ptr<TunedSchedules> tuned = nullptr);

// The same for a model that is run here, from the user's cache (tools/LibraryCache.h); compiled if it isn't
// there. Where there is no cache to use, it is compiled into memory, which costs a line to stderr and the
// time. Safe for several processes at once, since libraries appear in the cache atomically.
Result<CachedLibrary> cachedLibrary(const Graph &graph, const BuildRequest &request,
                                    const ModelSource &source);

// "2 threads", "opencl:0 (NVIDIA GeForce RTX 3060)": where the request wants the library to run, for people.
std::string placeOf(const BuildRequest &request);

// A line where more threads are to be measured than there are CPUs to run them at once.
void warnOfSharedCpus(const BuildRequest &request);

// "x86-64-v4", "opencl f16": what the code that runs was compiled for.
std::string targetOf(const LoadedModel &library);

// Whether the argument of `run` or `bench` is a library rather than a model.
bool isLibrary(const std::string &file);

// An error when options of addBuildOptions were given for a file that is compiled already.
Result<void> checkNothingToBuild(const CLI::App &command, const std::string &library);

} // namespace ninc
