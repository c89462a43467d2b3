// ninc show MODEL|LIB

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "driver/CompileModel.h"
#include "driver/ModelListing.h"
#include "driver/ProgramListing.h"
#include "support/StandardStreams.h"
#include "tools/BuildOptions.h"
#include "tools/Commands.h"
#include "tools/LibraryTable.h"
#include "tools/ProgramTable.h"
#include "tools/Report.h"

namespace ninc {

namespace {

struct Options {
  BuildOptions build;
  std::string after;  // "passes", a pass's name, or empty: the model as written
  bool plans = false; // show what becomes of the optimised graph on the request's targets
  bool json = false;
};

// 1234567 -> "1,234,567".
std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > 0; place -= 3)
    digits.insert(static_cast<std::size_t>(place), ",");
  return digits;
}

std::string shapesOf(const LayerRow &row) {
  std::string text;
  for (const Shape &shape : row.shapes)
    text += (text.empty() ? "" : ", ") + toString(shape);
  return text;
}

// Rows are of one image, whatever the batch; a usual one isn't said.
void printTable(const ModelListing &model, std::int64_t batch) {
  std::size_t nameWidth = 5, shapeWidth = 5;
  for (const LayerRow &row : model.layers) {
    nameWidth = std::max(nameWidth, row.name.size());
    shapeWidth = std::max(shapeWidth, shapesOf(row).size());
  }
  answer("{}{}\n", model.name,
         batch == 1 ? "" : fmt::format(", a batch of {}; the rows are of one image", batch));
  auto line = [&](const std::string &name, const std::string &shape, const std::string &parameterText,
                  const std::string &macText, const std::string &op) {
    std::string text = fmt::format("{:{}}  {:{}}  {:>12}  {:>15}  {}", name, nameWidth, shape, shapeWidth,
                                   parameterText, macText, op);
    text.erase(text.find_last_not_of(' ') + 1);
    answer("{}\n", text);
  };
  line("value", "shape", "parameters", "MACs", "op");
  for (const LayerRow &row : model.layers)
    line(row.name, shapesOf(row), row.parameters ? grouped(row.parameters) : "",
         row.macs ? grouped(row.macs) : "", row.op);
  line("total", "", grouped(model.parameters), grouped(model.macs), "");
  answer("output {}\n", fmt::join(model.outputs, ", "));
}

nlohmann::json toJson(const ModelListing &model, std::int64_t batch) {
  nlohmann::json layers = nlohmann::json::array();
  for (const LayerRow &row : model.layers)
    layers.push_back({{"name", row.name},
                      {"op", row.op},
                      {"shapes", row.shapes},
                      {"parameters", row.parameters},
                      {"macs", row.macs}});
  return {{"model", model.name}, {"batch", batch},   {"parameters", model.parameters},
          {"macs", model.macs},  {"layers", layers}, {"outputs", model.outputs}};
}

// The graph after the pass of that name, or at the end of the pipeline.
Result<Graph> after(const std::string &stage, const WrittenModel &model, Listener listener) {
  std::optional<Graph> snapshot;
  listener.afterPass = [&](const Pass &pass, const Graph &current, bool) {
    if (pass.name == stage) snapshot = current.clone();
  };
  Result<Graph> optimised = optimise(model, listener);
  if (!optimised || stage == "passes") return optimised;
  if (snapshot) return std::move(*snapshot);
  std::string known;
  for (const Pass &pass : allPasses())
    known += fmt::format(", {}", pass.name);
  return tl::unexpected(
      Error{ErrorKind::usage, fmt::format("--after: no pass '{}'; there are passes{}", stage, known)});
}

Result<std::vector<TargetListing>> targetsOf(std::span<const Graph> optimised, std::int64_t batch,
                                             const Request &request, const Listener &listener) {
  Result<Build> build = resolve(request);
  if (!build) return tl::unexpected(build.error());
  build->batch = batch;
  Result<ScheduleSources> schedules = openSchedules(*build, listener);
  if (!schedules) return tl::unexpected(schedules.error());
  return listProgram(optimised, *build, *schedules);
}

Result<void> showModel(const Options &options) {
  const Listener listener = printingListener(options.build.remarks);
  // Passes fold numbers, so they need the weights; the table of a model as written doesn't.
  const WeightLoading weights = options.after.empty() ? WeightLoading::skip : WeightLoading::bind;
  Result<WrittenModel> model = readModel(options.build.request, weights, listener);
  if (!model) return tl::unexpected(model.error());
  if (!options.after.empty()) {
    Result<Graph> later = after(options.after, *model, listener);
    if (!later) return tl::unexpected(later.error());
    model->graph = std::move(*later);
  }
  Result<std::vector<TargetListing>> targets;
  if (options.plans)
    targets = targetsOf(std::span(&model->graph, 1), model->batch, options.build.request, listener);
  if (!targets) return tl::unexpected(targets.error());
  const ModelListing listing = listModel(model->graph);
  if (options.json) {
    nlohmann::json told = toJson(listing, model->batch);
    if (options.plans) told["targets"] = toJson(*targets);
    answer("{}\n", told.dump(2));
    return {};
  }
  printTable(listing, model->batch);
  printTargets(*targets);
  return {};
}

Result<void> showLibrary(const Options &options) {
  Result<LibraryListing> listing = listLibrary(options.build.request.model);
  if (!listing) return tl::unexpected(listing.error());
  if (options.json)
    answer("{}\n", toJson(*listing).dump(2));
  else
    printLibrary(*listing);
  return {};
}

// What is run is known after all passes, and for a target.
Result<void> checkPlanOptions(const Options &options) {
  if (options.plans && options.after != "passes")
    return tl::unexpected(
        Error{ErrorKind::usage, "--target shows what is run after all passes: it needs --after passes"});
  for (const CLI::Option *option : options.build.compiling)
    if (!options.plans && option->count() > 0 && option->get_name() != "--remarks")
      return tl::unexpected(Error{
          ErrorKind::usage, fmt::format("{} matters to what is run: it needs --target", option->get_name())});
  return {};
}

} // namespace

void addShow(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<Options>();
  CLI::App *show = app.add_subcommand("show", "layers, shapes, parameters and multiply-accumulates");
  show->add_option("MODEL|LIB", options->build.request.model,
                   "a model, .nin, .onnx or .prototxt, or a .so: its versions, sizes, bytes and symbols")
      ->required()
      ->type_name("");
  show->add_option("--after", options->after, "the IR after `passes` (all of them) or after one")
      ->type_name("PASS");
  addBuildOptions(*show, options->build);
  show->add_flag("--json", options->json, "the table for programs");
  show->footer("Example:\n"
               "  ninc show examples/nin_cifar10.nin --after passes\n"
               "  ninc show examples/nin_cifar10.nin --after passes --target host+opencl\n"
               "  ninc show model.so\n"
               "A picture: ninc MODEL -o model.dot && dot -Tsvg model.dot -o model.svg");
  show->callback([&chosen, show, options] {
    chosen = [show, options] {
      options->plans = options->build.target->count() > 0;
      if (const std::string &file = options->build.request.model; isLibrary(file)) {
        Result<void> fits =
            options->after.empty()
                ? checkRunOptions(*show, options->build, file)
                : Result<void>(tl::unexpected(
                      Error{ErrorKind::usage, "--after is for models: a library is past all passes"}));
        return exitCode(fits ? showLibrary(*options) : fits);
      }
      Result<void> fits = checkPlanOptions(*options);
      return exitCode(fits ? showModel(*options) : fits);
    };
  });
}

} // namespace ninc
