#include "tuner/measure/RunnerText.h"

#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace ninc {

namespace {

constexpr std::array outcomes = {Outcome::ok,   Outcome::wrong,  Outcome::crashed,
                                 Outcome::hung, Outcome::memory, Outcome::uncompilable};

std::optional<Outcome> outcomeOf(const std::string &text) {
  for (Outcome outcome : outcomes)
    if (toString(outcome) == text) return outcome;
  return std::nullopt;
}

constexpr double nanosecond = 1e-9;

// [candidate][round]
std::vector<std::vector<double>> secondsFrom(const nlohmann::json &nanoseconds) {
  std::vector<std::vector<double>> seconds;
  for (const auto &candidate : nanoseconds) {
    std::vector<double> &rounds = seconds.emplace_back();
    for (const auto &round : candidate)
      rounds.push_back(round.get<double>() * nanosecond);
  }
  return seconds;
}

Result<RunnerResult> resultFrom(const nlohmann::json &json) {
  RunnerResult result;
  result.label = json.at("label").get<std::string>();
  result.cpu = json.at("cpu").get<std::string>();
  result.date = json.at("date").get<std::string>();
  result.candidate = json.at("candidate").get<int>();
  result.detail = json.at("detail").get<std::string>();
  const auto outcome = json.at("outcome").get<std::string>();
  if (outcome == "failed") return fail("the runner: " + result.detail);
  const auto known = outcomeOf(outcome);
  if (!known) return fail(fmt::format("the runner answers with an unknown outcome '{}'", outcome));
  result.outcome = *known;
  result.seconds = secondsFrom(json.at("times_ns"));
  if (json.contains("walls_ns")) result.wallSeconds = secondsFrom(json.at("walls_ns"));
  if (json.contains("kernels_ns"))
    for (const auto &candidate : json.at("kernels_ns")) {
      auto &rounds = result.kernelSeconds.emplace_back();
      for (const auto &round : candidate) {
        std::vector<double> &kernels = rounds.emplace_back();
        for (const auto &kernel : round)
          kernels.push_back(kernel.get<double>() * nanosecond);
      }
    }
  return result;
}

} // namespace

std::string toText(const RunnerJob &job) {
  std::string text = "ninc-runner 1\n";
  auto line = [&]<class... Arguments>(fmt::format_string<Arguments...> format, Arguments &&...arguments) {
    text += fmt::format(format, std::forward<Arguments>(arguments)...) + '\n';
  };
  line("label {}", job.label);
  line("threads {}", job.threads);
  if (!job.cpus.empty()) line("cpus {}", fmt::join(job.cpus, ","));
  line("evict {}", job.evictBytes);
  line("rounds {} {}", job.leastRounds, job.mostRounds);
  line("seconds {}", job.seconds);
  line("limit seconds {}", job.limitSeconds);
  if (job.limitBytes > 0) line("limit bytes {}", job.limitBytes);
  if (job.counters) line("counters 1");
  if (job.giveUp) line("give-up {} {}", job.giveUp->factor, job.giveUp->rounds);
  for (const std::string &path : job.inputs)
    line("input {}", path);
  for (const std::string &path : job.expected)
    line("expect {}", path);
  for (const RunnerCandidate &candidate : job.candidates) {
    line("candidate {}", candidate.library);
    for (double bound : candidate.bounds)
      line("bound {}", bound);
    for (const std::string &path : candidate.weights)
      line("weights {}", path);
  }
  return text;
}

Result<RunnerResult> parseRunnerResult(std::string_view line) {
  try {
    return resultFrom(nlohmann::json::parse(line));
  } catch (const nlohmann::json::exception &error) {
    return fail(fmt::format("not a line of the runner: {}", error.what()));
  }
}

} // namespace ninc
