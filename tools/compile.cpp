// ninc MODEL -o OUT

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <memory>

#include "driver/CompileModel.h"
#include "ir/Printer.h"
#include "support/StandardStreams.h"
#include "tools/BuildOptions.h"
#include "tools/Commands.h"
#include "tools/NumberOptions.h"
#include "tools/Report.h"

namespace ninc {

namespace {

struct Options {
  BuildOptions build;
  std::string output;
  std::string printAfter;
  bool verbose = false;
  Outputs outputs;
};

Result<void> checkPassName(const std::string &name) {
  if (name.empty() || name == "all") return {};
  std::string known;
  for (const Pass &pass : allPasses()) {
    if (pass.name == name) return {};
    known += fmt::format(" {}", pass.name);
  }
  return tl::unexpected(
      Error{ErrorKind::usage, fmt::format("--print-ir-after: no pass '{}'; there are all,{}", name, known)});
}

void printTimings(const std::vector<PassTiming> &passes) {
  double seconds = 0;
  for (const PassTiming &pass : passes) {
    say("  pass {:32} {:8.1f} ms{}\n", pass.name, pass.seconds * 1e3, pass.changed ? "" : "  (no change)");
    seconds += pass.seconds;
  }
  say("  passes {:.2f} s\n", seconds);
}

void printStatistics(const CompileStatistics &statistics) {
  say("  kernels {:.2f} s ({} steps, {} compiled{}), host module {:.2f} s, link {:.2f} s\n"
      "  weights {} bytes, scratch {} bytes\n",
      statistics.kernelSeconds, statistics.kernels, statistics.distinctKernels,
      statistics.versions > 1 ? fmt::format(" for {} versions", statistics.versions) : "",
      statistics.hostSeconds, statistics.linkSeconds, statistics.weightBytes, statistics.scratchBytes);
  if (statistics.stackBytes) say("  stack at most {} bytes\n", *statistics.stackBytes);
  for (const DeviceStatistics &device : statistics.devices)
    say("  {}: {} kernels in {} launches, weights {} bytes, arena {} bytes\n", device.target, device.kernels,
        device.launches, device.weightBytes, device.arenaBytes);
}

// Prints the IR after passes and, if wanted, what they took.
Listener listenerFor(const Options &options) {
  Listener listener = printingListener(options.build.remarks);
  listener.afterPass = [&](const Pass &pass, const Graph &graph, bool changed) {
    if (options.printAfter != "all" && options.printAfter != pass.name) return;
    say("# after {}{}\n{}\n", pass.name, changed ? "" : " (no change)", print(graph));
  };
  if (options.verbose) listener.afterPasses = printTimings;
  return listener;
}

Result<void> compileModel(const Options &options) {
  if (auto known = checkPassName(options.printAfter); !known) return known;
  Result<Compiled> compiled = compileFile(options.build.request, options.outputs, listenerFor(options));
  if (!compiled) return tl::unexpected(compiled.error());
  if (compiled->product == Product::llvmIr || compiled->product == Product::assembly)
    say("ninc: note: '{}' has the host module alone, which calls the kernels; a .so, .a or .o has all\n",
        options.output);
  if (options.verbose && compiled->statistics) printStatistics(*compiled->statistics);
  return {};
}

int compileOrHelp(Options &options, const CLI::App &app) {
  const std::string &model = options.build.request.model;
  if (model.empty() && !options.output.empty())
    return reportError({ErrorKind::usage, fmt::format("MODEL is missing: ninc MODEL -o {}", options.output)});
  if (model.empty()) {
    answer("{}", app.help());
    return static_cast<int>(ErrorKind::usage);
  }
  if (options.output.empty())
    return reportError({ErrorKind::usage, fmt::format("say what to make of '{}': -o OUT, with one of {}",
                                                      model, outputSuffixes())});
  options.outputs.output = options.output;
  options.outputs.externalWeights = options.build.request.externalWeights;
  return exitCode(compileModel(options));
}

} // namespace

void addCompile(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<Options>();
  app.add_option("MODEL", options->build.request.model, "the model to compile: .nin, .onnx or .prototxt")
      ->type_name("");
  app.add_option("-o,--output", options->output, "what to make, by suffix: " + outputSuffixes())
      ->type_name("OUT");
  app.add_option("--emit", options->outputs.form,
                 "what to make, whatever the suffix: so, a, o, h, ll, s, nin, dot")
      ->type_name("KIND");
  addBuildOptions(app, options->build);
  app.add_option("--threads", options->build.request.threads,
                 "threads that the library will mostly be run with: whose tuned schedules count")
      ->type_name("N")
      ->check(wholeNumber(1, 1024));
  app.add_option("--print-ir-after", options->printAfter, "print the IR after a pass, or after `all`")
      ->type_name("PASS");
  app.add_flag("--save-temps", options->outputs.saveTemps,
               "keep the kernels' objects and the host module in OUT.temps/");
  app.add_flag("--MD", options->outputs.dependencyFile, "write OUT.d, a rule for make");
  app.add_flag("-v,--verbose", options->verbose, "say where the time went");
  app.footer("A library written to a device or a pipe comes without its header, a model's text without its "
             "weights. Of a library .ll and .s have the host module alone, which calls the kernels.\n"
             "Examples:\n"
             "  ninc examples/nin_cifar10.nin -o nin_cifar10.so     compile; nin_cifar10.h comes beside it\n"
             "  ninc model.nin -o model.o --target x86-64-v3        an object for any CPU with AVX2\n"
             "  ninc model.nin -o model.so --target host+opencl     a library with code for GPUs too\n"
             "  ninc model.nin -o fused.nin                         the IR after the passes\n"
             "  ninc verify model.nin                               every layer against the reference\n"
             "`ninc COMMAND --help` tells more.");
  app.callback([&app, &chosen, options] {
    if (!app.get_subcommands().empty()) return;
    chosen = [&app, options] { return compileOrHelp(*options, app); };
  });
}

} // namespace ninc
