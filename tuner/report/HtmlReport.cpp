#include "tuner/report/HtmlReport.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <string_view>
#include <vector>

#include "support/Counted.h"
#include "tuner/report/SvgPlot.h"

namespace ninc {

namespace {

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --ground: #fff; --text: #1c2127; --soft: #59636f; --rule: #dce0e5;
        --dot: #2266bb; --best: #12805c; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #15181c; --text: #e4e7eb; --soft: #9aa4b0; --rule: #343b44;
          --dot: #7ab3f5; --best: #58c99b; --bad: #f28b82; }
}
body { background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif;
       max-width: 84rem; margin: 0 auto; padding: 1.5rem; }
h1, h2, h3 { line-height: 1.2; }
h2 { margin-top: 2.5rem; }
a { color: var(--dot); }
code { overflow-wrap: anywhere; font-size: 0.875em; }
.soft, figcaption { color: var(--soft); }
.wide { overflow-x: auto; margin: 1.5rem 0; }
table { border-collapse: collapse; }
th, td { padding: 0.25rem 1rem 0.25rem 0; border-bottom: 1px solid var(--rule); text-align: left; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.faster { color: var(--best); font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem; }
dt { color: var(--soft); }
dd { margin: 0; }
.plots { display: flex; flex-wrap: wrap; gap: 1.5rem; }
figure { flex: 1 1 24rem; max-width: 40rem; margin: 0; }
svg { width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 13px; }
.axis, .grid { fill: none; stroke: var(--rule); }
.axis { stroke: var(--soft); }
.dot { fill: var(--dot); fill-opacity: 0.65; }
.cross { stroke: var(--bad); stroke-width: 1.5; fill: none; pointer-events: bounding-box; }
.best { fill: none; stroke: var(--best); stroke-width: 2; }
.default { fill: none; stroke: var(--soft); stroke-dasharray: 4 4; }
)";

constexpr std::string_view unknown = "\u2013";

// Also a number that no clock and no model comes to is none: plots divide them by one another.
bool isMeasured(double number) {
  return number > 1e-30 && number < 1e30;
}

std::string milliseconds(double seconds) {
  return isMeasured(seconds) ? fmt::format("{:.4f}", seconds * 1e3) : std::string(unknown);
}

// How many times as fast, to show; 0 if not measured.
double speedupOf(double defaultSeconds, double tunedSeconds) {
  return isMeasured(defaultSeconds) && isMeasured(tunedSeconds) ? defaultSeconds / tunedSeconds : 0;
}

std::string times(double ratio) {
  return isMeasured(ratio) ? fmt::format("{:.2f}\u00d7", ratio) : std::string(unknown);
}

std::string elapsedText(double seconds) {
  if (!isMeasured(seconds) || seconds > 1e9) return std::string(unknown);
  const auto total = static_cast<std::int64_t>(std::round(seconds));
  if (total < 60) return fmt::format("{} s", total);
  if (total < 3600) return fmt::format("{} min {} s", total / 60, total % 60);
  return fmt::format("{} h {} min", total / 3600, total / 60 % 60);
}

std::string modelNames(const TuningSummary &summary) {
  std::string names;
  for (const ModelSummary &model : summary.models)
    names += (names.empty() ? "" : ", ") + model.name;
  return names.empty() ? "kernels" : names;
}

std::string headline(const TuningSummary &summary) {
  const std::string team = summary.threads == 0 ? "" : " \u00b7 " + counted(summary.threads, "thread");
  std::string html = fmt::format("<h1>Tuning of {}</h1>\n<p>{} {} \u00b7 target {}{} \u00b7 took {}</p>\n",
                                 escapeHtml(modelNames(summary)), summary.threads == 0 ? "Device" : "CPU",
                                 escapeHtml(summary.machine), escapeHtml(summary.target), team,
                                 elapsedText(summary.elapsedSeconds));
  if (!summary.finished)
    html += "<p><strong>It stopped before the search ended by itself</strong>: its time was up, or somebody "
            "interrupted it. More time may find more.</p>\n";
  return html;
}

// `name` and `remark` are HTML.
std::string tableRow(std::string_view name, double defaultSeconds, double tunedSeconds,
                     std::string_view remark) {
  const double speedup = speedupOf(defaultSeconds, tunedSeconds);
  return fmt::format("<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>"
                     "<td class=\"number{}\">{}</td><td>{}</td></tr>\n",
                     name, milliseconds(defaultSeconds), milliseconds(tunedSeconds),
                     speedup >= 1.005 ? " faster" : "", times(speedup), remark);
}

std::string table(std::string_view first, std::string_view rows) {
  return fmt::format(
      "<div class=\"wide\"><table>\n<thead><tr><th>{}</th><th class=\"number\">default, ms</th>"
      "<th class=\"number\">tuned, ms</th><th class=\"number\">speed-up</th><th>remark</th></tr>"
      "</thead>\n<tbody>\n{}</tbody>\n</table></div>\n",
      first, rows);
}

std::string modelTable(const TuningSummary &summary) {
  if (summary.models.empty()) return "<p class=\"soft\">No whole model was measured.</p>\n";
  std::string rows;
  for (const ModelSummary &model : summary.models)
    rows += tableRow(escapeHtml(model.name), model.defaultSeconds, model.tunedSeconds,
                     model.kept ? "compiles use what was found" : "compiles use the defaults");
  return table("whole model", rows);
}

std::string kernelTable(const TuningSummary &summary) {
  if (summary.kernels.empty()) return "<p class=\"soft\">There was no kernel to tune.</p>\n";
  std::string rows;
  for (std::size_t i = 0; i < summary.kernels.size(); ++i) {
    const KernelSummary &kernel = summary.kernels[i];
    rows += tableRow(fmt::format("<a href=\"#kernel-{}\">{}</a>", i + 1, escapeHtml(kernel.name)),
                     kernel.defaultSeconds, kernel.tunedSeconds, escapeHtml(kernel.remark));
  }
  return table("kernel", rows);
}

std::string tooltipOf(const MeasuredCandidate &candidate) {
  if (candidate.outcome != Outcome::ok)
    return fmt::format("{}\n{}", candidate.schedule, toString(candidate.outcome));
  return fmt::format("{}\n{} ms, {} the default's speed", candidate.schedule, milliseconds(candidate.seconds),
                     times(candidate.speedup));
}

bool hasTime(const MeasuredCandidate &candidate) {
  return candidate.outcome == Outcome::ok && isMeasured(candidate.seconds) && isMeasured(candidate.speedup);
}

// The default's time is 1 wherever it was measured: each candidate ran beside it. Before the first candidate
// it is the best.
std::vector<Point> bestSoFar(const std::vector<MeasuredCandidate> &candidates) {
  double best = 1;
  std::vector<Point> steps{{0, best}};
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!hasTime(candidates[i]) || 1 / candidates[i].speedup >= best) continue;
    const double number = static_cast<double>(i + 1);
    steps.push_back({number, best});
    best = 1 / candidates[i].speedup;
    steps.push_back({number, best});
  }
  steps.push_back({static_cast<double>(candidates.size()), best});
  return steps;
}

