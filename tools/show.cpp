// ninc show MODEL

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "codegen/Compile.h"
#include "ir/Printer.h"
#include "ir/ops/OpCost.h"
#include "ir/ops/Parameters.h"
#include "support/StandardStreams.h"
#include "tools/Build.h"
#include "tools/Commands.h"
#include "tools/Schedules.h"
#include "tools/TargetPlan.h"

namespace ninc {

namespace {

struct Options {
  BuildRequest build;
  std::string after;  // "passes", a pass's name, or empty: the model as written
  bool plans = false; // show what becomes of the optimised graph on the request's targets
  bool json = false;
};

// One line of the table.
struct Row {
  std::string name;
  std::string op;
  std::vector<Shape> shapes;
  std::int64_t parameters = 0;
  std::int64_t macs = 0;
};

std::vector<Row> rowsOf(const Graph &graph) {
  std::vector<Row> rows;
  for (Node node : graph.topologicalOrder()) {
    std::vector<TensorType> operands = graph.operandTypes(node);
    Row row;
    for (std::size_t i = 0; i < graph.resultCount(node); ++i) {
      Value result = graph.result(node, i);
      row.name += (i ? ", " : "") + graph.name(result);
      row.shapes.push_back(graph.type(result).shape);
    }
    row.op = printOp(graph.op(node));
    row.parameters = parameterCount(graph.op(node), operands);
    row.macs = multiplyAccumulates(graph.op(node), operands);
    rows.push_back(std::move(row));
  }
  return rows;
}

struct Totals {
  std::int64_t parameters = 0, macs = 0;
};

// Each row fits; a table of the largest layers there can be adds up to more than an int64 holds, and stops
// there.
Totals totalsOf(const std::vector<Row> &rows) {
  auto add = [](std::int64_t &sum, std::int64_t number) {
    if (__builtin_add_overflow(sum, number, &sum)) sum = std::numeric_limits<std::int64_t>::max();
  };
  Totals totals;
  for (const Row &row : rows) {
    add(totals.parameters, row.parameters);
    add(totals.macs, row.macs);
  }
  return totals;
}

// 1234567 -> "1,234,567".
std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > 0; place -= 3)
    digits.insert(static_cast<std::size_t>(place), ",");
  return digits;
}

std::string shapesOf(const Row &row) {
  std::string text;
  for (const Shape &shape : row.shapes)
    text += (text.empty() ? "" : ", ") + toString(shape);
  return text;
}

void printTable(const Graph &graph) {
  std::vector<Row> rows = rowsOf(graph);
  std::size_t nameWidth = 5, shapeWidth = 5;
  auto [parameters, macs] = totalsOf(rows);
  for (const Row &row : rows) {
    nameWidth = std::max(nameWidth, row.name.size());
    shapeWidth = std::max(shapeWidth, shapesOf(row).size());
  }
  answer("{}\n", graph.name());
  auto line = [&](const std::string &name, const std::string &shape, const std::string &parameterText,
                  const std::string &macText, const std::string &op) {
    std::string text = fmt::format("{:{}}  {:{}}  {:>12}  {:>15}  {}", name, nameWidth, shape, shapeWidth,
                                   parameterText, macText, op);
    text.erase(text.find_last_not_of(' ') + 1);
    answer("{}\n", text);
  };
  line("value", "shape", "parameters", "MACs", "op");
  for (const Row &row : rows)
    line(row.name, shapesOf(row), row.parameters ? grouped(row.parameters) : "",
         row.macs ? grouped(row.macs) : "", row.op);
  line("total", "", grouped(parameters), grouped(macs), "");
  std::string outputs;
  for (Value value : graph.outputs())
    outputs += (outputs.empty() ? "" : ", ") + graph.name(value);
  answer("output {}\n", outputs);
}

nlohmann::json toJson(const Graph &graph) {
  nlohmann::json layers = nlohmann::json::array();
  std::vector<Row> rows = rowsOf(graph);
  auto [parameters, macs] = totalsOf(rows);
  for (const Row &row : rows) {
    layers.push_back({{"name", row.name},
                      {"op", row.op},
                      {"shapes", row.shapes},
                      {"parameters", row.parameters},
                      {"macs", row.macs}});
  }
  nlohmann::json outputs = nlohmann::json::array();
  for (Value value : graph.outputs())
    outputs.push_back(graph.name(value));
  return {{"model", graph.name()},
          {"parameters", parameters},
          {"macs", macs},
          {"layers", layers},
          {"outputs", outputs}};
}

