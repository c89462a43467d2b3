// ninc bench MODEL|LIB

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "execution/devices/Devices.h"
#include "execution/model/Measurement.h"
#include "support/StandardStreams.h"
#include "tools/Build.h"
#include "tools/Commands.h"
#include "tools/DeviceOption.h"
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

// What the place where the model runs reaches at best.
struct Peak {
  double gigaflops = 0; // a second; 0: unknown
  std::string why;      // it is unknown
};

Peak peakOf(const BuildRequest &request) {
  const Result<double> flops = request.device.isCpu()
                                   ? measurePeakFlops(request.threads)
                                   : measureDevicePeakFlops(request.device.kind, request.device.number);
  if (flops && *flops > 0) return {*flops * 1e-9, ""};
  if (request.device.isCpu()) return {0, flops.error().message};
  return {0, "the device's peak isn't known"};
}

struct Report {
  const LoadedModel &library;
  const ModelTiming &timing;
  const BuildRequest &request;
  Peak best;
  double peak = best.gigaflops;

  const ninc_model &model() const { return library.descriptor(); }
  // What a device runs for a kernel; the CPU calls it.
  int launchesOf(std::size_t kernel) const { return library.half() ? library.half()->launches[kernel] : 1; }
};

void printRow(const Report &report, const std::string &name, Distribution seconds, std::int64_t macs) {
  const double rate = gigaflops(macs, seconds.min);
  answer("{:24} {:10.4f} {:10.4f} {:10.4f}", name, seconds.min * 1e3, seconds.median * 1e3,
         seconds.p99 * 1e3);
  if (macs > 0) answer(" {:9.1f}", rate);
  if (macs > 0 && report.peak > 0) answer(" {:6.1f}%", 100 * rate / report.peak);
  answer("\n");
}

std::string peakLine(const Report &report) {
  if (report.peak <= 0) return report.best.why;
  const bool computed = report.request.device.kind == NINC_DEVICE_CUDA;
  return fmt::format("peak {}: {:.1f} GFLOP/s on {}",
                     computed ? "as the data sheet has it" : "measured beside it", report.peak,
                     placeOf(report.request));
}

void printTable(const Report &report) {
  const ninc_model &model = report.model();
  const ModelTiming &timing = report.timing;
  answer("{}: {}, {}, batch {}, {} runs\n", model.name, targetOf(report.library), placeOf(report.request),
         model.batch, timing.runs);
  answer("{:24} {:>10} {:>10} {:>10} {:>9} {:>7}\n", "ms an image", "min", "median", "p99", "GFLOP/s",
         "% peak");
  for (std::size_t k = 0; k < timing.kernels.size(); ++k) {
    const KernelTiming &kernel = timing.kernels[k];
    const int launches = report.launchesOf(k);
    printRow(report,
             launches > 1 ? fmt::format("{} ({} launches)", kernel.kernel->name, launches)
                          : kernel.kernel->name,
             kernel.seconds, kernel.kernel->macs);
  }
  if (timing.device) {
    printRow(report, "all kernels", timing.device->kernels, model.macs);
    printRow(report, "copy in", timing.device->copiesIn, 0);
    printRow(report, "copy out", timing.device->copiesOut, 0);
  }
  const Distribution image{timing.seconds.min / model.batch, timing.seconds.median / model.batch,
                           timing.seconds.p99 / model.batch};
  printRow(report, timing.device ? "whole model, host to host" : "whole model", image, model.macs);
  answer("{}\n", peakLine(report));
}

nlohmann::json toJson(const Report &report) {
  const ninc_model &model = report.model();
  const ModelTiming &timing = report.timing;
  nlohmann::json kernels = nlohmann::json::array();
  for (std::size_t k = 0; k < timing.kernels.size(); ++k) {
    const KernelTiming &kernel = timing.kernels[k];
    kernels.push_back({{"name", kernel.kernel->name},
                       {"op", kernel.kernel->op},
                       {"schedule", kernel.kernel->schedule},
                       {"macs", kernel.kernel->macs},
                       {"bytes", kernel.kernel->bytes},
                       {"min_ms", kernel.seconds.min * 1e3},
                       {"median_ms", kernel.seconds.median * 1e3},
                       {"p99_ms", kernel.seconds.p99 * 1e3},
                       {"gflops", gigaflops(kernel.kernel->macs, kernel.seconds.min)}});
    if (const int launches = report.launchesOf(k); launches > 1) kernels.back()["launches"] = launches;
  }
  nlohmann::json told = {{"model", model.name},
                         {"target", targetOf(report.library)},
                         {"device", toString(report.request.device)},
                         {"threads", report.request.threads},
                         {"batch", model.batch},
                         {"runs", timing.runs},
                         {"min_ms", timing.seconds.min * 1e3},
                         {"median_ms", timing.seconds.median * 1e3},
                         {"p99_ms", timing.seconds.p99 * 1e3},
                         {"gflops", gigaflops(model.macs * model.batch, timing.seconds.min)},
                         {"peak_gflops", report.peak},
                         {"kernels", kernels}};
  if (timing.device) {
    told["device_name"] = driversNameOf(report.request.device);
    told["kernels_ms"] = timing.device->kernels.min * 1e3;
    told["copy_in_ms"] = timing.device->copiesIn.min * 1e3;
    told["copy_out_ms"] = timing.device->copiesOut.min * 1e3;
  }
  return told;
}

Result<void> benchModel(const Options &options) {
  std::filesystem::path library = options.build.model;
  std::optional<CachedLibrary> cached;
  if (!isLibrary(options.build.model)) {
    ModelSource source;
    Result<Graph> model = loadReported(options.build, WeightLoading::bind, source);
    if (!model) return tl::unexpected(model.error());
    Result<CachedLibrary> found = cachedLibrary(*model, options.build, source);
    if (!found) return tl::unexpected(found.error());
    cached = std::move(*found);
    library = cached->path;
  }
  Result<LoadedModel> loaded = LoadedModel::open(library, options.build.threads, options.build.device);
  if (!loaded) return tl::unexpected(loaded.error());

  warnOfSharedCpus(options.build);
  // The peak before and after: on a shared machine the better one is the machine's.
  const Peak before = peakOf(options.build);
  TimingOptions timingOptions;
  timingOptions.minSeconds = options.seconds;
  Result<ModelTiming> timing = measure(*loaded, plainInputs(loaded->descriptor()), timingOptions);
  if (!timing) return tl::unexpected(timing.error());

  const Peak after = peakOf(options.build);
  const Report report{*loaded, *timing, options.build, before.gigaflops > after.gigaflops ? before : after};
  if (options.json)
    answer("{}\n", toJson(report).dump(2));
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
  addDeviceOption(*bench, options->build.device);
  addBuildOptions(*bench, options->build);
  bench->footer("Example:\n"
                "  ninc bench examples/nin_cifar10.nin --threads 2\n"
                "  ninc bench examples/nin_cifar10.nin --device opencl --batch 16\n"
                "Quote the minimum when comparing on one machine; the rest says how noisy it was.");
  bench->callback([&chosen, bench, options] {
    chosen = [bench, options] {
      if (auto fits = checkDeviceOptions(*bench, options->build.device); !fits)
        return reportError(fits.error());
      if (isLibrary(options->build.model))
        if (auto unused = checkNothingToBuild(*bench, options->build.model); !unused)
          return reportError(unused.error());
      return exitCode(benchModel(*options));
    };
  });
}

} // namespace ninc
