// ninc MODEL -o OUT

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <map>

#include "ir/Dot.h"
#include "ir/Printer.h"
#include "ir/Weights.h"
#include "support/Files.h"
#include "support/OutputPlace.h"
#include "support/Producer.h"
#include "support/StandardStreams.h"
#include "tools/Build.h"
#include "tools/Commands.h"
#include "tools/NumberOptions.h"
#include "tools/OutputFiles.h"
#include "tools/Schedules.h"

namespace ninc {

namespace {

struct Options {
  BuildRequest build;
  std::string output;
  std::string emit; // overrides the output's suffix
  std::string printAfter;
  bool saveTemps = false, verbose = false, dependencyFile = false;
};

struct OutputSuffix {
  OutputKind kind;
  std::optional<Product> product; // of the back end; without one it is made of the graph
};

// What an output file can be.
const std::map<std::string, OutputSuffix> suffixes = {{"so", {OutputKind::library, Product::sharedLibrary}},
                                                      {"a", {OutputKind::archive, Product::archive}},
                                                      {"o", {OutputKind::object, Product::object}},
                                                      {"h", {OutputKind::header, Product::header}},
                                                      {"ll", {OutputKind::llvmIr, Product::llvmIr}},
                                                      {"s", {OutputKind::assembly, Product::assembly}},
                                                      {"nin", {OutputKind::model, std::nullopt}},
                                                      {"dot", {OutputKind::drawing, std::nullopt}}};

std::string productList() {
  std::string list;
  for (const auto &[suffix, product] : suffixes)
    list += (list.empty() ? "." : " .") + suffix;
  return list;
}

Result<std::string> productOf(const Options &options) {
  std::string suffix = options.emit;
  if (suffix.empty() && std::filesystem::path(options.output).has_extension())
    suffix = std::filesystem::path(options.output).extension().string().substr(1);
  if (suffixes.contains(suffix)) return suffix;
  return tl::unexpected(
      Error{ErrorKind::usage,
            fmt::format("can't tell what to make from the suffix of '{}'; it may be {}, or say it "
                        "with --emit",
                        options.output, productList())});
}

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

std::filesystem::path beside(const Options &options, const char *suffix) {
  return std::filesystem::path(options.output).replace_extension(suffix);
}

// Everything that will be written; a stream has nothing beside it.
std::vector<OutputFile> outputsOf(const Options &options, const std::string &suffix) {
  std::vector<OutputFile> outputs{{"the output", options.output, suffixes.at(suffix).kind}};
  if (isStream(options.output)) return outputs;
  if (suffix == "so" || suffix == "a" || suffix == "o")
    outputs.push_back({"its header", beside(options, ".h"), OutputKind::header});
  if (suffix == "nin")
    outputs.push_back({"its weights", beside(options, ".safetensors"), OutputKind::weights});
  if (options.dependencyFile)
    outputs.push_back({"its rule for make", beside(options, ".d"), OutputKind::makeRule});
  return outputs;
}

// A model's text as ninc writes it.
std::string ownText(const Graph &graph) {
  return fmt::format("# The IR after all passes, {} {}\n{}", madeByNinc, NINC_VERSION, print(graph));
}

// The IR after the passes, with the weights that belong to it beside it; to a stream goes the text alone.
Result<void> writeModelText(Graph graph, const std::filesystem::path &output) {
  std::filesystem::path weights = std::filesystem::path(output).replace_extension(".safetensors");
  graph.weightSource = {WeightSource::Kind::file, weights.filename().string(), 0, {}};
  if (!isStream(output))
    if (auto written = writeWeights(graph, weights); !written) return written;
  return writeAtomically(output, ownText(graph));
}

// A path as make reads it.
std::string escapedForMake(const std::filesystem::path &path) {
  std::string escaped;
  for (char c : path.string()) {
    if (c == ' ' || c == '\t' || c == '#') escaped += '\\';
    if (c == '$') escaped += '$';
    escaped += c;
  }
  return escaped;
}

// Make's rule for the output: everything that was read to make it.
Result<void> writeDependencyFile(const Graph &model, const Options &options) {
  std::string rule = escapedForMake(options.output) + ":";
  for (const InputFile &input : inputsOf(options.build, &model))
    rule += " " + escapedForMake(input.path);
  return writeAtomically(beside(options, ".d"), rule + "\n");
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
  say("  kernels {:.2f} s ({} steps, {} compiled), host module {:.2f} s, link {:.2f} s\n"
      "  weights {} bytes, scratch {} bytes\n",
      statistics.kernelSeconds, statistics.kernels, statistics.distinctKernels, statistics.hostSeconds,
      statistics.linkSeconds, statistics.weightBytes, statistics.scratchBytes);
  for (const DeviceStatistics &device : statistics.devices)
    say("  {}: {} kernels in {} launches, weights {} bytes, arena {} bytes\n", device.target, device.kernels,
        device.launches, device.weightBytes, device.arenaBytes);
}

// The folder for what lies between, with the IR in it. It is a new one, an empty one, or one that this
// command made for the same model: its names are so plain that others' files would hardly be missed at once.
Result<std::filesystem::path> temporaries(const Graph &optimised, const Options &options,
                                          std::span<const InputFile> inputs) {
  const std::filesystem::path folder = beside(options, ".temps");
  const OutputFile text{"the kept IR", folder / (optimised.name() + ".nin"), OutputKind::model};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(fmt::format("can't make '{}': {}", folder.string(), error.message()));
  const bool isEmpty = std::filesystem::is_empty(folder, error);
  if (error) return fail(fmt::format("can't read '{}': {}", folder.string(), error.message()));
  const auto bytes = std::filesystem::file_size(text.path, error);
  if (!isEmpty && (error || bytes == 0))
    return fail(
        fmt::format("'{}' isn't empty and holds no temporaries of '{}': delete it, or choose another name",
                    folder.string(), optimised.name()));
  if (auto fits = checkOutputs({&text, 1}, inputs); !fits) return tl::unexpected(fits.error());
  if (auto written = writeAtomically(text.path, ownText(optimised)); !written)
    return tl::unexpected(written.error());
  return folder;
}

// What the back end makes: code, or what belongs to it.
Result<void> generate(const Graph &optimised, Product product, const Options &options,
                      CompileOptions compiling, const ModelSource &source,
                      std::span<const InputFile> inputs) {
  CompileOutput output{product, options.output};
  if (options.saveTemps) {
    Result<std::filesystem::path> folder = temporaries(optimised, options, inputs);
    if (!folder) return tl::unexpected(folder.error());
    output.temporaries = std::move(*folder);
  }
  auto statistics = compileReported(optimised, output, std::move(compiling), options.build, source);
  if (!statistics) return tl::unexpected(statistics.error());
  if (product == Product::llvmIr || product == Product::assembly)
    say("ninc: note: '{}' has the host module alone, which calls the kernels; a .so, .a or .o has all\n",
        options.output);
  if (options.verbose) printStatistics(*statistics);
  return {};
}

Result<void> make(const Options &options) {
  if (auto known = checkPassName(options.printAfter); !known) return known;
  Result<std::string> suffix = productOf(options);
  if (!suffix) return tl::unexpected(suffix.error());
  if (options.saveTemps && isStream(options.output))
    return tl::unexpected(
        Error{ErrorKind::usage,
              fmt::format("--save-temps: '{}' has no place beside it for a folder", options.output)});
  Result<CompileOptions> compiling = compileOptions(options.build);
  if (!compiling) return tl::unexpected(compiling.error());

  ModelSource source;
  Result<Graph> model = loadReported(options.build, WeightLoading::bind, source);
  if (!model) return tl::unexpected(model.error());
  const std::vector<InputFile> inputs = inputsOf(options.build, &*model);
  if (auto fit = checkOutputs(outputsOf(options, *suffix), inputs); !fit) return fit;

  PipelineOptions pipeline;
  pipeline.afterPass = [&](const Pass &pass, const Graph &graph, bool changed) {
    if (options.printAfter != "all" && options.printAfter != pass.name) return;
    say("# after {}{}\n{}\n", pass.name, changed ? "" : " (no change)", print(graph));
  };
  std::vector<PassTiming> timings;
  Result<Graph> optimised = optimise(*model, options.build, source, pipeline, &timings);
  if (!optimised) return tl::unexpected(optimised.error());

  if (options.verbose) printTimings(timings);
  Result<void> written;
  if (*suffix == "nin")
    written = writeModelText(std::move(*optimised), options.output);
  else if (*suffix == "dot")
    written = writeAtomically(options.output, toDot(*optimised));
  else
    written =
        generate(*optimised, *suffixes.at(*suffix).product, options, std::move(*compiling), source, inputs);
  if (written && options.dependencyFile && !isStream(options.output))
    return writeDependencyFile(*model, options);
  return written;
}

} // namespace

void addCompile(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<Options>();
  app.add_option("MODEL", options->build.model, "the model to compile: .nin")->type_name("");
  app.add_option("-o,--output", options->output, "what to make, by suffix: " + productList())
      ->type_name("OUT");
  app.add_option("--emit", options->emit, "what to make, whatever the suffix: so, a, o, h, ll, s, nin, dot")
      ->type_name("KIND");
  addBuildOptions(app, options->build);
  app.add_option("--threads", options->build.threads,
                 "threads that the library will mostly be run with: whose tuned schedules count")
      ->type_name("N")
      ->check(wholeNumber(1, 1024));
  app.add_option("--print-ir-after", options->printAfter, "print the IR after a pass, or after `all`")
      ->type_name("PASS");
  app.add_flag("--save-temps", options->saveTemps,
               "keep the kernels' objects and the host module in OUT.temps/");
  app.add_flag("--MD", options->dependencyFile, "write OUT.d, a rule for make");
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
    chosen = [&app, options] {
      if (options->build.model.empty() && !options->output.empty())
        return reportError(
            {ErrorKind::usage, fmt::format("MODEL is missing: ninc MODEL -o {}", options->output)});
      if (options->build.model.empty()) {
        answer("{}", app.help());
        return static_cast<int>(ErrorKind::usage);
      }
      if (options->output.empty())
        return reportError({ErrorKind::usage, fmt::format("say what to make of '{}': -o OUT, with one of {}",
                                                          options->build.model, productList())});
      return exitCode(make(*options));
    };
  });
}

} // namespace ninc
