#include "execution/model/InputMemory.h"

#include <cmath>
#include <fmt/format.h>
#include <string>

#include "execution/model/ResultTensor.h"

namespace ninc {

namespace {

Result<std::vector<std::uint8_t>> asBytes(const char *name, const std::vector<float> &numbers) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(numbers.size());
  for (const float number : numbers) {
    if (!(number >= 0 && number <= 255 && number == std::floor(number)))
      return fail(
          fmt::format("input '{}' takes bytes, whole numbers from 0 to 255, and {} is none", name, number));
    bytes.push_back(static_cast<std::uint8_t>(number));
  }
  return bytes;
}

} // namespace

Result<InputMemory> InputMemory::of(std::span<const ninc_tensor> inputs, std::int64_t images,
                                    std::span<const Tensor> given) {
  if (given.size() != inputs.size())
    return fail(fmt::format("the model has {} inputs, {} were given", inputs.size(), given.size()));
  InputMemory memory;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Shape shape = shapeInMemory(inputs[i]);
    const std::int64_t expected = elementCount(shape) * images;
    if (static_cast<std::int64_t>(given[i].data.size()) != expected)
      return fail(fmt::format("input '{}' has {} numbers, {}{} needs {}", inputs[i].name,
                              given[i].data.size(), images > 1 ? fmt::format("{} x ", images) : std::string(),
                              toString(shape), expected));
    if (inputs[i].element != NINC_U8) {
      memory.addresses_.push_back(given[i].data.data());
      continue;
    }
    Result<std::vector<std::uint8_t>> bytes = asBytes(inputs[i].name, given[i].data);
    if (!bytes) return tl::unexpected(bytes.error());
    memory.bytes_.push_back(std::move(*bytes));
    memory.addresses_.push_back(memory.bytes_.back().data());
  }
  return memory;
}

} // namespace ninc
