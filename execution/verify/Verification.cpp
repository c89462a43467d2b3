#include "execution/verify/Verification.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "execution/model/ResultTensor.h"
#include "execution/verify/Choices.h"
#include "execution/verify/WinogradValues.h"
#include "ir/interpreter/Interpreter.h"
#include "ir/interpreter/bounds/ErrorBound.h"

namespace ninc {

namespace {

LayerComparison compare(const std::string &name, const Tensor &computed, const Tensor &reference,
                        double bound) {
  LayerComparison layer;
  layer.name = name;
  layer.shape = reference.shape;
  layer.bound = bound;
  for (std::size_t i = 0; i < reference.data.size(); ++i) {
    double expected = reference.data[i], got = computed.data[i];
    layer.maxReference = std::max(layer.maxReference, std::abs(expected));
    double error = std::abs(got - expected);
    // A NaN compares false with everything; it is a difference without measure.
    if (std::isnan(error)) error = std::numeric_limits<double>::infinity();
    if (error > layer.maxError) layer.maxError = error;
  }
  // The reference is finite (checkNoOverflow), so nothing else is near it, however large the bound.
  layer.agrees = std::isfinite(layer.maxError) && layer.maxError <= bound;
  return layer;
}

// The same of any value of the model.
LayerComparison compareValue(const Graph &model, const std::string &name, const Tensor &computed,
                             const std::map<std::string, Tensor> &reference,
                             const std::map<std::string, double> &bounds) {
  const Value value = model.find(name);
  if (!value || model.type(value).element != ElementType::i64)
    return compare(name, computed, reference.at(name), bounds.at(name));
  const ChoiceComparison choices = compareChoices(model, value, computed, reference, bounds);
  LayerComparison layer;
  layer.name = name;
  layer.shape = computed.shape;
  layer.maxError = choices.shortfall;
  layer.maxReference = choices.largest;
  layer.bound = choices.bound;
  layer.agrees = choices.shortfall <= choices.bound;
  return layer;
}

// By how much of its bound a comparison is off, so that inputs of different size can be compared.
bool isWorse(const LayerComparison &a, const LayerComparison &b) {
  if (a.agrees != b.agrees) return !a.agrees;
  return a.maxError * b.bound > b.maxError * a.bound;
}

// Where each value of the model stands in its topological order: a kernel that computes several values lists
// its answer first, but the values behind it are the ones to look at first.
std::map<std::string, std::size_t> orderOfValues(const Graph &model) {
  std::map<std::string, std::size_t> order;
  for (Node node : model.topologicalOrder())
    for (std::size_t i = 0; i < model.resultCount(node); ++i)
      order.emplace(model.name(model.result(node, i)), order.size());
  return order;
}

// Inputs of image `index` out of tensors that hold `batch` of them one after another.
std::map<std::string, Tensor> imageOf(const Graph &model, std::span<const Tensor> batched,
                                      std::int64_t index) {
  std::map<std::string, Tensor> inputs;
  std::vector<Node> nodes = model.inputs();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    Value value = model.result(nodes[i]);
    Tensor tensor{shapeInMemory(model.type(value)), {}};
    auto first = batched[i].data.begin() + index * elementCount(tensor.shape);
    tensor.data.assign(first, first + elementCount(tensor.shape));
    inputs.emplace(model.name(value), std::move(tensor));
  }
  return inputs;
}

bool allFinite(const Tensor &tensor) {
  return std::ranges::all_of(tensor.data, [](float number) { return std::isfinite(number); });
}

// Kernels may assume finite numbers (docs/numerics.md), so there is nothing to compare on others.
Result<void> checkFinite(const Graph &model, std::span<const Tensor> inputs) {
  std::vector<Node> nodes = model.inputs();
  for (std::size_t i = 0; i < inputs.size() && i < nodes.size(); ++i)
    if (!allFinite(inputs[i]))
      return fail(fmt::format("input '{}' holds infinities or NaNs; verify compares on finite numbers",
                              model.name(model.result(nodes[i]))));
  return {};
}

Result<void> checkNoOverflow(const Graph &model, const std::map<std::string, Tensor> &reference) {
  for (Node node : model.topologicalOrder())
    for (std::size_t i = 0; i < model.resultCount(node); ++i)
      if (const std::string &name = model.name(model.result(node, i)); !allFinite(reference.at(name)))
        return fail(
            fmt::format("'{}' exceeds the range of f32 on these inputs; verify on smaller ones", name));
  return {};
}

Result<void> sameSignature(const char *what, std::span<const Value> values, const Graph &model,
                           std::span<const ninc_tensor> tensors) {
  if (values.size() != tensors.size())
    return fail(fmt::format("the model has {} {}s, the library {}", values.size(), what, tensors.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Shape shape(tensors[i].shape, tensors[i].shape + tensors[i].rank);
    const TensorType &type = model.type(values[i]);
    if (model.name(values[i]) != tensors[i].name || type.shape != shape)
      return fail(fmt::format("{} {} is {} {} in the model, but {} {} in the library", what, i,
                              model.name(values[i]), toString(model.type(values[i]).shape), tensors[i].name,
                              toString(shape)));
    if (shapeInMemory(type) != shapeInMemory(tensors[i]) ||
        (type.element == ElementType::u8) != (tensors[i].element == NINC_U8))
      return fail(fmt::format("{} {} is {} in the model, but the library was compiled for another order or "
                              "kind of elements",
                              what, model.name(values[i]), toString(type)));
  }
  return {};
}

} // namespace

std::string Verification::firstDivergence() const {
  for (const LayerComparison &layer : layers)
    if (!layer.agrees) return layer.name;
  return {};
}

void Verification::merge(const Verification &other) {
  for (std::size_t i = 0; i < layers.size() && i < other.layers.size(); ++i)
    if (isWorse(other.layers[i], layers[i])) layers[i] = other.layers[i];
}

Result<Verification> verifyLibrary(const Graph &model, LoadedModel &library,
                                   const std::vector<Tensor> &inputs) {
  std::vector<Value> modelInputs;
  for (Node node : model.inputs())
    modelInputs.push_back(model.result(node));
  if (auto same = sameSignature("input", modelInputs, model, library.inputs()); !same)
    return tl::unexpected(same.error());
  if (auto same = sameSignature("output", model.outputs(), model, library.outputs()); !same)
    return tl::unexpected(same.error());

  if (auto finite = checkFinite(model, inputs); !finite) return tl::unexpected(finite.error());

  // The whole call first: it checks the inputs' sizes, and its outputs must agree for every image.
  Result<std::vector<Tensor>> outputs = library.run(inputs);
  if (!outputs) return tl::unexpected(outputs.error());

  const std::map<std::string, WinogradTile> winograd =
      winogradByValue(model, kernelsOfValues(library.kernels()), winogradKernels(library.kernels()));
  Verification verification;
  std::map<std::string, LayerComparison> worstOutput;
  for (std::int64_t image = 0; image < library.images(); ++image) {
    Result<std::map<std::string, Tensor>> reference = evaluateAll(model, imageOf(model, inputs, image));
    if (!reference) return tl::unexpected(reference.error());
    if (auto finite = checkNoOverflow(model, *reference); !finite) return tl::unexpected(finite.error());
    std::map<std::string, double> bounds = errorBounds(model, *reference, winograd, library.storage());

    if (image == 0) {
      auto visit = [&](const ninc_kernel &kernel, int result, const Tensor &computed) {
        std::string name = kernel.results[result].name;
        auto found = reference->find(name);
        if (found == reference->end() || found->second.data.size() != computed.data.size()) return;
        verification.layers.push_back(compareValue(model, name, computed, *reference, bounds));
      };
      if (auto done = library.runStepwise(inputs, visit); !done) return tl::unexpected(done.error());
    }
    for (std::size_t i = 0; i < outputs->size(); ++i) {
      std::string name = library.outputs()[i].name;
      const Tensor &expected = reference->at(name);
      auto count = static_cast<std::int64_t>(expected.data.size());
      Tensor computed{expected.shape, {}};
      auto first = (*outputs)[i].data.begin() + image * count;
      computed.data.assign(first, first + count);
      LayerComparison layer = compareValue(model, name, computed, *reference, bounds);
      layer.output = true;
      auto [place, fresh] = worstOutput.try_emplace(name, layer);
      if (!fresh && isWorse(layer, place->second)) place->second = layer;
    }
  }
  std::map<std::string, std::size_t> order = orderOfValues(model);
  std::ranges::stable_sort(verification.layers, {},
                           [&](const LayerComparison &layer) { return order.at(layer.name); });
  for (const ninc_tensor &output : library.outputs())
    verification.layers.push_back(worstOutput.at(output.name));
  return verification;
}

} // namespace ninc
