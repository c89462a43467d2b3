#include "tuner/candidate/Workload.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <map>

#include "ir/RandomTensors.h"
#include "ir/interpreter/Interpreter.h"
#include "ir/interpreter/bounds/ErrorBound.h"
#include "ir/interpreter/bounds/UnitRoundoff.h"
#include "support/Arithmetic.h"
#include "support/Half.h"
#include "support/Hash.h"

namespace ninc {

namespace {

constexpr std::size_t mostDifferentImages = 2;

std::uint64_t seedOf(const KernelSpec &spec) {
  return fnv1a(toString(spec));
}

// Operand i of different image `number`: row-major, an application's as it lies in memory.
Tensor operandOf(const KernelSpec &spec, std::size_t i, std::size_t number) {
  if (spec.isConstant(i)) number = 0;
  const TensorType &type = spec.inputs[i];
  const Shape shape = isAsApplicationsHave(type) ? shapeInMemory(type) : type.shape;
  Tensor operand = randomInput(type.element, shape, seedOf(spec) + 1000 * (i + 1) + number);
  if (type.element == ElementType::f16)
    for (float &value : operand.data)
      value = fromHalf(toHalf(value));
  return operand;
}

// What storing a result as halves adds to its error, in any of its elements.
double roundingToHalves(const Tensor &result) {
  double largest = 0;
  for (const float value : result.data)
    largest = std::max(largest, std::abs(static_cast<double>(value)));
  return std::max(halfRoundoff * largest, smallestNormalHalf);
}

std::size_t differentImages(const KernelSpec &spec) {
  return std::min(mostDifferentImages, static_cast<std::size_t>(spec.images));
}

// Puts an operand or a result, a row-major tensor, at its place among the images in memory.
void place(const Tensor &tensor, const TensorType &type, std::int64_t image, std::vector<float> &memory) {
  const std::int64_t first = image * elementCount(type.shape);
  if (isAsApplicationsHave(type)) {
    std::ranges::copy(tensor.data, memory.begin() + first);
    return;
  }
  const std::vector<std::int64_t> strides = stridesOf(type);
  for (std::size_t number = 0; number < tensor.data.size(); ++number) {
    auto rest = static_cast<std::int64_t>(number);
    std::int64_t offset = first;
    for (std::size_t d = type.shape.size(); d-- > 0;) {
      offset += rest % type.shape[d] * strides[d];
      rest /= type.shape[d];
    }
    memory[static_cast<std::size_t>(offset)] = tensor.data[number];
  }
}

std::vector<float> memoryFor(const TensorType &type, std::int64_t images) {
  return std::vector<float>(static_cast<std::size_t>(images * elementCount(type.shape)));
}

// Numbers as bytes, in the memory of as many floats as it takes.
std::vector<float> asBytes(const std::vector<float> &numbers) {
  std::vector<std::uint8_t> bytes(roundUp(numbers.size(), sizeof(float)));
  std::ranges::transform(numbers, bytes.begin(),
                         [](float number) { return static_cast<std::uint8_t>(number); });
  std::vector<float> memory(bytes.size() / sizeof(float));
  std::memcpy(memory.data(), bytes.data(), bytes.size());
  return memory;
}

std::string operandName(std::size_t i) {
  return fmt::format("operand{}", i);
}
std::string resultName(std::size_t i) {
  return fmt::format("result{}", i);
}

// The op between inputs of its own and outputs, as a graph: what the reference and its bounds are about.
Result<Graph> graphOf(const Workload &workload) {
  Graph graph("kernel");
  std::vector<Value> operands;
  for (std::size_t i = 0; i < workload.spec.inputs.size(); ++i) {
    TensorType type = workload.spec.inputs[i];
    if (!isAsApplicationsHave(type)) type = {ElementType::f32, type.shape, Layout::chw};
    Result<Node> input = graph.append(Input{type}, {}, {operandName(i)});
    if (!input) return tl::unexpected(input.error());
    operands.push_back(graph.result(*input));
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < workload.spec.outputs.size(); ++i)
    names.push_back(resultName(i));
  Result<Node> node = graph.append(workload.op, operands, names);
  if (!node) return tl::unexpected(node.error());
  for (std::size_t i = 0; i < names.size(); ++i)
    if (Result<void> added = graph.addOutput(graph.result(*node, i)); !added)
      return tl::unexpected(added.error());
  return graph;
}

Result<std::map<std::string, Tensor>> evaluateImage(const Graph &graph, const KernelSpec &spec,
                                                    std::size_t number) {
  std::map<std::string, Tensor> inputs;
  for (std::size_t i = 0; i < spec.inputs.size(); ++i)
    inputs.emplace(operandName(i), operandOf(spec, i, number));
  return evaluateAll(graph, inputs);
}

} // namespace

std::size_t imageNumber(std::int64_t image) {
  return static_cast<std::size_t>(std::popcount(static_cast<std::uint64_t>(image)) % 2);
}

Workload makeWorkload(const KernelSpec &spec) {
  Workload workload{spec, withRandomParameters(spec.op, spec.inputs, seedOf(spec)), {}};
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    std::vector<Tensor> different;
    for (std::size_t number = 0; number < differentImages(spec); ++number)
      different.push_back(operandOf(spec, i, number));
    std::vector<float> memory = memoryFor(spec.inputs[i], spec.imagesOf(i));
    for (std::int64_t image = 0; image < spec.imagesOf(i); ++image)
      place(different[imageNumber(image)], spec.inputs[i], image, memory);
    workload.operands.push_back(spec.inputs[i].element == ElementType::u8 ? asBytes(memory)
                                                                          : std::move(memory));
  }
  return workload;
}

