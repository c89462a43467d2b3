#include "tuner/candidate/Candidate.h"

#include <cstring>
#include <fmt/format.h>
#include <span>

#include "codegen/KernelLibrary.h"
#include "codegen/kernel/Kernel.h"

namespace ninc {

namespace {

template <class Number>
std::string bytesOf(std::span<const Number> numbers) {
  return {reinterpret_cast<const char *>(numbers.data()), numbers.size_bytes()};
}

std::vector<double> doublesIn(std::string_view bytes) {
  std::vector<double> numbers(bytes.size() / sizeof(double));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(double));
  return numbers;
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
    candidate.weights.push_back(bytesOf<float>(numbers));
  if (knownBounds) {
    candidate.bounds = *knownBounds;
    return candidate;
  }
  Result<std::vector<double>> bounds = errorBoundsOf(workload, winogradOf(schedule));
  if (!bounds) return tl::unexpected(bounds.error());
  candidate.bounds = std::move(*bounds);
  return candidate;
}

std::string encode(const Result<Candidate> &candidate) {
  if (!candidate) return packBytes({"error", candidate.error().message});
  std::vector<std::string> parts = {"candidate", candidate->library, bytesOf<double>(candidate->bounds)};
  parts.insert(parts.end(), candidate->weights.begin(), candidate->weights.end());
  return packBytes(parts);
}

Result<Candidate> decodeCandidate(std::string_view bytes) {
  Result<std::vector<std::string>> parts = unpackBytes(bytes);
  if (!parts) return tl::unexpected(parts.error());
  if (parts->size() == 2 && parts->front() == "error") return fail((*parts)[1]);
  if (parts->size() < 3 || parts->front() != "candidate")
    return failInternal("a child process has answered something that is no candidate");
  Candidate candidate{std::move((*parts)[1]), {}, doublesIn((*parts)[2])};
  candidate.weights.assign(std::make_move_iterator(parts->begin() + 3),
                           std::make_move_iterator(parts->end()));
  return candidate;
}

std::string packBytes(const std::vector<std::string> &parts) {
  std::string bytes;
  for (const std::string &part : parts) {
    const std::uint64_t size = part.size();
    bytes.append(reinterpret_cast<const char *>(&size), sizeof size);
    bytes += part;
  }
  return bytes;
}

Result<std::vector<std::string>> unpackBytes(std::string_view bytes) {
  std::vector<std::string> parts;
  while (!bytes.empty()) {
    std::uint64_t size = 0;
    if (bytes.size() < sizeof size) return failInternal("a child process's answer is cut off");
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(sizeof size);
    if (bytes.size() < size) return failInternal("a child process's answer is cut off");
    parts.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return parts;
}

} // namespace ninc
