#include "driver/Signature.h"

#include <algorithm>
#include <iterator>

namespace ninc {

Signature signatureOf(const Graph &graph) {
  Signature signature;
  for (Node node : graph.inputs())
    signature.inputs.push_back({graph.name(graph.result(node)), graph.type(graph.result(node)).shape});
  for (Value value : graph.outputs())
    signature.outputs.push_back({graph.name(value), graph.type(value).shape});
  return signature;
}

Signature signatureOf(const ninc_model &model) {
  auto named = [](const ninc_tensor &tensor) {
    return NamedShape{tensor.name, Shape(tensor.shape, tensor.shape + tensor.rank)};
  };
  Signature signature;
  std::transform(model.inputs, model.inputs + model.n_inputs, std::back_inserter(signature.inputs), named);
  std::transform(model.outputs, model.outputs + model.n_outputs, std::back_inserter(signature.outputs),
                 named);
  signature.batch = model.batch;
  return signature;
}

} // namespace ninc
