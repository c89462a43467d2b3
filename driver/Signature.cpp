#include "driver/Signature.h"

#include "execution/model/ResultTensor.h"

namespace ninc {

namespace {

std::vector<NamedShape> named(std::span<const ninc_tensor> tensors, const char *const *originals) {
  std::vector<NamedShape> list;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    list.push_back({tensors[i].name, shapeInMemory(tensors[i])});
    if (tensors[i].element == NINC_I64) list.back().element = ElementType::i64;
    if (tensors[i].element == NINC_U8) list.back().element = ElementType::u8;
    if (isInterleaved(tensors[i])) list.back().layout = Layout::hwc;
    if (originals && list.back().name != originals[i]) list.back().original = originals[i];
  }
  return list;
}

} // namespace

Signature signatureOf(const Graph &graph) {
  const auto shapeOf = [&](Value value) {
    const auto original = graph.originalNames.find(graph.name(value));
    const TensorType &type = graph.type(value);
    return NamedShape{
        graph.name(value), shapeInMemory(type), original == graph.originalNames.end() ? "" : original->second,
        type.element,      type.layout,         type.preprocessing};
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
