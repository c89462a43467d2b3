// The operators of the tables (Operators.h, constants/Evaluators.h), with their limits. Whoever adds one to
// those says here what it can't do; a test asks for it.
#include <map>

#include "frontend/onnx/OnnxModel.h"
#include "frontend/onnx/OperatorCheck.h"
#include "frontend/onnx/constants/Evaluators.h"

namespace ninc {

namespace {

using namespace onnx_import;

constexpr std::string_view none;
constexpr std::string_view floats = "of floats; integers and booleans where they are known";
constexpr std::string_view knownAlone = "known numbers alone";
constexpr std::string_view truths = "of what is computed, booleans that comparisons make: 0 and 1 of floats";

constexpr Limit limits[] = {
    {"Abs", none},
    {"Add", floats},
    {"And", truths},
    {"ArgMax", "as a model's last step: an int64 output"},
    {"ArgMin", "as a model's last step: an int64 output"},
    {"AveragePool", "signals, maps and volumes"},
    {"BatchNormalization", "known numbers a channel, not in training mode"},
    {"Cast", "of values that are computed, between float types and booleans"},
    {"CastLike", "as Cast"},
    {"Ceil", none},
    {"Celu", "alpha above 0"},
    {"Clip", "bounds are one number, or computed"},
    {"Concat", none},
    {"Constant", "float, integer and boolean tensors; no strings, no sparse tensors"},
    {"ConstantOfShape", "of a known shape"},
    {"Conv", "signals, maps and volumes; weights and bias are known"},
    {"ConvTranspose", "signals, maps and volumes; weights and bias are known"},
    {"Cos", none},
    {"DepthToSpace", none},
    {"DequantizeLinear", "known numbers alone: of stored weights"},
    {"Div", floats},
    {"Dropout", "not in training mode; no mask"},
    {"Elu", none},
    {"Equal", floats},
    {"Erf", none},
    {"Exp", none},
    {"Expand", "to a known shape"},
    {"Flatten", none},
    {"Floor", none},
    {"Gather", "along an axis by known indices"},
    {"Gelu", none},
    {"Gemm", none},
    {"GlobalAveragePool", "signals, maps and volumes"},
    {"GlobalMaxPool", "signals, maps and volumes"},
    {"Greater", floats},
    {"GreaterOrEqual", floats},
    {"GroupNormalization", "scale and bias are known"},
    {"HardSigmoid", none},
    {"HardSwish", none},
    {"Identity", none},
    {"If", "where its condition is known; the branch that isn't taken may be of anything"},
    {"InstanceNormalization", "scale and bias are known"},
    {"LRN", none},
    {"LayerNormalization", "scale and bias are known, or computed"},
    {"LeakyRelu", none},
    {"Less", floats},
    {"LessOrEqual", floats},
    {"Log", none},
    {"LogSoftmax", none},
    {"MatMul", none},
    {"Max", floats},
    {"MaxPool", "signals, maps and volumes; no indices"},
    {"Mean", none},
    {"Min", floats},
    {"Mish", none},
    {"Mod", knownAlone},
    {"Mul", floats},
    {"Neg", none},
    {"Not", truths},
    {"Or", truths},
    {"PRelu", "the slope is known, or stretches as in a product"},
    {"Pad", "pads are known"},
    {"Pow", none},
    {"Range", knownAlone},
    {"Reciprocal", none},
    {"ReduceL1", "axes are known"},
    {"ReduceL2", "axes are known"},
    {"ReduceMax", "axes are known"},
    {"ReduceMean", "axes are known"},
    {"ReduceMin", "axes are known"},
    {"ReduceProd", knownAlone},
    {"ReduceSum", "axes are known"},
    {"ReduceSumSquare", "axes are known"},
    {"Relu", none},
    {"Reshape", "to a known shape"},
    {"Resize", "scales or sizes, and a roi, are known"},
    {"Round", none},
    {"Selu", none},
    {"Shape", none},
    {"Sigmoid", none},
    {"Sign", none},
    {"Sin", none},
    {"Size", none},
    {"Slice", "starts, ends, axes and steps are known"},
    {"Softmax", none},
    {"Softplus", none},
    {"Softsign", none},
    {"SpaceToDepth", none},
    {"Split", "into parts of known sizes"},
    {"Sqrt", none},
    {"Squeeze", "axes are known"},
    {"Sub", floats},
    {"Sum", floats},
    {"Swish", none},
    {"Tanh", none},
    {"ThresholdedRelu", none},
    {"Tile", "known repeats"},
    {"TopK", "of a known K; where elements are is an int64 output"},
    {"Transpose", none},
    {"Unsqueeze", "axes are known"},
    {"Upsample", "as Resize"},
    {"Where", "by a condition that is known or that comparisons make"},
    {"Xor", truths},
};

} // namespace

std::vector<SupportedOperator> onnxOperators() {
  std::map<std::string_view, SupportedOperator> byName;
  for (const Operator *each : allOperators())
    byName[each->name].ofValues = true;
  for (const Operator *each : allEvaluators())
    byName[each->name].ofNumbers = true;
  byName[choice].ofNumbers = true;
  std::vector<SupportedOperator> list;
  for (auto &[name, supported] : byName) {
    supported.format = "ONNX";
    supported.name = name;
    supported.limits = limitsOf(name, limits);
    list.push_back(supported);
  }
  return list;
}

} // namespace ninc