Result<std::vector<std::vector<float>>> evaluateWorkload(const Workload &workload) {
  const KernelSpec &spec = workload.spec;
  Result<Graph> graph = graphOf(workload);
  if (!graph) return tl::unexpected(graph.error());
  std::vector<std::map<std::string, Tensor>> different;
  for (std::size_t number = 0; number < differentImages(spec); ++number) {
    auto values = evaluateImage(*graph, spec, number);
    if (!values) return tl::unexpected(values.error());
    different.push_back(std::move(*values));
  }
  std::vector<std::vector<float>> results;
  for (std::size_t i = 0; i < spec.outputs.size(); ++i) {
    std::vector<float> memory = memoryFor(spec.outputs[i], spec.images);
    for (std::int64_t image = 0; image < spec.images; ++image)
      place(different[imageNumber(image)].at(resultName(i)), spec.outputs[i], image, memory);
    results.push_back(std::move(memory));
  }
  return results;
}

Result<std::vector<double>> errorBoundsOf(const Workload &workload, std::optional<WinogradTile> winograd) {
  const KernelSpec &spec = workload.spec;
  Result<Graph> graph = graphOf(workload);
  if (!graph) return tl::unexpected(graph.error());
  std::map<std::string, WinogradTile> tiles;
  for (std::size_t i = 0; winograd && i < spec.outputs.size(); ++i)
    tiles.emplace(resultName(i), *winograd);
  std::vector<double> bounds(spec.outputs.size(), 0);
  for (std::size_t number = 0; number < differentImages(spec); ++number) {
    auto values = evaluateImage(*graph, spec, number);
    if (!values) return tl::unexpected(values.error());
    const std::map<std::string, double> ofImage =
        errorBounds(*graph, *values, tiles, spec.isOnDevice() ? spec.device().storage : ElementType::f32);
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      const auto found = ofImage.find(resultName(i));
      if (found == ofImage.end()) continue;
      const bool isHalf = spec.outputs[i].element == ElementType::f16;
      const double storing = isHalf ? roundingToHalves(values->at(resultName(i))) : 0;
      bounds[i] = std::max(bounds[i], found->second + storing);
    }
  }
  return bounds;
}

} // namespace ninc