// The graph after the pass of that name, or at the end of the pipeline.
Result<Graph> after(const std::string &stage, const Graph &graph, const BuildRequest &request,
                    const ModelSource &source) {
  std::optional<Graph> snapshot;
  PipelineOptions options;
  options.afterPass = [&](const Pass &pass, const Graph &current, bool) {
    if (pass.name == stage) snapshot = current.clone();
  };
  Result<Graph> optimised = optimise(graph, request, source, options);
  if (!optimised || stage == "passes") return optimised;
  if (snapshot) return std::move(*snapshot);
  std::string known;
  for (const Pass &pass : allPasses())
    known += fmt::format(", {}", pass.name);
  return tl::unexpected(
      Error{ErrorKind::usage, fmt::format("--after: no pass '{}'; there are passes{}", stage, known)});
}

// Kernels are compiled, since only then it is known what a device runs for one.
Result<Program> planFor(const Graph &optimised, const BuildRequest &request) {
  Result<CompileOptions> compiling = compileOptions(request);
  if (!compiling) return tl::unexpected(compiling.error());
  auto taken = takeSchedules(*compiling, request, optimised, tunedSchedules(request, compiling->target));
  if (!taken) return tl::unexpected(taken.error());
  return lower(optimised, *compiling);
}

Result<int> showModel(const Options &options) {
  ModelSource source;
  // Passes fold numbers, so they need the weights; the table of a model as written doesn't.
  WeightLoading weights = options.after.empty() ? WeightLoading::skip : WeightLoading::bind;
  Result<Graph> model = loadReported(options.build, weights, source);
  if (!model) return tl::unexpected(model.error());
  if (!options.after.empty()) {
    Result<Graph> later = after(options.after, *model, options.build, source);
    if (!later) return tl::unexpected(later.error());
    model = std::move(*later);
  }
  std::optional<Program> plan;
  if (options.plans) {
    Result<Program> lowered = planFor(*model, options.build);
    if (!lowered) return tl::unexpected(lowered.error());
    plan = std::move(*lowered);
  }
  if (options.json) {
    nlohmann::json told = toJson(*model);
    if (plan) told["targets"] = planToJson(*plan);
    answer("{}\n", told.dump(2));
    return 0;
  }
  printTable(*model);
  if (plan) printPlan(*plan);
  return 0;
}

// What is run is known after all passes, and for a target.
Result<void> checkPlanOptions(const CLI::App &command, const Options &options) {
  if (options.plans && options.after != "passes")
    return tl::unexpected(
        Error{ErrorKind::usage, "--target shows what is run after all passes: it needs --after passes"});
  for (const char *option :
       {"--batch", "--jobs", "--precision", "--exact", "--schedule", "--db", "--no-db", "--cpu"})
    if (!options.plans && command.count(option) > 0)
      return tl::unexpected(
          Error{ErrorKind::usage, fmt::format("{} matters to what is run: it needs --target", option)});
  return {};
}

} // namespace

void addShow(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<Options>();
  CLI::App *show = app.add_subcommand("show", "layers, shapes, parameters and multiply-accumulates");
  show->add_option("MODEL", options->build.model, "the model: .nin")->required()->type_name("");
  show->add_option("--after", options->after, "the IR after `passes` (all of them) or after one")
      ->type_name("PASS");
  addBuildOptions(*show, options->build);
  show->add_flag("--json", options->json, "the table for programs");
  show->footer("Example:\n"
               "  ninc show examples/nin_cifar10.nin --after passes\n"
               "  ninc show examples/nin_cifar10.nin --after passes --target host+opencl\n"
               "A picture: ninc MODEL -o model.dot && dot -Tsvg model.dot -o model.svg");
  show->callback([&chosen, show, options] {
    chosen = [show, options] {
      options->plans = show->count("--target") > 0;
      if (auto fits = checkPlanOptions(*show, *options); !fits) return reportError(fits.error());
      Result<int> code = showModel(*options);
      return code ? *code : reportError(code.error());
    };
  });
}

} // namespace ninc
