#include "tuner/candidate/Candidate.h"

#include <fmt/format.h>
#include <span>
#include <utility>

#include "codegen/KernelLibrary.h"
#include "codegen/kernel/Kernel.h"
#include "codegen/kernel/WeightPacking.h"
#include "support/ByteStream.h"

namespace ninc {

namespace {

std::string bytesOf(std::span<const float> numbers) {
  return {reinterpret_cast<const char *>(numbers.data()), numbers.size_bytes()};
}

void walkCandidate(auto &stream, auto &candidate) {
  stream.sequence(candidate.library);
  stream.each(candidate.weights, [](auto &to, auto &weights) { to.sequence(weights); });
  stream.sequence(candidate.bounds);
}

} // namespace

std::optional<WinogradTile> winogradOf(const Schedule &schedule) {
  const auto *mlpconv = std::get_if<MlpconvSchedule>(&schedule.choice);
  return mlpconv ? mlpconv->winograd : std::nullopt;
}

std::string roundingOf(const Schedule &schedule) {
  const auto tile = winogradOf(schedule);
  return tile ? fmt::format("{}x{}", tile->rows, tile->columns) : "direct";
}

Result<Candidate> makeCandidate(const Workload &workload, const Schedule &schedule,
                                const std::optional<std::vector<double>> &knownBounds) {
  Candidate candidate;
  Result<std::string> library = kernelLibrary(workload.spec, schedule);
  if (!library) return tl::unexpected(library.error());
  candidate.library = std::move(*library);
  auto packed = packWeights(workload.spec, schedule, workload.op);
  if (!packed) return tl::unexpected(packed.error());
  for (const std::vector<float> &numbers : *packed)
    candidate.weights.push_back(bytesOf(numbers));
  if (knownBounds) {
    candidate.bounds = *knownBounds;
    return candidate;
  }
  Result<std::vector<double>> bounds = errorBoundsOf(workload, winogradOf(schedule));
  if (!bounds) return tl::unexpected(bounds.error());
  candidate.bounds = std::move(*bounds);
  return candidate;
}

std::optional<std::vector<double>> KnownBounds::of(const Schedule &schedule) const {
  const auto found = byRounding_.find(roundingOf(schedule));
  return found == byRounding_.end() ? std::nullopt : std::optional(found->second);
}

void KnownBounds::learn(const Schedule &schedule, const std::vector<double> &bounds) {
  byRounding_.emplace(roundingOf(schedule), bounds);
}

std::string encode(const Result<Candidate> &candidate) {
  return encodeResult(candidate, [](auto &to, auto &one) { walkCandidate(to, one); });
}

Result<Candidate> decodeCandidate(std::string bytes) {
  auto candidate =
      decodeResult<Candidate>(std::move(bytes), [](auto &from, auto &one) { walkCandidate(from, one); });
  if (candidate) return std::move(*candidate);
  return failInternal("a candidate came back incomplete from the process that compiled it");
}

} // namespace ninc
