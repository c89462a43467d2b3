#include "driver/NumberWarnings.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <optional>

#include "ir/ElementIndex.h"
#include "ir/Winograd.h"
#include "support/Half.h"

namespace ninc {

namespace {

// "3 numbers that aren't finite, the first nan at [0, 2]"; none if all are.
std::optional<std::string> notFinite(const Tensor &tensor) {
  auto isWrong = [](float number) { return !std::isfinite(number); };
  const auto first = std::ranges::find_if(tensor.data, isWrong);
  if (first == tensor.data.end()) return std::nullopt;
  const auto count = std::ranges::count_if(tensor.data, isWrong);
  const std::string place = elementIndex(static_cast<std::size_t>(first - tensor.data.begin()), tensor.shape);
  if (count == 1) return fmt::format("{} at {}, which isn't a finite number", *first, place);
  return fmt::format("{} numbers that aren't finite, the first {} at {}", count, *first, place);
}

double magnitude(const Tensor &tensor) {
  double largest = 0;
  for (float number : tensor.data)
    largest = std::max(largest, std::abs(double{number}));
  return largest;
}

} // namespace

NumberWarnings::NumberWarnings(const Signature &signature, LoadedModel *library)
    : signature_(signature), library_(library) {
  if (library)
    usesWinograd_ =
        std::ranges::any_of(library->kernels(), [](const ninc_kernel &k) { return k.winograd_rows > 0; });
}

void NumberWarnings::ofInputs(std::span<const Tensor> inputs, Diagnostics &diagnostics) {
  for (std::size_t i = 0; i < inputs.size() && i < signature_.inputs.size(); ++i) {
    const std::string &name = signature_.inputs[i].name;
    if (std::optional<std::string> wrong = notFinite(inputs[i])) {
      areInputsFinite_ = false;
      diagnostics.warning({},
                          fmt::format("input '{}' has {}; what comes of it is unspecified", name, *wrong));
    }
    if (!usesWinograd_ || isRangeSaid_) continue;
    const auto beyond = std::ranges::find_if(inputs[i].data, [](float number) {
      return std::isfinite(number) && std::abs(double{number}) > winogradPromise;
    });
    if (beyond == inputs[i].data.end()) continue;
    isRangeSaid_ = true;
    const auto at = static_cast<std::size_t>(beyond - inputs[i].data.begin());
    diagnostics.warning(
        {}, fmt::format(
                "input '{}' has {:.6g} at {}: kernels by Winograd's transforms may overflow from {:.2g} on; "
                "compile with --exact",
                name, *beyond, elementIndex(at, inputs[i].shape), winogradPromise));
  }
}

Result<void> NumberWarnings::ofKernels(std::span<const Tensor> inputs, Diagnostics &diagnostics) {
  constexpr double mostOfPixels = 0x1p16;
  if (!library_ || !areInputsFinite_ || isOverflowSaid_) return {};
  const bool isLarge =
      std::ranges::any_of(inputs, [](const Tensor &t) { return magnitude(t) > mostOfPixels; });
  if (haveKernelsRun_ && !isLarge) return {};
  haveKernelsRun_ = true;
  const bool halves = library_->storage() == ElementType::f16;
  return library_->runStepwise(inputs, [&](const ninc_kernel &kernel, int result, const Tensor &tensor) {
    if (isOverflowSaid_) return;
    const char *name = kernel.results[result].name;
    if (std::optional<std::string> wrong = notFinite(tensor)) {
      isOverflowSaid_ = true;
      diagnostics.warning(
          {}, fmt::format(
                  "'{}' has {}, although all inputs are finite: f32 overflowed on the way{}", name, *wrong,
                  usesWinograd_ ? ", perhaps in Winograd's transforms, which --exact does without" : ""));
    } else if (halves && kernel.result_output[result] < 0 && magnitude(tensor) >= double{largestHalf}) {
      isOverflowSaid_ = true;
      diagnostics.warning(
          {}, fmt::format(
                  "'{}' reaches {:g}, where halves end: what is beyond is cut off; --precision f32 keeps it",
                  name, largestHalf));
    }
  });
}

void NumberWarnings::ofOutputs(std::span<const Tensor> outputs, Diagnostics &diagnostics) {
  if (!areInputsFinite_ || isOverflowSaid_) return;
  for (std::size_t i = 0; i < outputs.size() && i < signature_.outputs.size(); ++i)
    if (std::optional<std::string> wrong = notFinite(outputs[i])) {
      isOverflowSaid_ = true;
      return diagnostics.warning(
          {},
          fmt::format("output '{}' has {}, although all inputs are finite: f32 overflowed on the way{}",
                      signature_.outputs[i].name, *wrong,
                      usesWinograd_ ? ", perhaps in Winograd's transforms, which --exact does without" : ""));
    }
}

} // namespace ninc
