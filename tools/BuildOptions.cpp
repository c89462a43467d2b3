#include "tools/BuildOptions.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tools/DeviceOption.h"
#include "tools/NumberOptions.h"

namespace ninc {

namespace {

constexpr std::string_view fromOne = "1..";

// "16", or "1..16"
CLI::Validator batchOrRange() {
  static constexpr std::uint64_t most = 1U << 20;
  const auto check = [](const std::string &text) {
    const std::string number = text.starts_with(fromOne) ? text.substr(fromOne.size()) : text;
    if (wholeNumber(1, most)(number).empty()) return std::string();
    return fmt::format("'{}' isn't a whole number from 1 to {}, nor 1.. with such a number behind it", text,
                       most);
  };
  return CLI::Validator(check, "");
}

// What that has let pass.
void setBatch(const std::string &text, Request &request) {
  const bool isRange = text.starts_with(fromOne);
  request.batch = std::stoll(isRange ? text.substr(fromOne.size()) : text);
  request.anyBatch |= isRange;
}

// A file that is called so is ./external.
void setWeights(const std::vector<std::string> &words, Request &request) {
  for (const std::string &word : words)
    if (word == "external")
      request.externalWeights = true;
    else if (request.weightFile.empty())
      request.weightFile = word;
    else
      throw CLI::ValidationError("--weights", fmt::format("one file has a model's weights, not '{}' and '{}'",
                                                          request.weightFile, word));
}

} // namespace

void addImportOptions(CLI::App &app, BuildOptions &options) {
  Request &request = options.request;
  options.importing = {
      app.add_option("--shape", request.shapes,
                     "an input's extents, where the model's file leaves some open or others are wanted, as "
                     "NAME=1x3x224x224; with more of them behind commas, a library of several sizes")
          ->type_name("NAME=SHAPE"),
      app.add_option("--outputs", request.outputs,
                     "compute these values of the model's file instead of its outputs")
          ->delimiter(',')
          ->type_name("NAME,..."),
      app.add_option(
             "--preprocess", request.preprocess,
             "how the application keeps an input and what is done to it, in the words of docs/language.md: "
             "'NAME=u8 hwc mean 104,117,123 scale 0.017 bgr' is bytes of pixels as decoders give them, "
             "(x - mean) * scale, and the model's channels in the opposite order")
          ->allow_extra_args(false)
          ->type_name("NAME=WORDS"),
      app.add_option(
             "--output-as", request.outputsAs,
             "give out which of an output's elements is the largest, NAME=argmax, or the numbers and values "
             "of the five largest, NAME=top5")
          ->allow_extra_args(false)
          ->type_name("NAME=argmax|topK"),
      app.add_option_function<std::vector<std::string>>(
             "--weights", [&request](const std::vector<std::string> &words) { setWeights(words, request); },
             "the file that has the model's weights: of a .prototxt its .caffemodel, of a .nin the "
             ".safetensors to take instead of its own; and, or, 'external': a library's are in a file beside "
             "it")
          ->allow_extra_args(false)
          ->type_name("FILE|external")};
}

void addTargetOptions(CLI::App &app, BuildOptions &options) {
  Request &request = options.request;
  options.target =
      app.add_option(
             "--target", request.target,
             "host, x86-64-v2, x86-64-v3, x86-64-v4, aarch64, armv8.2-a+dotprod, riscv64, rv64gc, wasm32, "
             "cortex-m4 and the like, rv32imac, rv32imafc, or a CPU's name; with -windows, -macos or -none "
             "behind it for other systems than Linux; several with commas between them: the library takes "
             "the "
             "best that the CPU has; then any of +opencl, +cuda, +sm_50 ... +sm_86: code for a device beside "
             "it")
          ->type_name("T");
  addImportOptions(app, options);
  options.compiling = {
      options.target,
      app.add_option_function<std::string>(
             "--batch", [&request](const std::string &text) { setBatch(text, request); },
             "images a run (default: what the model's file says, or 1); 1..N: any number up to N")
          ->type_name("N")
          ->check(batchOrRange()),
      app.add_option("--runtime", request.runtime,
                     "what the library may count on: system, or none: bare metal, one thread, nothing but "
                     "memcpy, memmove and memset (default: what the target has)")
          ->type_name("R")
          ->check(CLI::IsMember({"system", "none"})),
      app.add_option("--scratch", request.scratch,
                     "whose memory a run works in: caller, or static: the library's own, on bare metal and "
                     "for wasm32")
          ->type_name("S")
          ->check(CLI::IsMember({"caller", "static"})),
      app.add_flag("--any", request.anyBatch, "with --batch N: any number of images up to N"),
      app.add_option("--prefix", request.prefix,
                     "what the model is called, and what the names of its functions and macros begin with "
                     "(default: as its file says)")
          ->type_name("NAME"),
      app.add_option("-j,--jobs", request.jobs, "kernels compiled at once (default: one a core)")
          ->type_name("N")
          ->check(wholeNumber(1, 256)),
      app.add_option("--precision", request.precision,
                     "how devices store weights and what lies between layers: f32 or f16; sums are f32")
          ->type_name("P")
          ->check(CLI::IsMember({"f32", "f16"})),
      app.add_flag("--exact", request.exact,
                   "sums as they are written: no Winograd transforms (docs/numerics.md)")};
}

void addBuildOptions(CLI::App &app, BuildOptions &options) {
  addTargetOptions(app, options);
  Request &request = options.request;
  for (const CLI::Option *option :
       {app.add_option(
               "--schedule", request.scheduleFile,
               "compile kernels with these schedules: lines of NAME: SCHEDULE, as bench --json has them; "
               "NAME@opencl: SCHEDULE is for a device's kernel")
            ->type_name("FILE"),
        app.add_option("--db", request.database,
                       "schedules that `ninc tune` has found, from FILE instead of the usual database")
            ->type_name("FILE"),
        app.add_flag("--no-db", request.withoutDatabase, "schedules by the cost model alone")
            ->excludes("--db"),
        app.add_option(
               "--cpu", request.cpu,
               "use what was tuned on this CPU, as `ninc tune --list` names it (default: this machine's)")
            ->type_name("CPU"),
        app.add_flag("--remarks", options.remarks, "say what was fused, and why something was not")})
    options.compiling.push_back(option);
}

Result<void> checkRunOptions(const CLI::App &command, const BuildOptions &options, const std::string &library,
                             bool readsModel) {
  if (auto fits = checkDeviceOptions(command, options.request.device); !fits) return fits;
  if (options.request.externalWeights)
    return tl::unexpected(
        Error{ErrorKind::usage, "--weights external is for a library that is kept: ninc MODEL -o LIB"});
  std::vector<const CLI::Option *> beforehand = options.compiling;
  if (!readsModel) beforehand.insert(beforehand.end(), options.importing.begin(), options.importing.end());
  for (const CLI::Option *option : beforehand)
    if (!library.empty() && option->count() > 0)
      return tl::unexpected(
          Error{ErrorKind::usage, fmt::format("{} is for compiling, but '{}' is compiled already",
                                              option->get_name(), library)});
  return {};
}

} // namespace ninc
