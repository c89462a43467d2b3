#include "driver/Signature.h"

namespace ninc {

namespace {

std::vector<NamedShape> named(std::span<const ninc_tensor> tensors, const char *const *originals) {
  std::vector<NamedShape> list;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    list.push_back({tensors[i].name, Shape(tensors[i].shape, tensors[i].shape + tensors[i].rank)});
    if (tensors[i].element == NINC_I64) list.back().element = ElementType::i64;
    if (originals && list.back().name != originals[i]) list.back().original = originals[i];
  }
  return list;
}

} // namespace

Signature signatureOf(const Graph &graph) {
  const auto shapeOf = [&](Value value) {
    const auto original = graph.originalNames.find(graph.name(value));
    return NamedShape{graph.name(value), graph.type(value).shape,
                      original == graph.originalNames.end() ? "" : original->second,
                      graph.type(value).element};
  };
  Signature signature;
  for (Node node : graph.inputs())
    signature.inputs.push_back(shapeOf(graph.result(node)));
  for (Value value : graph.outputs())
    signature.outputs.push_back(shapeOf(value));
  return signature;
}

Signature signatureOf(const ninc_model &model, RunShape shape) {
  const char *const *originals = model.original_names;
  Signature signature;
  signature.inputs = named(inputsOf(model, shape), originals);
  signature.outputs = named(outputsOf(model, shape), originals ? originals + model.n_inputs : nullptr);
  signature.batch = shape.images;
  return signature;
}

} // namespace ninc
