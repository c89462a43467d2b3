#include "tools/TuneSummary.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <vector>

#include "support/Counted.h"
#include "support/StandardStreams.h"
#include "tools/Duration.h"

namespace ninc {

namespace {

double ratio(double before, double after) {
  return before > 0 && after > 0 ? before / after : 1;
}

std::size_t failuresOf(const KernelSummary &kernel) {
  return static_cast<std::size_t>(std::ranges::count_if(
      kernel.candidates, [](const MeasuredCandidate &c) { return c.outcome != Outcome::ok; }));
}

// The middle one of the kernels' rank correlations; none where no kernel has one.
std::optional<double> medianCorrelation(const TuningSummary &summary) {
  std::vector<double> correlations;
  for (const KernelSummary &kernel : summary.kernels)
    if (kernel.rankCorrelation) correlations.push_back(*kernel.rankCorrelation);
  if (correlations.empty()) return std::nullopt;
  std::ranges::sort(correlations);
  const std::size_t middle = correlations.size() / 2;
  return correlations.size() % 2 == 1 ? correlations[middle]
                                      : (correlations[middle - 1] + correlations[middle]) / 2;
}

std::string milliseconds(double seconds) {
  return seconds > 0 ? fmt::format("{:.4f}", seconds * 1e3) : std::string("-");
}

void printKernel(const KernelSummary &kernel) {
  answer("{:20} {:>10} {:>10} {:>7.2f}x {:>6} {:>5} {:>6}  {}\n", kernel.name,
         milliseconds(kernel.defaultSeconds), milliseconds(kernel.tunedSeconds),
         ratio(kernel.defaultSeconds, kernel.tunedSeconds), kernel.candidates.size(), failuresOf(kernel),
         kernel.rankCorrelation ? fmt::format("{:.2f}", *kernel.rankCorrelation) : "-",
         kernel.tunedSchedule == kernel.defaultSchedule ? "default" : kernel.tunedSchedule);
  if (!kernel.remark.empty()) answer("{:20} {}\n", "", kernel.remark);
}

void printModel(const ModelSummary &model) {
  if (model.defaultSeconds == 0) {
    answer("{}: the default schedules stay\n", model.name);
    return;
  }
  answer("{}, whole: {:.4f} ms by default, {:.4f} ms tuned, {:.2f} times as fast: {}\n", model.name,
         model.defaultSeconds * 1e3, model.tunedSeconds * 1e3,
         ratio(model.defaultSeconds, model.tunedSeconds),
         model.kept ? "kept" : "not beyond doubt, so the default schedules stay");
  if (model.defaultWallSeconds > 0)
    answer("{}, with copies to the device and back: {:.4f} ms by default, {:.4f} ms tuned\n", model.name,
           model.defaultWallSeconds * 1e3, model.tunedWallSeconds * 1e3);
}

std::string teamText(const TuningSummary &summary) {
  if (summary.threads == 0) return "";
  return ", " + counted(summary.threads, "thread");
}

} // namespace

void printSummary(const TuningSummary &summary) {
  answer("tuned on {} for {}{}, in {}{}\n", summary.machine, summary.target, teamText(summary),
         clockText(summary.elapsedSeconds),
         summary.finished ? "" : "; the search hadn't ended: run the same again to go on");
  answer("{:20} {:>10} {:>10} {:>8} {:>6} {:>5} {:>6}  {}\n", "ms a call", "default", "tuned", "speed",
         "tried", "bad", "rank", "schedule");
  for (const KernelSummary &kernel : summary.kernels)
    printKernel(kernel);
  if (const auto median = medianCorrelation(summary))
    answer("rank correlation of predicted and measured times (Spearman), median kernel: {:.2f}\n", *median);
  for (const ModelSummary &model : summary.models)
    printModel(model);
}

nlohmann::json toJson(const TuningSummary &summary) {
  nlohmann::json kernels = nlohmann::json::array(), models = nlohmann::json::array();
  for (const KernelSummary &kernel : summary.kernels) {
    nlohmann::json entry = {{"name", kernel.name},
                            {"kernel", kernel.kernel},
                            {"default_schedule", kernel.defaultSchedule},
                            {"tuned_schedule", kernel.tunedSchedule},
                            {"default_ms", kernel.defaultSeconds * 1e3},
                            {"tuned_ms", kernel.tunedSeconds * 1e3},
                            {"speedup", ratio(kernel.defaultSeconds, kernel.tunedSeconds)},
                            {"candidates", kernel.candidates.size()},
                            {"failures", failuresOf(kernel)},
                            {"remark", kernel.remark}};
    entry["rank_correlation"] = kernel.rankCorrelation ? nlohmann::json(*kernel.rankCorrelation) : nullptr;
    kernels.push_back(std::move(entry));
  }
  for (const ModelSummary &model : summary.models)
    models.push_back({{"name", model.name},
                      {"default_ms", model.defaultSeconds * 1e3},
                      {"tuned_ms", model.tunedSeconds * 1e3},
                      {"speedup", ratio(model.defaultSeconds, model.tunedSeconds)},
                      {"default_wall_ms", model.defaultWallSeconds * 1e3},
                      {"tuned_wall_ms", model.tunedWallSeconds * 1e3},
                      {"kept", model.kept}});
  nlohmann::json json = {{"cpu", summary.machine},
                         {"is_device", summary.threads == 0},
                         {"target", summary.target},
                         {"threads", summary.threads},
                         {"elapsed_s", summary.elapsedSeconds},
                         {"finished", summary.finished},
                         {"kernels", kernels},
                         {"models", models}};
  const auto median = medianCorrelation(summary);
  json["median_rank_correlation"] = median ? nlohmann::json(*median) : nullptr;
  return json;
}

} // namespace ninc
