"""Small networks written as three exporters write theirs, habits included: PyTorch's, tf2onnx, paddle2onnx.

What is imitated was read off models that people published. Weights are random.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MINUS_INFINITY = -9223372036854775807  # as PyTorch writes the end of a slice that runs backwards


class Sample:
    """Nodes in the order of their making; weights are initializers, or Constant nodes where the exporter has no others."""

    def __init__(self, name, opset, constants_are_nodes=False):
        self.name, self.opset, self._constants_are_nodes = name, opset, constants_are_nodes
        self._random = np.random.default_rng(7)
        self._nodes, self._weights = [], []

    def node(self, operator, inputs, output, **attributes):
        self._nodes.append(helper.make_node(operator, inputs, [output], f"n{len(self._nodes)}", **attributes))
        return output

    def constant_node(self, output, array):
        return self.node("Constant", [], output, value=numpy_helper.from_array(np.asarray(array), output))

    def weight(self, name, array):
        array = np.asarray(array, np.float32) if np.asarray(array).dtype.kind == "f" else np.asarray(array)
        if self._constants_are_nodes:
            return self.constant_node(name, array)
        self._weights.append(numpy_helper.from_array(array, name))
        return name

    def random(self, *shape, fan_in=None):
        return (self._random.standard_normal(shape) * np.sqrt(2 / (fan_in or np.prod(shape[1:])))).astype(np.float32)

    def uniform(self, low, high, *shape):
        return self._random.uniform(low, high, shape).astype(np.float32)

    def model(self, image, dims, outputs):
        """With declared outputs that say nothing of use, as many do."""
        return self.model_of({image: dims}, outputs)

    def model_of(self, inputs, outputs, functions=()):
        """Of several inputs, and with functions of the file's own, whose domains are the model's too."""
        infos = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, dims) for name, dims in values.items()]
                 for values in (inputs, outputs)]
        graph = helper.make_graph(self._nodes, self.name, *infos, self._weights)
        domains = sorted({function.domain for function in functions} | {node.domain for node in self._nodes} - {""})
        opsets = [helper.make_opsetid("", self.opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name=self.name, functions=functions)
        model.ir_version = 8
        return model


def pytorch():
    """torch.onnx.export, opset 17, a free batch: paths of modules for names, shape arithmetic, F.pad's detour."""
    s = Sample("pytorch", 17)

    def conv(x, path, channels, outputs, kernel, stride=1, pad=0, group=1):
        weight = s.weight(f"{path[1:].replace('/', '.')}.weight", s.random(outputs, channels // group, kernel, kernel))
        bias = s.weight(f"onnx::Conv_{len(s._nodes)}", s.uniform(-0.1, 0.1, outputs))
        # A bias that equals another module's is that one's, by an Identity.
        bias = s.node("Identity", [bias], f"{bias}_shared")
        return s.node("Conv", [x, weight, bias], f"{path}/Conv_output_0", dilations=[1, 1], group=group,
                      kernel_shape=[kernel] * 2, pads=[pad] * 4, strides=[stride] * 2)

    def clip(x, path):
        bounds = [s.constant_node(f"{path}/Constant{suffix}_output_0", np.float32(bound))
                  for suffix, bound in (("", 0), ("_1", 6))]
        return s.node("Clip", [x, *bounds], f"{path}/Clip_output_0")

    # F.pad(x, (0, 1, 0, 1)): the pads last to first, by a reversal of pairs.
    pads = s.constant_node("/Constant_output_0", np.array([0, 1, 0, 1]))
    rest = s.node("ConstantOfShape", [s.constant_node("/Constant_1_output_0", np.array([4]))],
                  "/ConstantOfShape_output_0", value=numpy_helper.from_array(np.array([0])))
    pads = s.node("Concat", [pads, rest], "/Concat_output_0", axis=0)
    pads = s.node("Reshape", [pads, s.constant_node("/Constant_2_output_0", np.array([-1, 2]))], "/Reshape_output_0")
    ends = [s.constant_node(f"/Constant_{3 + i}_output_0", np.array([value]))
            for i, value in enumerate((-1, MINUS_INFINITY, 0, -1))]
    pads = s.node("Slice", [pads, *ends], "/Slice_output_0")
    pads = s.node("Transpose", [pads], "/Transpose_output_0", perm=[1, 0])
    pads = s.node("Reshape", [pads, s.constant_node("/Constant_7_output_0", np.array([-1]))], "/Reshape_1_output_0")
    pads = s.node("Cast", [pads], "/Cast_output_0", to=TensorProto.INT64)
    x = s.node("Pad", ["input", pads, s.constant_node("/Constant_8_output_0", np.float32(0))], "/Pad_output_0",
               mode="constant")

    x = clip(conv(x, "/features/0/0", 3, 16, 3, 2), "/features/0/2")
    y = clip(conv(x, "/features/1/conv/0", 16, 16, 3, 1, 1, 16), "/features/1/conv/2")
    y = conv(y, "/features/1/conv/3", 16, 16, 1)
    x = s.node("Add", [x, y], "/features/1/Add_output_0")
    # GELU as it was before opset 20.
    half = s.node("Div", [x, s.constant_node("/act/Constant_output_0", np.float32(np.sqrt(2)))], "/act/Div_output_0")
    erf = s.node("Add", [s.node("Erf", [half], "/act/Erf_output_0"),
                         s.constant_node("/act/Constant_1_output_0", np.float32(1))], "/act/Add_output_0")
    x = s.node("Mul", [s.node("Mul", [x, erf], "/act/Mul_output_0"),
                       s.constant_node("/act/Constant_2_output_0", np.float32(0.5))], "/act/Mul_1_output_0")
    x = s.node("Relu", [conv(x, "/features/2", 16, 24, 3, 2, 1)], "/features/3/Relu_output_0")
    x = s.node("AveragePool", [x], "/avgpool/AveragePool_output_0", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=0,
               pads=[0, 0, 0, 0], count_include_pad=1)
    # x.view(x.size(0), -1)
    shape = s.node("Shape", [x], "/Shape_output_0")
    size = s.node("Gather", [shape, s.constant_node("/Constant_9_output_0", np.int64(0))], "/Gather_output_0", axis=0)
    size = s.node("Unsqueeze", [size, s.weight("onnx::Unsqueeze_80", np.array([0]))], "/Unsqueeze_output_0")
    rest = s.constant_node("/Constant_10_output_0", np.array([-1]))
    x = s.node("Reshape", [x, s.node("Concat", [size, rest], "/Concat_1_output_0", axis=0)], "/Reshape_2_output_0",
               allowzero=0)
    weight = s.weight("classifier.1.weight", s.random(10, 24 * 16))
    s.node("Gemm", [x, weight, s.weight("classifier.1.bias", s.uniform(-0.1, 0.1, 10))], "output", alpha=1.0, beta=1.0,
           transB=1)
    return s.model("input", ["batch_size", 3, 32, 32], {"output": ["batch_size", 10]}), (2, 3, 32, 32)


class Tensorflow(Sample):
    """Layers whose values are [N, H, W, C], around operators that want [N, C, H, W]."""

    def channels_first(self, x):
        return self.node("Transpose", [x], f"{x.removesuffix(':0')}/to_nchw__{len(self._nodes)}:0", perm=[0, 3, 1, 2])

    def channels_last(self, x, name):
        return self.node("Transpose", [x], f"{name}:0", perm=[0, 2, 3, 1])

    def conv(self, x, name, channels, outputs, kernel, auto_pad=None, stride=1):
        """Weights [H, W, I, O], turned by a node; the bias is added to what was turned back."""
        path = f"StatefulPartitionedCall/model/{name}"
        weight = self.weight(f"{path}/Conv2D/ReadVariableOp:0",
                             self.random(kernel, kernel, channels, outputs, fan_in=kernel * kernel * channels))
        weight = self.node("Transpose", [weight], f"{path}/Conv2D/ReadVariableOp__{len(self._nodes)}:0",
                           perm=[3, 2, 0, 1])
        attributes = {"auto_pad": auto_pad} if auto_pad else {}
        y = self.node("Conv", [self.channels_first(x), weight], f"{path}/Conv2D/raw:0", strides=[stride] * 2, **attributes)
        return self.added(self.channels_last(y, f"{path}/Conv2D"), path, outputs)

    def added(self, x, path, outputs):
        return self.node("Add", [x, self.weight(f"{path}/BiasAdd/ReadVariableOp:0", self.uniform(-0.1, 0.1, outputs))],
                         f"{path}/BiasAdd:0")

    def depthwise(self, x, name, channels):
        """Weights [H, W, C, 1], turned and reshaped; batch norm folded to a product and a sum."""
        path = f"StatefulPartitionedCall/model/{name}"
        weight = self.weight(f"{path}/depthwise/ReadVariableOp:0", self.random(3, 3, channels, 1, fan_in=9))
        weight = self.node("Transpose", [weight], f"{path}/depthwise/turned:0", perm=[3, 2, 0, 1])
        weight = self.node("Reshape", [weight, self.weight(f"{path}/shape__{len(self._nodes)}", np.array([channels, 1, 3, 3]))],
                           f"{path}/depthwise/reshaped:0")
        y = self.node("Conv", [self.channels_first(x), weight], f"{path}/depthwise/raw:0", group=channels,
                      auto_pad="SAME_UPPER", kernel_shape=[3, 3])
        y = self.channels_last(y, f"{path}/depthwise")
        scale = self.weight(f"{path}/batchnorm/mul:0", self.uniform(0.5, 1.5, channels))
        y = self.node("Mul", [y, scale], f"{path}/batchnorm/mul_1:0")
        return self.node("Add", [y, self.weight(f"{path}/batchnorm/sub:0", self.uniform(-0.1, 0.1, channels))],
                         f"{path}/batchnorm/add_1:0")


def tf2onnx():
    """keras by tf2onnx, opset 13, without its optimizer: transposes around each convolution, pads of their own."""
    s = Tensorflow("tf2onnx", 13)
    # Preprocessing inside the network, then ZeroPadding2D and a strided convolution.
    x = s.node("Mul", ["input_1:0", s.weight("model/rescaling/Cast/x:0", np.float32(1 / 128))], "model/rescaling/mul:0")
    x = s.node("Sub", [x, s.weight("model/rescaling/offset:0", np.array([0.9, 1.0, 1.1]))], "model/rescaling/sub:0")
    pads = s.weight("const_fold_opt__12", np.array([0, 0, 0, 0, 0, 1, 1, 0]))
    x = s.node("Pad", [x, pads], "StatefulPartitionedCall/model/zero_padding2d/Pad:0")
    x = s.node("Relu", [s.conv(x, "conv1", 3, 16, 3, stride=2)], "conv1/Relu:0")
    y = s.node("Clip", [s.depthwise(x, "block/depthwise", 16), s.weight("zero__1", np.float32(0)),
                        s.weight("six__2", np.float32(6))], "block/Relu6:0")
    # Squeeze and excite, [N, 1, 1, C] inside.
    mean = s.node("ReduceMean", [y], "block/se/Mean:0", axes=[1, 2], keepdims=1)
    gate = s.node("Relu", [s.conv(mean, "block/se/reduce", 16, 4, 1)], "block/se/Relu:0")
    gate = s.node("Sigmoid", [s.conv(gate, "block/se/expand", 4, 16, 1)], "block/se/Sigmoid:0")
    y = s.node("Mul", [y, gate], "block/se/mul:0")
    y = s.conv(y, "block/project", 16, 16, 1)
    x = s.node("Add", [y, x], "block/add:0")
    left = s.node("Relu", [s.conv(x, "left", 16, 8, 3, "SAME_UPPER")], "left/Relu:0")
    right = s.node("MaxPool", [s.channels_first(x)], "right/MaxPool/raw:0", kernel_shape=[3, 3], strides=[1, 1],
                   auto_pad="SAME_UPPER")
    x = s.node("Concat", [left, s.channels_last(right, "right/MaxPool")], "concat/concat:0", axis=3)
    maps = s.node("LeakyRelu", [s.conv(x, "maps", 24, 6, 1)], "Identity_1:0", alpha=0.2)
    x = s.node("ReduceMean", [x], "global_average_pooling2d/Mean:0", axes=[1, 2], keepdims=0)
    x = s.node("MatMul", [x, s.weight("dense/MatMul/ReadVariableOp:0", s.random(24, 10, fan_in=24))], "dense/MatMul:0")
    x = s.added(x, "dense", 10)
    # Flatten of maps that have channels last, and a dense layer on it.
    flat = s.node("Reshape", [maps, s.weight("flatten/Const:0", np.array([-1, 6 * 16 * 16]))], "flatten/Reshape:0")
    flat = s.node("MatMul", [flat, s.weight("dense_1/MatMul/ReadVariableOp:0", s.random(6 * 16 * 16, 10, fan_in=1536))],
                  "dense_1/MatMul:0")
    s.node("Softmax", [s.node("Add", [x, flat], "add:0")], "Identity:0", axis=-1)
    return s.model("input_1:0", ["unk__749", 32, 32, 3],
                   {"Identity:0": ["unk__750", 10], "Identity_1:0": ["unk__751", 16, 16, 6]}), (1, 32, 32, 3)


def paddle2onnx():
    """PaddlePaddle by paddle2onnx, opset 11: no initializers, free extents, activations spelled out."""
    s = Sample("paddle2onnx", 11, constants_are_nodes=True)

    def conv(x, name, channels, outputs, kernel, stride=1, group=1, bias=False):
        weight = s.weight(f"{name}_weights", s.random(outputs, channels // group, kernel, kernel))
        y = s.node("Conv", [x, weight], f"{name}.tmp_0", dilations=[1, 1], kernel_shape=[kernel] * 2, strides=[stride] * 2,
                   group=group, pads=[kernel // 2] * 4)
        if not bias:
            return y
        shape = s.weight(f"{name}_shape", np.array([1, outputs, 1, 1]))
        offset = s.node("Reshape", [s.weight(f"{name}_offset", s.uniform(-0.1, 0.1, outputs)), shape], f"{name}_offset.r")
        return s.node("Identity", [s.node("Add", [y, offset], f"{name}.tmp_1")], f"{name}.tmp_2")

    def norm(x, name, channels):
        return s.node("BatchNormalization", [x, s.weight(f"{name}_scale", s.uniform(0.5, 1.5, channels)),
                                             s.weight(f"{name}_offset", s.uniform(-0.1, 0.1, channels)),
                                             s.weight(f"{name}_mean", s.uniform(-0.1, 0.1, channels)),
                                             s.weight(f"{name}_variance", s.uniform(0.5, 1.5, channels))],
                      f"{name}.tmp_3", epsilon=9.999999747378752e-06, momentum=0.8999999761581421)

    def hard_swish(x, name):
        three, zero, six = (s.weight(f"{name}_{value}", np.array(value, np.float32).reshape(shape))
                            for value, shape in ((3.0, [1]), (0.0, []), (6.0, [])))
        clipped = s.node("Clip", [s.node("Add", [x, three], f"{name}.add"), zero, six], f"{name}.clip")
        product = s.node("Mul", [x, clipped], f"{name}.mul")
        return s.node("Div", [product, s.weight(f"{name}_6d", np.array([6.0]))], f"{name}.tmp_0")

    def learned(x, name):
        """A learnable factor and offset, constants first."""
        y = s.node("Mul", [s.weight(f"{name}_scale", np.array([1.25])), x], f"{name}.tmp_0")
        return s.node("Add", [s.weight(f"{name}_bias", np.array([-0.125])), y], f"{name}.tmp_1")

    x = hard_swish(norm(conv("x", "conv2d_0", 3, 8, 3, 2), "batch_norm_0", 8), "hardswish_0")
    y = norm(conv(x, "depthwise_1", 8, 8, 3, group=8), "batch_norm_1", 8)
    y = learned(hard_swish(learned(y, "lab_0"), "hardswish_1"), "lab_1")
    gate = s.node("GlobalAveragePool", [y], "pool2d_0.tmp_0")
    gate = s.node("Relu", [conv(gate, "conv2d_2", 8, 4, 1, bias=True)], "relu_0.tmp_0")
    gate = s.node("HardSigmoid", [conv(gate, "conv2d_3", 4, 8, 1, bias=True)], "hardsigmoid_0.tmp_0", alpha=0.2, beta=0.5)
    x = s.node("Add", [s.node("Mul", [y, gate], "elementwise_mul_0"), x], "elementwise_add_0")
    x = s.node("MaxPool", [x], "pool2d_1.tmp_0", kernel_shape=[2, 2], strides=[2, 2], pads=[0, 0, 0, 0])
    # flatten(2) by the shape's own first numbers, and a matrix over what is last.
    shape = s.node("Shape", [x], "shape_0.tmp_0")
    first = s.node("Slice", [shape, *(s.weight(f"slice_{i}", np.array([i])) for i in (0, 2))], "shape_0.slice")
    shape = s.node("Concat", [s.node("Cast", [first], "shape_0.cast", to=TensorProto.INT64), s.weight("minus_1", np.array([-1]))],
                   "shape_0.concat", axis=0)
    x = s.node("Transpose", [s.node("Reshape", [x, shape], "flatten_0.tmp_0")], "transpose_0.tmp_0", perm=[0, 2, 1])
    x = s.node("MatMul", [x, s.weight("linear_0.w_0", s.random(8, 12, fan_in=8))], "linear_0.tmp_0")
    x = s.node("Add", [x, s.weight("linear_0.b_0", s.uniform(-0.1, 0.1, 12))], "linear_0.tmp_1")
    s.node("Identity", [s.node("Softmax", [x], "softmax_0.tmp_0", axis=2)], "save_infer_model/scale_0.tmp_1")
    model = s.model("x", ["p2o.DynamicDimension.0", 3, "?", "?"], {"save_infer_model/scale_0.tmp_1": [-1, -1, 12]})
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = -1
    return model, (1, 3, 32, 48)


SAMPLES = {"pytorch": pytorch, "tf2onnx": tf2onnx, "paddle2onnx": paddle2onnx}
