#include "tuner/report/HtmlReport.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "tests/unit/tuner/report/Markup.h"

namespace ninc {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++found;
  return found;
}

MeasuredCandidate timed(const char *schedule, double seconds, double speedup, double cycles) {
  return {schedule, Outcome::ok, seconds, speedup, cycles, 0};
}

MeasuredCandidate failed(const char *schedule, Outcome outcome) {
  MeasuredCandidate candidate;
  candidate.schedule = schedule;
  candidate.outcome = outcome;
  candidate.predictedCycles = 1000;
  return candidate;
}

KernelSummary oneKernel() {
  KernelSummary kernel;
  kernel.name = "stage1";
  kernel.kernel = "mlpconv 1x3x32x32";
  kernel.defaultSchedule = "panel=1";
  kernel.tunedSchedule = "panel=4";
  kernel.defaultSeconds = 1.2e-3;
  kernel.tunedSeconds = 1e-3;
  kernel.rankCorrelation = 0.834;
  kernel.candidates = {timed("panel=1", 1.2e-3, 1, 3e6), failed("panel=9", Outcome::hung),
                       timed("panel=2", 2.4e-3, 0.5, 4e6), timed("panel=4", 1e-3, 1.2, 2e6),
                       failed("panel=7", Outcome::wrong)};
  return kernel;
}

TuningSummary oneTuning() {
  TuningSummary summary;
  summary.machine = "GenuineIntel 6.143";
  summary.target = "x86-64-v4";
  summary.threads = 2;
  summary.elapsedSeconds = 754;
  summary.kernels = {oneKernel()};
  summary.models = {{"nin_cifar10", 5e-3, 4.6e-3, true}};
  return summary;
}

TEST(HtmlReport, OpensWithWhatWasTunedWhere) {
  const std::string page = htmlReport(oneTuning());
  EXPECT_EQ(markupError(page), "");
  EXPECT_THAT(page, HasSubstr("<h1>Tuning of nin_cifar10</h1>"));
  EXPECT_THAT(page, HasSubstr("<p>CPU GenuineIntel 6.143 \u00b7 target x86-64-v4 \u00b7 2 threads \u00b7 "
                              "took 12 min 34 s</p>"));
  EXPECT_THAT(page, Not(HasSubstr("It stopped before")));
}

TEST(HtmlReport, SaysThatItStoppedEarly) {
  TuningSummary summary = oneTuning();
  summary.finished = false;
  EXPECT_THAT(htmlReport(summary), HasSubstr("It stopped before"));
}

TEST(HtmlReport, ComparesDefaultAndTuned) {
  const std::string page = htmlReport(oneTuning());
  EXPECT_THAT(page, HasSubstr("<tr><td><a href=\"#kernel-1\">stage1</a></td><td class=\"number\">1.2000</td>"
                              "<td class=\"number\">1.0000</td><td class=\"number faster\">1.20\u00d7</td>"));
  EXPECT_THAT(page, HasSubstr("<tr><td>nin_cifar10</td><td class=\"number\">5.0000</td>"
                              "<td class=\"number\">4.6000</td><td class=\"number faster\">1.09\u00d7</td>"));
  EXPECT_THAT(page, HasSubstr("<section id=\"kernel-1\">"));
}

TEST(HtmlReport, TellsWhyADefaultStays) {
  TuningSummary summary = oneTuning();
  summary.kernels[0].tunedSchedule = summary.kernels[0].defaultSchedule;
  summary.kernels[0].remark = "slower within the model";
  summary.models[0].kept = false;
  const std::string page = htmlReport(summary);
  EXPECT_THAT(page, HasSubstr("slower within the model"));
  EXPECT_THAT(page, HasSubstr("the default stays"));
  EXPECT_THAT(page, HasSubstr("compiles use the defaults"));
}

TEST(HtmlReport, DrawsTheSearchAndThePredictions) {
  const std::string page = htmlReport(oneTuning());
  EXPECT_EQ(count(page, "<svg"), 2u);
  EXPECT_EQ(count(page, "<circle class=\"dot\""), 3u + 3u);
  EXPECT_EQ(count(page, "<path class=\"cross\""), 2u);
  EXPECT_THAT(page, HasSubstr("<title>2: panel=9\nhung</title>"));
  EXPECT_THAT(page, HasSubstr("<title>4: panel=4\n1.0000 ms, 1.20\u00d7 the default&#39;s speed</title>"));
  EXPECT_THAT(page, HasSubstr("5 candidates: 3 ok, 1 wrong, 1 hung."));
  EXPECT_THAT(page, HasSubstr("rank correlation 0.83"));
}

