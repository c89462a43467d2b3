#include "driver/VerifySamples.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <optional>

#include "driver/NumberWarnings.h"
#include "support/Hash.h"
#include "support/Random.h"

namespace ninc {

namespace {

float randomByte(Random &random) {
  return static_cast<float>(std::min(255.0, std::floor(256 * random.uniform())));
}

} // namespace

std::vector<Tensor> randomInputs(const Signature &signature, std::uint64_t seed, int sample) {
  std::vector<Tensor> inputs;
  for (const NamedShape &input : signature.inputs) {
    Random random(seed + fnv1a(fmt::format("{} {}", input.name, sample)));
    Tensor tensor{input.shape, {}};
    tensor.shape.insert(tensor.shape.begin(), signature.batch);
    tensor.data.resize(static_cast<std::size_t>(elementCount(tensor.shape)));
    for (float &number : tensor.data)
      number = input.element == ElementType::u8
                   ? randomByte(random)
                   : static_cast<float>(sample % 2 == 0 ? random.normal() : random.uniform());
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

Result<Verification> verifySamples(const Graph &model, LoadedModel &library,
                                   const std::vector<std::vector<Tensor>> &sets, Diagnostics &diagnostics) {
  const Signature signature = signatureOf(library.descriptor(), library.shape());
  NumberWarnings warnings(signature, &library);
  std::optional<Verification> worst;
  for (const std::vector<Tensor> &inputs : sets) {
    Result<Verification> compared = verifyLibrary(model, library, inputs);
    if (!compared) return compared;
    warnings.ofInputs(inputs, diagnostics);
    if (worst)
      worst->merge(*compared);
    else
      worst = std::move(*compared);
  }
  if (!worst) return failInternal("a library was to be verified on nothing");
  return std::move(*worst);
}

} // namespace ninc
