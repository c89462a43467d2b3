#include "tests/support/SpecOf.h"

#include "ir/ops/TypeRules.h"

namespace ninc::testing {

KernelSpec specOf(const Op &op, const std::vector<TensorType> &inputs, const Target &target,
                  Layout mapLayout) {
  KernelSpec spec{op, inputs, inferTypes(op, inputs).value(), target};
  for (TensorType &type : spec.outputs)
    if (type.shape.size() == 3) type.layout = mapLayout;
  return spec;
}

} // namespace ninc::testing