// Ratios, so the scale is logarithmic: twice as slow is as far from the default as twice as fast.
std::string curve(const std::vector<MeasuredCandidate> &candidates) {
  const double count = static_cast<double>(candidates.size());
  std::vector<double> ratios{1};
  for (const MeasuredCandidate &candidate : candidates)
    if (hasTime(candidate)) ratios.push_back(1 / candidate.speedup);
  SvgPlot plot("the time of each candidate and the best so far, relative to the default's",
               Axis(Scale::linear, std::vector<double>{0, count}), {"candidate, in order of measuring", ""},
               Axis(Scale::logarithmic, ratios), {"time / default's time", "\u00d7"});
  plot.line(std::vector<Point>{{0, 1}, {count, 1}}, "default");
  plot.line(bestSoFar(candidates), "best");
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const double number = static_cast<double>(i + 1);
    const std::string tooltip = fmt::format("{}: {}", i + 1, tooltipOf(candidates[i]));
    if (hasTime(candidates[i]))
      plot.dot({number, 1 / candidates[i].speedup}, tooltip);
    else if (candidates[i].outcome != Outcome::ok)
      plot.crossAtTop(number, tooltip);
  }
  return "<figure>" + plot.svg() +
         "<figcaption>The search: candidates (dots), failures (crosses), the best so far (line), the default "
         "(dashes).</figcaption></figure>\n";
}

