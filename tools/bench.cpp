// ninc bench MODEL|LIB

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "execution/Measurement.h"
#include "tools/Build.h"
#include "tools/Commands.h"
#include "tools/NumberOptions.h"
#include "tools/TensorFiles.h"

namespace ninc {

namespace {

struct Options {
  BuildRequest build;
  double seconds = 1.0;
  bool json = false;
};

// Time doesn't depend on the numbers, denormals apart: anything ordinary will do.
std::vector<Tensor> plainInputs(const ninc_model &model) {
  std::vector<Tensor> inputs;
  for (const NamedShape &input : signatureOf(model).inputs) {
    Tensor tensor{input.shape, {}};
    tensor.shape.insert(tensor.shape.begin(), model.batch);
    tensor.data.reserve(static_cast<std::size_t>(elementCount(tensor.shape)));
    for (std::int64_t i = 0; i < elementCount(tensor.shape); ++i)
      tensor.data.push_back(static_cast<float>(i % 255) / 255.0f - 0.5f);
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

double gigaflops(std::int64_t macs, double seconds) {
  return seconds > 0 ? 2e-9 * static_cast<double>(macs) / seconds : 0;
}

struct Report {
  const ninc_model &model;
  const ModelTiming &timing;
  int threads;
  double peak; // GFLOP/s
};

void printTable(const Report &report) {
  const auto &[model, timing, threads, peak] = report;
  fmt::print("{}: {}, {} thread{}, batch {}, {} runs\n", model.name, model.target, threads,
             threads == 1 ? "" : "s", model.batch, timing.runs);
  fmt::print("{:24} {:>10} {:>10} {:>10} {:>9} {:>7}\n", "ms an image", "min", "median", "p99", "GFLOP/s",
             "% peak");
  auto row = [&, peak = peak](const char *name, Distribution seconds, std::int64_t macs) {
    double rate = gigaflops(macs, seconds.min);
    fmt::print("{:24} {:10.4f} {:10.4f} {:10.4f}", name, seconds.min * 1e3, seconds.median * 1e3,
               seconds.p99 * 1e3);
    if (macs > 0) fmt::print(" {:9.1f} {:6.1f}%", rate, 100 * rate / peak);
    fmt::print("\n");
  };
  for (const KernelTiming &kernel : timing.kernels)
    row(kernel.kernel->name, kernel.seconds, kernel.kernel->macs);
  Distribution image{timing.seconds.min / model.batch, timing.seconds.median / model.batch,
                     timing.seconds.p99 / model.batch};
  row("whole model", image, model.macs);
  fmt::print("peak measured beside it: {:.1f} GFLOP/s on {} thread{}\n", peak, threads,
             threads == 1 ? "" : "s");
}

nlohmann::json toJson(const Report &report) {
  const auto &[model, timing, threads, peak] = report;
  nlohmann::json kernels = nlohmann::json::array();
  for (const KernelTiming &kernel : timing.kernels)
    kernels.push_back({{"name", kernel.kernel->name},
                       {"op", kernel.kernel->op},
                       {"schedule", kernel.kernel->schedule},
                       {"macs", kernel.kernel->macs},
                       {"bytes", kernel.kernel->bytes},
                       {"min_ms", kernel.seconds.min * 1e3},
                       {"median_ms", kernel.seconds.median * 1e3},
                       {"p99_ms", kernel.seconds.p99 * 1e3},
                       {"gflops", gigaflops(kernel.kernel->macs, kernel.seconds.min)}});
  return {{"model", model.name},
          {"target", model.target},
          {"threads", threads},
          {"batch", model.batch},
          {"runs", timing.runs},
          {"min_ms", timing.seconds.min * 1e3},
          {"median_ms", timing.seconds.median * 1e3},
          {"p99_ms", timing.seconds.p99 * 1e3},
          {"gflops", gigaflops(model.macs * model.batch, timing.seconds.min)},
          {"peak_gflops", peak},
          {"kernels", kernels}};
}

Result<void> benchModel(const Options &options) {
  std::filesystem::path library = options.build.model;
  if (!isLibrary(options.build.model)) {
    ModelSource source;
    Result<Graph> model = loadReported(options.build.model, WeightLoading::bind, source);
    if (!model) return tl::unexpected(model.error());
    auto cached = cachedLibrary(*model, options.build, source);
    if (!cached) return tl::unexpected(cached.error());
    library = *cached;
  }
  Result<LoadedModel> loaded = LoadedModel::open(library, options.build.threads);
  if (!loaded) return tl::unexpected(loaded.error());
  const ninc_model &model = loaded->descriptor();

  // The peak before and after: on a shared machine the better one is the machine's.
  double peak = measurePeakFlops(options.build.threads);
  TimingOptions timingOptions;
  timingOptions.minSeconds = options.seconds;
  Result<ModelTiming> timing = measure(*loaded, plainInputs(model), timingOptions);
  if (!timing) return tl::unexpected(timing.error());
  peak = std::max(peak, measurePeakFlops(options.build.threads));

  Report report{model, *timing, options.build.threads, peak * 1e-9};
  if (options.json)
    fmt::print("{}\n", toJson(report).dump(2));
  else
    printTable(report);
  return {};
}

} // namespace

void addBench(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<Options>();
  CLI::App *bench =
      app.add_subcommand("bench", "latency, per-kernel times and how far they are from the peak");
  bench->add_option("MODEL|LIB", options->build.model, "a .nin model (compiled into a cache first) or a .so")
      ->required()
      ->type_name("");
  bench->add_option("--threads", options->build.threads, "threads of the team")
      ->type_name("N")
      ->check(wholeNumber(1, 1024));
  bench->add_option("--seconds", options->seconds, "how long to measure")
      ->type_name("S")
      ->check(finiteNumber() & CLI::PositiveNumber & CLI::Range(0.0, 3600.0));
  bench->add_flag("--json", options->json, "the table for programs");
  addBuildOptions(*bench, options->build);
  bench->footer("Example:\n"
                "  ninc bench examples/nin_cifar10.nin --threads 2\n"
                "Quote the minimum when comparing on one machine; the rest says how noisy it was.");
  bench->callback([&chosen, bench, options] {
    chosen = [bench, options] {
      if (isLibrary(options->build.model))
        if (auto unused = checkNothingToBuild(*bench, options->build.model); !unused)
          return reportError(unused.error());
      return exitCode(benchModel(*options));
    };
  });
}

} // namespace ninc
