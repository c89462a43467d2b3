#include "tools/TuneOptions.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <utility>

#include "tools/DeviceOption.h"
#include "tools/Duration.h"
#include "tools/NumberOptions.h"

namespace ninc {

namespace {

// Of the budget; the rest is for the whole models.
constexpr double searchShare = 0.95;

// A bundle measures nothing here, so what is about measuring can't be meant.
Result<void> checkBundleOptions(const TuneOptions &options) {
  if (options.bundle.empty()) return {};
  if (!options.build.request.device.isCpu())
    return tl::unexpected(Error{
        ErrorKind::usage, "a bundle's runner is for CPUs: tune for a device on the machine that has it"});
  const std::pair<const char *, bool> given[] = {{"--budget", !options.budget.empty()},
                                                 {"--report", !options.report.empty()},
                                                 {"--db", !options.build.request.database.empty()},
                                                 {"--json", options.json}};
  for (const auto &[name, isGiven] : given)
    if (isGiven)
      return tl::unexpected(
          Error{ErrorKind::usage, fmt::format("{} is for measuring here; --bundle doesn't", name)});
  return {};
}

} // namespace

void addTuneOptions(CLI::App &app, TuneOptions &options) {
  app.add_option("MODEL", options.models, "models whose kernels to tune: .nin, .onnx or .prototxt")
      ->type_name("");
  app.add_option("--budget", options.budget, "how long: 90s, 5m, 1h30m (default: until nothing more helps)")
      ->type_name("TIME");
  app.add_option("--threads", options.build.request.threads, "threads of the team that runs the model")
      ->type_name("N")
      ->check(wholeNumber(1, 1024));
  addDeviceOption(app, options.build.request.device);
  app.add_option("--db", options.build.request.database,
                 "the database (default: ninc/schedules.jsonl in $XDG_DATA_HOME or ~/.local/share)")
      ->type_name("FILE");
  app.add_option("--report", options.report, "write a page with the search's curves")->type_name("OUT.html");
  app.add_option("--shard", options.shard, "only every N-th kernel, from the I-th on, counted from 0")
      ->type_name("I/N");
  app.add_option("--bundle", options.bundle, "write a folder to run on another machine, don't measure here")
      ->type_name("DIR");
  app.add_option("--candidates", options.candidates,
                 "schedules of each kernel to try, however long it takes (default: as many as help; in a "
                 "bundle 24)")
      ->type_name("N")
      ->check(wholeNumber(1, 1000));
  app.add_flag("--json", options.json, "the table for programs");
  app.add_flag("--list", options.list, "what the database says, instead of tuning");
  app.add_option("--merge", options.merge,
                 "add what these databases or bundles' results hold to the database")
      ->type_name("FILE");
  app.add_flag("--prune", options.prune, "drop what nothing needs any more from the database");
  addTargetOptions(app, options.build);
  app.footer("Examples:\n"
             "  ninc tune examples/nin_cifar10.nin --budget 5m      Ctrl-C keeps what was found\n"
             "  ninc tune a.nin b.nin --threads 2 --db cluster.jsonl --shard 0/8\n"
             "  ninc tune --merge task0.jsonl task1.jsonl --db cluster.jsonl\n"
             "  ninc tune model.nin --device opencl --budget 5m\n"
             "  ninc tune model.nin --bundle board --target cortex-a72\n"
             "Later compiles for this CPU or device use what was found (docs/tuning.md).");
}

Result<void> checkTuneOptions(const TuneOptions &options) {
  const int others = (options.list ? 1 : 0) + (options.prune ? 1 : 0) + (options.merge.empty() ? 0 : 1);
  if (others + (options.models.empty() ? 0 : 1) != 1)
    return tl::unexpected(
        Error{ErrorKind::usage, "give models to tune, or one of --list, --merge FILE... and --prune"});
  if (options.models.size() > 1 && !options.build.request.weightFile.empty())
    return tl::unexpected(Error{ErrorKind::usage, "--weights is of one model, but there are several"});
  if (!options.models.empty()) return checkBundleOptions(options);
  if (!options.budget.empty() || !options.report.empty() || !options.bundle.empty() ||
      !options.shard.empty() || options.candidates || !options.build.request.device.isCpu())
    return tl::unexpected(Error{ErrorKind::usage, "there is nothing to tune: no model is given"});
  return {};
}

Result<std::optional<double>> searchSeconds(const TuneOptions &options) {
  if (options.budget.empty()) return std::nullopt;
  Result<double> seconds = parseDuration(options.budget);
  if (!seconds) return tl::unexpected(Error{ErrorKind::usage, "--budget: " + seconds.error().message});
  return searchShare * *seconds;
}

} // namespace ninc