std::string correlationText(const KernelSummary &kernel) {
  if (!kernel.rankCorrelation || !std::isfinite(*kernel.rankCorrelation)) return "too few to tell";
  return fmt::format("{:.2f}", *kernel.rankCorrelation);
}

std::string predictions(const KernelSummary &kernel) {
  std::vector<double> cycles, measured;
  std::vector<const MeasuredCandidate *> shown;
  for (const MeasuredCandidate &candidate : kernel.candidates) {
    if (!hasTime(candidate) || !isMeasured(candidate.predictedCycles)) continue;
    shown.push_back(&candidate);
    cycles.push_back(candidate.predictedCycles);
    measured.push_back(candidate.seconds * 1e3);
  }
  if (shown.empty()) return "";
  SvgPlot plot("predicted cycles and measured time of each candidate", Axis(Scale::logarithmic, cycles),
               {"predicted, cycles", ""}, Axis(Scale::logarithmic, measured), {"measured, ms", ""});
  for (std::size_t i = 0; i < shown.size(); ++i)
    plot.dot({cycles[i], measured[i]},
             fmt::format("{}\npredicted: {:.4g} cycles", tooltipOf(*shown[i]), cycles[i]));
  return fmt::format("<figure>{}<figcaption>The cost model against the clock: rank correlation {} over the "
                     "first part, local moves left out (1: it sorts "
                     "as the clock does; 0: it may as well guess).</figcaption></figure>\n",
                     plot.svg(), correlationText(kernel));
}

// "5 candidates: 3 ok, 2 hung".
std::string countsText(const std::vector<MeasuredCandidate> &candidates) {
  std::map<Outcome, int> counts;
  for (const MeasuredCandidate &candidate : candidates)
    ++counts[candidate.outcome];
  std::string text = counted(candidates.size(), "candidate");
  std::string_view separator = ": ";
  for (const auto &[outcome, count] : counts) {
    text += fmt::format("{}{} {}", separator, count, toString(outcome));
    separator = ", ";
  }
  return text;
}

std::string scheduleList(const KernelSummary &kernel) {
  const auto entry = [](std::string_view term, std::string_view text) {
    return fmt::format("<dt>{}</dt><dd><code>{}</code></dd>\n", term, escapeHtml(text));
  };
  std::string html = "<dl>\n" + entry("kernel", kernel.kernel) + entry("default", kernel.defaultSchedule);
  html += kernel.tunedSchedule == kernel.defaultSchedule ? "<dt>tuned</dt><dd>the default stays</dd>\n"
                                                         : entry("tuned", kernel.tunedSchedule);
  return html + "</dl>\n";
}

std::string kernelSection(const KernelSummary &kernel, std::size_t number) {
  std::string html = fmt::format("<section id=\"kernel-{}\">\n<h2>{}</h2>\n{}", number,
                                 escapeHtml(kernel.name), scheduleList(kernel));
  if (!kernel.remark.empty()) html += fmt::format("<p>{}</p>\n", escapeHtml(kernel.remark));
  if (kernel.candidates.empty())
    return html + "<p class=\"soft\">No candidate was measured.</p>\n</section>\n";
  html += fmt::format("<p>{}.</p>\n<div class=\"plots\">\n{}{}</div>\n", countsText(kernel.candidates),
                      curve(kernel.candidates), predictions(kernel));
  return html + "</section>\n";
}

// The policy makes a promise enforceable: even a hole in the escaping couldn't load or run anything.
std::string pageHead(std::string_view title) {
  return fmt::format("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                     "<meta http-equiv=\"Content-Security-Policy\" "
                     "content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                     "<title>Tuning of {}</title>\n<style>{}</style>\n</head>\n",
                     escapeHtml(title), style);
}

} // namespace

std::string htmlReport(const TuningSummary &summary) {
  std::string html = pageHead(modelNames(summary)) + "<body>\n" + headline(summary);
  html += modelTable(summary) + kernelTable(summary);
  for (std::size_t i = 0; i < summary.kernels.size(); ++i)
    html += kernelSection(summary.kernels[i], i + 1);
  return html + "</body>\n</html>\n";
}

} // namespace ninc
