// ninc run MODEL|LIB --input NAME=FILE --output NAME=FILE

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <optional>

#include "driver/CompileCached.h"
#include "driver/ModelRunner.h"
#include "driver/NumberWarnings.h"
#include "support/StandardStreams.h"
#include "tools/BuildOptions.h"
#include "tools/Commands.h"
#include "tools/DeviceOption.h"
#include "tools/NumberOptions.h"
#include "tools/Report.h"
#include "tools/TensorFiles.h"

namespace ninc {

namespace {

struct Options {
  BuildOptions build;
  std::vector<std::string> inputs, outputs; // NAME=FILE
  ImageConversion conversion;
  bool reference = false;
  std::optional<std::int32_t> size; // of a library of several
};

// Where each output goes, once nothing is lost by that.
Result<std::vector<NamedFile>> outputsOf(const Options &options, const Signature &signature,
                                         const WrittenModel *model = nullptr) {
  Result<std::vector<NamedFile>> files = outputFiles(signature, options.outputs);
  if (!files) return files;
  Result<std::vector<NamedFile>> read = inputFiles(signature, options.inputs);
  if (!read) return read;
  std::vector<OutputFile> outputs;
  for (const NamedFile &file : *files)
    outputs.push_back(
        {fmt::format("output {}", signature.outputs[file.index].name), file.file, OutputKind::array});
  std::vector<InputFile> inputs = model ? inputsOf(options.build.request, &model->graph, model->origin.files)
                                        : inputsOf(options.build.request);
  for (const NamedFile &file : *read)
    inputs.push_back({fmt::format("input {}", signature.inputs[file.index].name), file.file});
  if (auto fit = checkOutputs(outputs, inputs); !fit) return tl::unexpected(fit.error());
  return files;
}

Result<ModelRunner> makeRunner(const Options &options) {
  const Request &request = options.build.request;
  if (isLibrary(request.model)) {
    if (options.reference)
      return tl::unexpected(Error{ErrorKind::usage, "--reference interprets a model's text, not a library"});
    return libraryRunner(request.model, {request.device, request.threads});
  }
  const Listener listener = printingListener(options.build.remarks);
  Result<WrittenModel> model = readModel(request, WeightLoading::bind, listener);
  if (!model) return tl::unexpected(model.error());
  // Before minutes may go by.
  if (auto fit = outputsOf(options, signatureOf(model->graph), &*model); !fit)
    return tl::unexpected(fit.error());
  if (options.reference) return referenceRunner(std::move(model->graph));
  Result<Build> build = resolve(request);
  if (!build) return tl::unexpected(build.error());
  build->batch = model->batch;
  Result<CachedLibrary> library = cachedLibrary(*model, *build, listener);
  if (!library) return tl::unexpected(library.error());
  return libraryRunner(library->path, build->place);
}

bool isDistribution(const Tensor &tensor) {
  if (tensor.shape.size() != 1 || tensor.data.size() < 2) return false;
  double sum = std::accumulate(tensor.data.begin(), tensor.data.end(), 0.0);
  return std::abs(sum - 1) < 1e-3 && std::ranges::all_of(tensor.data, [](float p) { return p >= 0; });
}

void printTop(const std::string &name, const Tensor &distribution) {
  std::vector<std::size_t> order(distribution.data.size());
  std::iota(order.begin(), order.end(), 0);
  std::size_t shown = std::min<std::size_t>(5, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(shown), std::greater<>{},
                            [&](std::size_t i) { return distribution.data[i]; });
  answer("{}: top {}\n", name, shown);
  for (std::size_t i = 0; i < shown; ++i)
    answer("  {:5}  {:.4f}\n", order[i], distribution.data[order[i]]);
}

void printSummary(const std::string &name, const Tensor &tensor) {
  auto [least, most] = std::ranges::minmax(tensor.data);
  double mean = std::accumulate(tensor.data.begin(), tensor.data.end(), 0.0) / double(tensor.data.size());
  answer("{}: {} min {:.6g} mean {:.6g} max {:.6g}\n", name, toString(tensor.shape), least, mean, most);
}

// Each output of all images, one image behind the other. A library of batch B takes B at a time.
Result<std::vector<std::vector<float>>> runAll(const ModelRunner &runner, const ImageSet &images) {
  const Signature &signature = runner.signature;
  std::vector<std::vector<float>> collected(signature.outputs.size());
  NumberWarnings warnings(signature, runner.library.get());
  Diagnostics ofInputs;
  warnings.ofInputs(images.inputs, ofInputs);
  printDiagnostics(ofInputs);
  for (std::int64_t first = 0; first < images.count; first += signature.batch) {
    const std::int64_t count = std::min(signature.batch, images.count - first);
    if (auto taken = runner.takeImages(count); !taken) return tl::unexpected(taken.error());
    const std::vector<Tensor> inputs = images.slice(first, count);
    Diagnostics diagnostics;
    Result<void> looked = warnings.ofKernels(inputs, diagnostics);
    printDiagnostics(diagnostics);
    if (!looked) return tl::unexpected(looked.error());
    Result<std::vector<Tensor>> outputs = runner.run(inputs);
    if (!outputs) return tl::unexpected(outputs.error());
    Diagnostics ofOutputs;
    warnings.ofOutputs(*outputs, ofOutputs);
    printDiagnostics(ofOutputs);
    for (std::size_t i = 0; i < outputs->size(); ++i)
      collected[i].insert(collected[i].end(), (*outputs)[i].data.begin(), (*outputs)[i].data.end());
  }
  return collected;
}

// Reads the inputs, and takes the library's size that they are of: the first one that they fit.
Result<ImageSet> readInputsFor(const Options &options, ModelRunner &runner) {
  const std::int32_t sizes = runner.library ? runner.library->descriptor().n_sizes : 1;
  Result<ImageSet> images = tl::unexpected(Error{});
  bool isOfExtents = false; // what is wrong isn't the same at all sizes
  for (std::int32_t size = options.size.value_or(0); size < sizes || options.size; ++size) {
    Result<ModelRunner> sized = atSize(runner, size);
    if (!sized) return tl::unexpected(sized.error());
    Result<ImageSet> read = readInputs(sized->signature, options.inputs, options.conversion);
    if (read || options.size) {
      runner = std::move(*sized);
      return read;
    }
    if (size == 0)
      images = std::move(read); // whose complaint stands for all
    else
      isOfExtents |= read.error().message != images.error().message;
  }
  if (isOfExtents)
    images.error().message += fmt::format("; the library has {} sizes, which `ninc show` lists", sizes);
  return images;
}

// Runs the model over all images that the files hold.
Result<void> runFiles(const Options &options) {
  Result<ModelRunner> runner = makeRunner(options);
  if (!runner) return tl::unexpected(runner.error());
  if (auto fits = outputsOf(options, runner->signature); !fits) return tl::unexpected(fits.error());
  auto images = readInputsFor(options, *runner);
  if (!images) return tl::unexpected(images.error());
  const Signature &signature = runner->signature;
  auto requested = outputsOf(options, signature);
  if (!requested) return tl::unexpected(requested.error());
  const std::int64_t count = images->count, batch = signature.batch;
  if (count % batch != 0 && runner->leastBatch == batch)
    return fail(fmt::format("the model runs {} images at a time, but {} were given", batch, count));
  auto collected = runAll(*runner, *images);
  if (!collected) return tl::unexpected(collected.error());

  for (const auto &[index, file] : *requested) {
    Shape shape = signature.outputs[index].shape;
    if (images->batched || batch > 1) shape.insert(shape.begin(), count);
    if (auto written = writeTensor(file, {shape, (*collected)[index]}, signature.outputs[index].element);
        !written)
      return written;
  }
  for (std::size_t i = 0; i < collected->size() && count == 1; ++i) {
    const Tensor tensor{signature.outputs[i].shape, (*collected)[i]};
    if (isDistribution(tensor))
      printTop(signature.outputs[i].name, tensor);
    else if (requested->empty())
      printSummary(signature.outputs[i].name, tensor);
  }
  if (count > 1) answer("{} images\n", count);
  return {};
}

} // namespace

void addRun(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<Options>();
  CLI::App *run = app.add_subcommand("run", "run a model or a compiled library on files");
  run->add_option("MODEL|LIB", options->build.request.model,
                  "a model, .nin, .onnx or .prototxt (compiled into a cache first), or a .so")
      ->required()
      ->type_name("");
  run->add_option("--input", options->inputs, "an input's file: .npy, PNG or JPEG")->type_name("NAME=FILE");
  run->add_option("--output", options->outputs, "where an output goes: .npy")->type_name("NAME=FILE");
  run->add_option("--mean", options->conversion.mean,
                  "subtracted from each channel (one number, or one a channel)")
      ->delimiter(',')
      ->type_name("M[,M...]")
      ->check(finiteNumber());
  run->add_option("--scale", options->conversion.scale, "then multiplied (one number, or one a channel)")
      ->delimiter(',')
      ->type_name("S[,S...]")
      ->check(finiteNumber());
  run->add_option("--layout", options->conversion.layout,
                  "order of the channels that the model wants: rgb or bgr")
      ->check(CLI::IsMember({"rgb", "bgr"}));
  run->add_option("--threads", options->build.request.threads, "threads of the team")
      ->type_name("N")
      ->check(wholeNumber(1, 1024));
  run->add_option(
         "--size", options->size,
         "of a library of several sizes the one of this number (default: the first that the inputs fit)")
      ->type_name("N")
      ->check(wholeNumber(0, 1U << 16));
  run->add_flag("--reference", options->reference, "interpret the model instead of compiling it");
  addDeviceOption(*run, options->build.request.device);
  addBuildOptions(*run, options->build);
  run->footer(
      "Example:\n"
      "  ninc run model.so --input image=cat.png --mean 104,117,123 --layout bgr --output prob=prob.npy\n"
      "A .npy file may hold one input or any number of them, along an extra first dimension.\n"
      "Where there is one input, FILE alone will do. What stands before the first = is a name if it can be\n"
      "one: runs/lr=0.1/x.npy is a file, and so is ./lr=0.1.npy.");
  run->callback([&chosen, run, options] {
    chosen = [run, options] {
      const std::string &model = options->build.request.model;
      Result<void> fits = checkRunOptions(*run, options->build, isLibrary(model) ? model : "");
      return exitCode(fits ? runFiles(*options) : fits);
    };
  });
}

} // namespace ninc
