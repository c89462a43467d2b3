"""Small networks as exporters write them, names and quirks included, to be imported as texts."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

GRAPHS = {}


def network(function):
    """Registers a function that builds a model with a Builder."""
    GRAPHS[function.__name__] = function
    return function


class Builder:
    """A graph that grows node by node; weights are drawn as they are needed."""

    def __init__(self, seed, opset=13, producer="import_test"):
        self.random = np.random.default_rng(seed)
        self.nodes, self.weights, self.inputs, self.outputs = [], [], [], []
        self.opset, self.producer, self.next = opset, producer, 0

    def input(self, name, *shape):
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def output(self, name, *shape):
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def fresh(self):
        self.next += 1
        return f"r{self.next}"

    def number(self, name, array):
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def weight(self, name, *shape):
        fan_in = max(1, int(np.prod(shape[1:])))
        return self.number(name, (self.random.standard_normal(shape) * (2 / fan_in) ** 0.5).astype(np.float32))

    def add(self, op, *inputs, to=None, name="", **attributes):
        to = to or self.fresh()
        self.nodes.append(helper.make_node(op, list(inputs), [to], name=name, **attributes))
        return to

    def conv(self, x, name, shape, bias=True, to=None, suffixes=("_w_0", "_b_0"), **attributes):
        inputs = [x, self.weight(name + suffixes[0], *shape)]
        if bias:
            inputs.append(self.weight(name + suffixes[1], shape[0]))
        return self.add("Conv", *inputs, to=to, kernel_shape=shape[2:], **attributes)

    def norm(self, x, name, channels, to=None, suffixes=("_s_0", "_b_0", "_rm_0", "_riv_0")):
        values = [self.random.uniform(0.5, 1.5, channels), self.random.uniform(-0.5, 0.5, channels),
                  self.random.uniform(-0.5, 0.5, channels), self.random.uniform(0.5, 1.5, channels)]
        names = [self.number(name + suffix, value.astype(np.float32)) for suffix, value in zip(suffixes, values)]
        return self.add("BatchNormalization", x, *names, to=to)

    def model(self):
        graph = helper.make_graph(self.nodes, "main_graph", self.inputs, self.outputs, self.weights)
        return helper.make_model(graph, producer_name=self.producer, producer_version="1.0", ir_version=8,
                                 opset_imports=[helper.make_opsetid("", self.opset)])


@network
def network_in_network():
    b = Builder(1)
    x, channels = b.input("data", 1, 3, 16, 16), 3
    for stage, kernel in ((1, 5), (2, 3)):
        x = b.add("Relu", b.conv(x, f"conv{stage}", (12, channels, kernel, kernel), pads=[kernel // 2] * 4))
        for layer in (1, 2):
            x = b.add("Relu", b.conv(x, f"cccp{2 * stage - 2 + layer}", (8 if layer == 2 else 12, 12, 1, 1)))
        channels = 8
        if stage == 1:
            x = b.add("Dropout", b.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2]))
    x = b.add("Reshape", b.add("GlobalAveragePool", x), b.number("shape", np.array([1, -1])))
    b.output(b.add("Softmax", x, to="prob"), 1, 8)
    return b.model()


@network
def residual_blocks():
    b = Builder(2)
    x = b.input("gpu_0/data_0", 1, 3, 12, 12)
    x = b.add("Relu", b.norm(b.conv(x, "gpu_0/conv1", (16, 3, 3, 3), bias=False), "gpu_0/res_conv1_bn", 16))
    for block in range(2):
        shortcut, name = x, f"gpu_0/res2_{block}_branch"
        if block == 0:
            shortcut = b.norm(b.conv(x, name + "1", (32, 16, 1, 1), bias=False), name + "1_bn", 32)
        y = b.add("Relu", b.norm(b.conv(x, name + "2a", (8, 32 if block else 16, 1, 1), bias=False), name + "2a_bn", 8))
        y = b.add("Relu", b.norm(b.conv(y, name + "2b", (8, 8, 3, 3), bias=False, pads=[1] * 4), name + "2b_bn", 8))
        y = b.norm(b.conv(y, name + "2c", (32, 8, 1, 1), bias=False), name + "2c_bn", 32)
        x = b.add("Relu", b.add("Sum", y, shortcut))
    x = b.add("Flatten", b.add("AveragePool", x, kernel_shape=[10, 10]))
    x = b.add("Gemm", x, b.weight("gpu_0/pred_w_0", 5, 32), b.weight("gpu_0/pred_b_0", 5), transB=1)
    b.output(b.add("Softmax", x, to="gpu_0/softmax_1"), 1, 5)
    return b.model()


@network
def fire_modules():
    b = Builder(3, opset=9)
    x, channels = b.add("Relu", b.conv(b.input("data_0", 1, 3, 20, 20), "conv1", (8, 3, 3, 3), strides=[2, 2])), 8
    for fire in (2, 3):
        s = b.add("Relu", b.conv(x, f"fire{fire}/squeeze1x1", (4, channels, 1, 1)))
        one = b.add("Relu", b.conv(s, f"fire{fire}/expand1x1", (8, 4, 1, 1)))
        three = b.add("Relu", b.conv(s, f"fire{fire}/expand3x3", (8, 4, 3, 3), pads=[1] * 4))
        x, channels = b.add("Concat", one, three, axis=1), 16
    x = b.add("Relu", b.conv(x, "conv10", (6, 16, 1, 1)))
    b.output(b.add("Softmax", b.add("GlobalAveragePool", x), to="softmaxout_1"), 1, 6, 1, 1)
    return b.model()


@network
def inception():
    b = Builder(4)
    x = b.add("Relu", b.conv(b.input("data", 1, 3, 16, 16), "conv1/7x7_s2", (16, 3, 7, 7), strides=[2, 2], pads=[3] * 4))
    x = b.add("LRN", x, size=5, alpha=1e-4, beta=0.75)
    branches = [b.add("Relu", b.conv(x, "inception_3a/1x1", (8, 16, 1, 1)))]
    for size in (3, 5):
        y = b.add("Relu", b.conv(x, f"inception_3a/{size}x{size}_reduce", (4, 16, 1, 1)))
        branches.append(b.add("Relu", b.conv(y, f"inception_3a/{size}x{size}", (6, 4, size, size), pads=[size // 2] * 4)))
    y = b.add("MaxPool", x, kernel_shape=[3, 3], pads=[1] * 4)
    branches.append(b.add("Relu", b.conv(y, "inception_3a/pool_proj", (4, 16, 1, 1))))
    b.output(b.add("Concat", *branches, to="inception_3a/output", axis=1), 1, 24, 8, 8)
    return b.model()


@network
def dense_block():
    b = Builder(5)
    x, channels = b.conv(b.input("data_0", 1, 3, 10, 10), "conv1", (8, 3, 3, 3)), 8
    for layer in (1, 2):
        y = b.add("Relu", b.norm(x, f"conv2_{layer}/x1/bn", channels))
        y = b.conv(y, f"conv2_{layer}/x1", (12, channels, 1, 1), bias=False)
        y = b.add("Relu", b.norm(y, f"conv2_{layer}/x2/bn", 12))
        x = b.add("Concat", x, b.conv(y, f"conv2_{layer}/x2", (4, 12, 3, 3), bias=False, pads=[1] * 4), axis=1)
        channels += 4
    b.output(b.add("GlobalAveragePool", x, to="out"), 1, channels, 1, 1)
    return b.model()


@network
def mobile_blocks_of_paddle():
    """Hard swish and hard sigmoid spelled out, biases added, squeeze and excite, a free batch."""
    b = Builder(6, opset=11, producer="PaddlePaddle")
    x = b.input("x", -1, 3, 12, 12)

    def biased(x, name, shape, **attributes):
        y = b.conv(x, name, shape, bias=False, suffixes=("_weights", ""), **attributes)
        return b.add("Add", y, b.weight(name + "_offset", 1, shape[0], 1, 1))

    def number(value):
        return b.number(b.fresh(), np.array([value], np.float32))

    def hard_swish(x):
        return b.add("Div", b.add("Mul", x, b.add("Clip", b.add("Add", x, number(3)), number(0), number(6))), number(6))

    x = hard_swish(biased(x, "conv1", (8, 3, 3, 3), strides=[2, 2], pads=[1] * 4))
    for block in (2, 3):
        y = hard_swish(biased(x, f"conv{block}_expand", (16, 8, 1, 1)))
        y = hard_swish(biased(y, f"conv{block}_depthwise", (16, 1, 3, 3), group=16, pads=[1] * 4))
        s = b.add("Relu", biased(b.add("GlobalAveragePool", y), f"conv{block}_se_1", (4, 16, 1, 1)))
        s = b.add("Add", biased(s, f"conv{block}_se_2", (16, 4, 1, 1)), number(3))
        s = b.add("Div", b.add("Clip", s, number(0), number(6)), number(6))
        y = biased(b.add("Mul", y, s), f"conv{block}_linear", (8, 16, 1, 1))
        x = b.add("Add", x, y)
    x = b.add("Reshape", b.add("GlobalAveragePool", x), b.number("shape", np.array([-1, 8])))
    x = b.add("Add", b.add("MatMul", x, b.weight("fc_0.w_0", 8, 4)), b.weight("fc_0.b_0", 4))
    b.output(b.add("Softmax", x, to="save_infer_model/scale_0.tmp_1"), -1, 4)
    return b.model()


@network
def channels_last_of_tensorflow():
    b = Builder(7, producer="tf2onnx")
    x = b.add("Transpose", b.input("serving_default_input_1:0", 2, 10, 10, 3), perm=[0, 3, 1, 2])
    x = b.add("Relu", b.conv(x, "model/conv2d/Conv2D", (8, 3, 3, 3), suffixes=("_weights_fused_bn", "_bias_fused_bn")),
              to="model/re_lu/Relu:0")
    x = b.add("MaxPool", x, to="model/max_pooling2d/MaxPool:0", kernel_shape=[2, 2], strides=[2, 2])
    x = b.add("Transpose", x, to="model/max_pooling2d/MaxPool__7:0", perm=[0, 2, 3, 1])
    x = b.add("Reshape", x, b.number("shape", np.array([2, -1])), to="model/flatten/Reshape:0")
    x = b.add("MatMul", x, b.weight("model/dense/MatMul/ReadVariableOp:0", 128, 5), to="model/dense/MatMul:0")
    x = b.add("Add", x, b.weight("model/dense/BiasAdd/ReadVariableOp:0", 5), to="model/dense/BiasAdd:0")
    b.output(b.add("Softmax", x, to="StatefulPartitionedCall:0"), 2, 5)
    return b.model()


@network
def shuffled_groups():
    b = Builder(8)
    x = b.input("x", 1, 8, 9, 9)
    y = b.add("Relu", b.norm(b.conv(x, "gconv1_0", (8, 4, 1, 1), bias=False, group=2), "gconv1_0_bn", 8))
    y = b.add("Reshape", y, b.number("split", np.array([1, 2, 4, 9, 9])))
    y = b.add("Reshape", b.add("Transpose", y, perm=[0, 2, 1, 3, 4]), b.number("join", np.array([1, 8, 9, 9])))
    y = b.norm(b.conv(y, "gconv3_0", (8, 1, 3, 3), bias=False, group=8, pads=[1] * 4), "gconv3_0_bn", 8)
    y = b.norm(b.conv(y, "gconv1_1", (8, 4, 1, 1), bias=False, group=2), "gconv1_1_bn", 8)
    b.output(b.add("Relu", b.add("Add", x, y), to="y"), 1, 8, 9, 9)
    return b.model()


@network
def two_inputs_two_outputs():
    b = Builder(9)
    names = (".weight", ".bias")
    left = b.add("Relu", b.conv(b.input("left:0", 1, 3, 8, 8), "left.conv", (8, 3, 3, 3), suffixes=names))
    right = b.add("Sigmoid", b.conv(b.input("right/0", 1, 3, 8, 8), "right.conv", (8, 3, 3, 3), suffixes=names))
    x = b.add("Mul", left, right)
    b.output(b.add("Tanh", x, to="a b"), 1, 8, 6, 6)
    b.output(b.add("ReduceMean", x, to="mean:0", axes=[2, 3], keepdims=0), 1, 8)
    return b.model()


@network
def torch_names():
    b = Builder(10, opset=17, producer="pytorch")
    names = (".weight", ".bias")
    x = b.conv(b.input("input.1", 1, 3, 14, 14), "features.0", (8, 3, 3, 3), suffixes=names, to="/features/features.0/Conv_output_0")
    x = b.add("Clip", x, b.number("low", np.float32(0)), b.number("high", np.float32(6)), to="/features/features.1/Clip_output_0")
    x = b.add("MaxPool", x, to="/features/features.2/MaxPool_output_0", kernel_shape=[2, 2], strides=[2, 2])
    x = b.conv(x, "features.3", (8, 8, 3, 3), suffixes=names, to="/features/features.3/Conv_output_0")
    x = b.add("Mul", x, b.add("Sigmoid", x, to="/features/features.4/Sigmoid_output_0"), to="/features/features.4/Mul_output_0")
    e = b.add("Erf", b.add("Div", x, b.number("root", np.float32(2**0.5)), to="/Div_output_0"), to="/Erf_output_0")
    x = b.add("Mul", x, b.add("Add", e, b.number("one", np.float32(1)), to="/Add_output_0"), to="/Mul_output_0")
    x = b.add("Flatten", b.add("Mul", x, b.number("half", np.float32(0.5)), to="/Mul_1_output_0"), to="/Flatten_output_0")
    x = b.add("Gemm", x, b.weight("classifier.0.weight", 12, 128), b.weight("classifier.0.bias", 12), transB=1,
              to="/classifier/classifier.0/Gemm_output_0")
    x = b.add("Relu", x, to="/classifier/classifier.1/Relu_output_0")
    b.output(b.add("Gemm", x, b.weight("classifier.2.weight", 3, 12), b.weight("classifier.2.bias", 3), transB=1, to="18"), 1, 3)
    return b.model()


@network
def signal():
    b = Builder(11)
    x = b.add("Relu", b.conv(b.input("signal", 1, 2, 64), "conv1", (8, 2, 5), pads=[4, 0], dilations=[1]))
    x = b.add("LeakyRelu", b.conv(x, "conv2", (8, 8, 3), dilations=[4]), alpha=0.1)
    x = b.add("PRelu", b.conv(x, "conv3", (4, 8, 1)), b.number("prelu_alpha", np.array([[0.1], [0.2], [0.3], [0.4]], np.float32)))
    b.output(b.add("AveragePool", x, to="y", kernel_shape=[2], strides=[2]), 1, 4, 28)
    return b.model()


@network
def nothing_to_learn():
    b = Builder(12)
    x = b.add("Exp", b.add("Neg", b.add("Abs", b.input("x", 1, 4, 4))))
    b.output(b.add("Identity", b.add("Transpose", x, perm=[0, 2, 1]), to="y"), 1, 4, 4)
    return b.model()


@network
def folded_scales():
    """A convolution's maps times and plus a number a channel, and what can't be folded."""
    b = Builder(13)
    x = b.conv(b.input("x", 1, 3, 8, 8), "conv1", (8, 3, 3, 3))
    x = b.add("Mul", x, b.weight("scale1_scale", 1, 8, 1, 1))
    x = b.add("Relu", b.add("Add", x, b.weight("scale1_bias", 1, 8, 1, 1)))
    y = b.norm(b.add("AveragePool", x, kernel_shape=[3, 3]), "norm2", 8)
    b.output(b.add("Relu", y, to="y"), 1, 8, 4, 4)
    return b.model()
