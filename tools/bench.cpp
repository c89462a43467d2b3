// ninc bench MODEL|LIB

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "driver/Benchmark.h"
#include "driver/CompileCached.h"
#include "driver/ModelRunner.h"
#include "support/StandardStreams.h"
#include "tools/BuildOptions.h"
#include "tools/Commands.h"
#include "tools/DeviceOption.h"
#include "tools/NumberOptions.h"
#include "tools/Report.h"

namespace ninc {

namespace {

struct Options {
  BuildOptions build;
  double seconds = 1.0;
  bool json = false;
  RunShape shape{0, 0}; // 0 images: as many as the library runs at most
};

double gigaflops(std::int64_t macs, double seconds) {
  return seconds > 0 ? 2e-9 * static_cast<double>(macs) / seconds : 0;
}

struct Report {
  const LoadedModel &library;
  const ModelTiming &timing;
  const Place &place;
  const Peak &best;
  double peak = best.gigaflops;

  const ninc_model &model() const { return library.descriptor(); }
  std::int64_t macs() const { return model().sizes[library.shape().size].macs; }
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
  const bool computed = report.place.device.kind == NINC_DEVICE_CUDA;
  return fmt::format("peak {}: {:.1f} GFLOP/s on {}",
                     computed ? "as the data sheet has it" : "measured beside it", report.peak,
                     toString(report.place));
}

void printTable(const Report &report) {
  const ninc_model &model = report.model();
  const ModelTiming &timing = report.timing;
  answer("{}: {}, {}, batch {}, {} runs\n", model.name, compiledFor(report.library), toString(report.place),
         report.library.images(), timing.runs);
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
    printRow(report, "all kernels", timing.device->kernels, report.macs());
    printRow(report, "copy in", timing.device->copiesIn, 0);
    printRow(report, "copy out", timing.device->copiesOut, 0);
  }
  const auto images = static_cast<double>(report.library.images());
  const Distribution image{timing.seconds.min / images, timing.seconds.median / images,
                           timing.seconds.p99 / images};
  printRow(report, timing.device ? "whole model, host to host" : "whole model", image, report.macs());
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
                         {"target", compiledFor(report.library)},
                         {"device", toString(report.place.device)},
                         {"threads", report.place.threads},
                         {"batch", report.library.images()},
                         {"runs", timing.runs},
                         {"min_ms", timing.seconds.min * 1e3},
                         {"median_ms", timing.seconds.median * 1e3},
                         {"p99_ms", timing.seconds.p99 * 1e3},
                         {"gflops", gigaflops(report.macs() * report.library.images(), timing.seconds.min)},
                         {"peak_gflops", report.peak},
                         {"kernels", kernels}};
  if (timing.device) {
    told["device_name"] = driversNameOf(report.place);
    told["kernels_ms"] = timing.device->kernels.min * 1e3;
    told["copy_in_ms"] = timing.device->copiesIn.min * 1e3;
    told["copy_out_ms"] = timing.device->copiesOut.min * 1e3;
  }
  return told;
}

// The library, and where it runs.
struct ToMeasure {
  LoadedModel library;
  Place place;
};

Result<ToMeasure> openModel(const Options &options) {
  const Request &request = options.build.request;
  if (isLibrary(request.model)) {
    Result<LoadedModel> library = LoadedModel::open(request.model, request.threads, request.device);
    if (!library) return tl::unexpected(library.error());
    return ToMeasure{std::move(*library), {request.device, request.threads}};
  }
  const Listener listener = printingListener(options.build.remarks);
  Result<Build> build = resolve(request);
  if (!build) return tl::unexpected(build.error());
  Result<WrittenModel> model = readModel(request, WeightLoading::bind, listener);
  if (!model) return tl::unexpected(model.error());
  build->batch = model->batch;
  Result<CachedLibrary> cached = cachedLibrary(*model, *build, listener);
  if (!cached) return tl::unexpected(cached.error());
  Result<LoadedModel> library = LoadedModel::open(cached->path, request.threads, request.device);
  if (!library) return tl::unexpected(library.error());
  return ToMeasure{std::move(*library), build->place};
}

Result<void> benchModel(const Options &options) {
  Result<ToMeasure> opened = openModel(options);
  if (!opened) return tl::unexpected(opened.error());
  const RunShape usual = opened->library.shape();
  const RunShape shape{options.shape.size, options.shape.images > 0 ? options.shape.images : usual.images};
  if (auto offered = opened->library.use(shape); !offered) return offered;
  if (const auto doubt = doubtAboutTimes(opened->place)) warn(*doubt);
  Result<Benchmark> measured = benchmark(opened->library, opened->place, options.seconds);
  if (!measured) return tl::unexpected(measured.error());
  const Report report{opened->library, measured->timing, opened->place, measured->peak};
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
  bench
      ->add_option("MODEL|LIB", options->build.request.model,
                   "a model, .nin, .onnx or .prototxt (compiled into a cache first), or a .so")
      ->required()
      ->type_name("");
  bench->add_option("--threads", options->build.request.threads, "threads of the team")
      ->type_name("N")
      ->check(wholeNumber(1, 1024));
  bench->add_option("--seconds", options->seconds, "how long to measure")
      ->type_name("S")
      ->check(finiteNumber() & CLI::PositiveNumber & CLI::Range(0.0, 3600.0));
  bench->add_option("--size", options->shape.size, "of a library of several sizes the one of this number")
      ->type_name("N")
      ->check(wholeNumber(0, 1U << 16));
  bench
      ->add_option("--images", options->shape.images,
                   "images a run of a library that takes any number (default: as many as it takes)")
      ->type_name("N")
      ->check(wholeNumber(1, 1U << 20));
  bench->add_flag("--json", options->json, "the table for programs");
  addDeviceOption(*bench, options->build.request.device);
  addBuildOptions(*bench, options->build);
  bench->footer("Example:\n"
                "  ninc bench examples/nin_cifar10.nin --threads 2\n"
                "  ninc bench examples/nin_cifar10.nin --device opencl --batch 16\n"
                "Quote the minimum when comparing on one machine; the rest says how noisy it was.");
  bench->callback([&chosen, bench, options] {
    chosen = [bench, options] {
      const std::string &model = options->build.request.model;
      Result<void> fits = checkRunOptions(*bench, options->build, isLibrary(model) ? model : "");
      return exitCode(fits ? benchModel(*options) : fits);
    };
  });
}

} // namespace ninc