TEST(HtmlReport, StepsDownWhereACandidateIsTheBestSoFar) {
  // Level until the fourth of five, then down, then level again.
  const std::string page = htmlReport(oneTuning());
  const std::size_t start = page.find("<polyline class=\"best\"");
  ASSERT_NE(start, std::string::npos);
  const std::string line = page.substr(start, page.find("/>", start) - start);
  EXPECT_EQ(count(line, ","), 4u);
  EXPECT_THAT(line, HasSubstr("points=\"64.0,"));
  EXPECT_EQ(count(line, "512.0,"), 2u); // 64 + 4/5 * 560
  EXPECT_THAT(line, HasSubstr(" 624.0,"));
}

TEST(HtmlReport, EscapesAllText) {
  const char *evil = "</title><script>alert('x')</script>&\"\x01\xff";
  TuningSummary summary = oneTuning();
  summary.machine = summary.target = summary.models[0].name = evil;
  KernelSummary &kernel = summary.kernels[0];
  kernel.name = kernel.kernel = kernel.defaultSchedule = kernel.tunedSchedule = kernel.remark = evil;
  for (MeasuredCandidate &candidate : kernel.candidates)
    candidate.schedule = evil;
  const std::string page = htmlReport(summary);
  EXPECT_EQ(markupError(page), "");
  EXPECT_THAT(page, Not(HasSubstr("<script")));
}

TEST(HtmlReport, LoadsNothing) {
  const std::string page = htmlReport(oneTuning());
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char *reference : {"http:", "https:", "src=", "<script", "<link", "@import", "url("})
    EXPECT_THAT(page, Not(HasSubstr(reference)));
}

TEST(HtmlReport, FollowsTheSchemeOfColours) {
  EXPECT_THAT(htmlReport({}), HasSubstr("@media (prefers-color-scheme: dark)"));
}

TEST(HtmlReport, OfNothing) {
  const std::string page = htmlReport({});
  EXPECT_EQ(markupError(page), "");
  EXPECT_THAT(page, HasSubstr("Tuning of kernels"));
  EXPECT_THAT(page, HasSubstr("There was no kernel to tune."));
  EXPECT_THAT(page, Not(HasSubstr("<svg")));
}

TEST(HtmlReport, OfAKernelWithoutCandidates) {
  TuningSummary summary = oneTuning();
  summary.kernels[0].candidates.clear();
  const std::string page = htmlReport(summary);
  EXPECT_EQ(markupError(page), "");
  EXPECT_THAT(page, HasSubstr("No candidate was measured."));
  EXPECT_THAT(page, Not(HasSubstr("<svg")));
}

TEST(HtmlReport, OfAKernelWhoseCandidatesAllFailed) {
  TuningSummary summary = oneTuning();
  summary.kernels[0].candidates = {failed("a", Outcome::crashed), failed("b", Outcome::memory)};
  const std::string page = htmlReport(summary);
  EXPECT_EQ(markupError(page), "");
  EXPECT_EQ(count(page, "<svg"), 1u);
  EXPECT_EQ(count(page, "<path class=\"cross\""), 2u);
  EXPECT_EQ(count(page, "<circle"), 0u);
}

TEST(HtmlReport, OfOneCandidate) {
  TuningSummary summary = oneTuning();
  summary.kernels[0].candidates.resize(1);
  summary.kernels[0].rankCorrelation.reset();
  const std::string page = htmlReport(summary);
  EXPECT_EQ(markupError(page), "");
  EXPECT_EQ(count(page, "<circle"), 2u);
  EXPECT_THAT(page, HasSubstr("1 candidate: 1 ok."));
  EXPECT_THAT(page, HasSubstr("too few to tell"));
}

TEST(HtmlReport, OfNumbersThatAreNone) {
  for (double number : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity(),
                        std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::max()}) {
    TuningSummary summary = oneTuning();
    summary.elapsedSeconds = summary.models[0].defaultSeconds = summary.models[0].tunedSeconds = number;
    KernelSummary &kernel = summary.kernels[0];
    kernel.defaultSeconds = kernel.tunedSeconds = number;
    kernel.rankCorrelation = number;
    for (MeasuredCandidate &candidate : kernel.candidates)
      candidate.seconds = candidate.speedup = candidate.predictedCycles = number;
    const std::string page = htmlReport(summary);
    EXPECT_EQ(markupError(page), "") << number;
    EXPECT_EQ(count(page, "<circle"), 0u) << number;
    EXPECT_EQ(count(page, "\"number\">\u2013</td>"), 6u) << number;
    EXPECT_EQ(count(page, "nan\"") + count(page, "inf\"") + count(page, ">nan") + count(page, ">inf"), 0u);
  }
}

TEST(HtmlReport, OfExtremeRatios) {
  TuningSummary summary = oneTuning();
  summary.kernels[0].candidates = {timed("a", 1e-29, 1e29, 1e29), timed("b", 1e29, 1e-29, 1e-29)};
  const std::string page = htmlReport(summary);
  EXPECT_EQ(markupError(page), "");
  EXPECT_THAT(page, Not(HasSubstr("nan")));
}

} // namespace
} // namespace ninc
