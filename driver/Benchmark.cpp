#include "driver/Benchmark.h"

#include "driver/Signature.h"

namespace ninc {

namespace {

Peak peakOf(const Place &place) {
  const Result<double> flops = place.device.isCpu()
                                   ? measurePeakFlops(place.threads)
                                   : measureDevicePeakFlops(place.device.kind, place.device.number);
  if (flops && *flops > 0) return {*flops * 1e-9, ""};
  if (place.device.isCpu()) return {0, flops.error().message};
  return {0, "the device's peak isn't known"};
}

} // namespace

std::vector<Tensor> plainInputs(const LoadedModel &library) {
  std::vector<Tensor> inputs;
  for (const NamedShape &input : signatureOf(library.descriptor(), library.shape()).inputs) {
    Tensor tensor{input.shape, {}};
    tensor.shape.insert(tensor.shape.begin(), library.images());
    tensor.data.reserve(static_cast<std::size_t>(elementCount(tensor.shape)));
    for (std::int64_t i = 0; i < elementCount(tensor.shape); ++i)
      tensor.data.push_back(input.element == ElementType::u8 ? static_cast<float>(i % 255)
                                                             : static_cast<float>(i % 255) / 255.0f - 0.5f);
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

Result<Benchmark> benchmark(LoadedModel &library, const Place &place, double seconds) {
  const Peak before = peakOf(place);
  TimingOptions options;
  options.minSeconds = seconds;
  Result<ModelTiming> timing = measure(library, plainInputs(library), options);
  if (!timing) return tl::unexpected(timing.error());
  const Peak after = peakOf(place);
  return Benchmark{std::move(*timing), before.gigaflops > after.gigaflops ? before : after};
}

} // namespace ninc
