#!/usr/bin/env python3
"""Evaluates two small networks with ONNX Runtime and keeps every layer's output.

Run by hand; the result is committed:

    python3 -m venv venv && venv/bin/pip install -r tests/requirements.txt
    venv/bin/python tests/conformance/networks.py tests/conformance/networks

`nin_small` has the structure of the paper's CIFAR-10 network with fewer channels on a smaller image; `mixed` has the
other ops in one graph: groups, dilation, asymmetric padding, batch norm, LRN, a residual sum, a gate, a concat, a
dense layer. The files are those of convert.py, with one expected tensor for each value of the .nin model.
"""
import pathlib
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from convert import write_safetensors


class Network:
    """The same graph twice: as ONNX nodes and as .nin lines."""

    def __init__(self, name, seed, input_name, shape):
        self.name, self.random = name, np.random.default_rng(seed)
        self.image, self.shape = input_name, shape
        self.lines = [f"{input_name} = input f32[{', '.join(map(str, shape))}]"]
        self.nodes, self.initializers, self.weights, self.values = [], [], {}, []

    def node(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def parameter(self, name, array):
        self.weights[name] = array.astype(np.float32)
        self.initializers.append(numpy_helper.from_array(self.weights[name], name))
        return name

    def value(self, name, text):
        self.lines.append(f"{name} = {text}")
        self.values.append(name)
        return name

    def conv(self, x, output, prefix, channels, outputs, kernel, pads=(0, 0, 0, 0), stride=1, dilation=1, groups=1):
        fan_in = channels // groups * kernel * kernel
        weight = self.parameter(f"{prefix}.weight", self.random.normal(0, np.sqrt(2 / fan_in), [
            outputs, channels // groups, kernel, kernel]))
        bias = self.parameter(f"{prefix}.bias", self.random.uniform(-0.1, 0.1, [outputs]))
        return self.node("Conv", [x, weight, bias], output, pads=list(pads), strides=[stride] * 2,
                         dilations=[dilation] * 2, group=groups, kernel_shape=[kernel] * 2)

    def mlpconv(self, x, name, channels, kernel, pad, outputs):
        text = f"mlpconv {x} [conv {kernel}x{kernel}{f' pad {pad}' if pad else ''} -> {', '.join(map(str, outputs))}]"
        for i, out in enumerate(outputs):
            last = i == len(outputs) - 1
            x = self.conv(x, f"{name}_{i}_sum", f"{name}.{i}", channels, out, kernel if i == 0 else 1,
                          [pad if i == 0 else 0] * 4)
            x = self.node("Relu", [x], name if last else f"{name}_{i}")
            channels = out
        return self.value(name, text)

    def write(self, folder):
        image = self.random.uniform(-1, 1, [1, *self.shape]).astype(np.float32)
        outputs = [helper.make_tensor_value_info(v, TensorProto.FLOAT, None) for v in self.values]
        graph = helper.make_graph(self.nodes, self.name, [
            helper.make_tensor_value_info(self.image, TensorProto.FLOAT, [1, *self.shape])], outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        results = session.run(self.values, {self.image: image})
        data = {f"0.{self.image}": image[0]}
        for name, result in zip(self.values, results):
            data[f"0.{name}"] = np.squeeze(result[0], (1, 2)) if name == "mean" else result[0]
        text = [f"# Made by networks.py, expected values by ONNX Runtime {onnxruntime.__version__}",
                f"model {self.name}", f'weights "{self.name}.safetensors"', "", *self.lines,
                f"output {self.values[-1]}", ""]
        (folder / f"{self.name}.nin").write_text("\n".join(text))
        write_safetensors(folder / f"{self.name}.safetensors", self.weights)
        write_safetensors(folder / f"{self.name}.data.safetensors", data)


def nin_small():
    net = Network("nin_small", 1, "image", [3, 16, 16])
    x = net.mlpconv("image", "stage1", 3, 5, 2, [24, 20, 16])
    net.node("MaxPool", [x], "pool1", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    x = net.value("pool1", f"max_pool {x} 3x3 stride 2 ceil")
    x = net.node("Identity", [x], "drop1")
    net.value("drop1", "dropout pool1 0.5")
    x = net.mlpconv(x, "stage2", 16, 5, 2, [24, 24, 24])
    net.node("MaxPool", [x], "pool2", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    x = net.value("pool2", f"max_pool {x} 3x3 stride 2 ceil")
    x = net.mlpconv(x, "maps", 24, 3, 1, [24, 24, 10])
    net.node("GlobalAveragePool", [x], "mean")
    net.value("mean", f"global_avg_pool {x}")
    net.node("Flatten", ["mean"], "mean_flat")
    net.node("Softmax", ["mean_flat"], "prob", axis=1)
    net.value("prob", "softmax mean")
    return net


def mixed():
    net = Network("mixed", 2, "x", [4, 13, 11])
    net.conv("x", "wide", "wide", 4, 12, 3, [1, 0, 2, 1], stride=2, groups=2)
    net.value("wide", "conv2d x 3x3 stride 2 pad 1,0,2,1 groups 2 -> 12")
    statistics = [net.parameter(f"normed.{slot}", net.random.uniform(low, 1.5, [12]))
                  for slot, low in (("scale", 0.5), ("bias", -1.0), ("mean", -1.0), ("variance", 0.5))]
    net.node("BatchNormalization", ["wide", *statistics], "normed", epsilon=1e-3)
    net.value("normed", "batch_norm wide epsilon 0.001")
    net.node("LeakyRelu", ["normed"], "leaky", alpha=0.1)
    net.value("leaky", "leaky_relu normed 0.1")
    net.conv("leaky", "depthwise", "depthwise", 12, 12, 3, [2, 2, 2, 2], dilation=2, groups=12)
    net.value("depthwise", "conv2d leaky 3x3 pad 2 dilation 2 groups 12 -> 12")
    net.node("Add", ["depthwise", "leaky"], "residual")
    net.value("residual", "add depthwise leaky")
    net.node("LRN", ["residual"], "response", size=5, alpha=0.01, beta=0.75, bias=2.0)
    net.value("response", "lrn residual size 5 alpha 0.01 beta 0.75 k 2")
    net.node("AveragePool", ["response"], "smooth", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1],
             count_include_pad=1)
    net.value("smooth", "average_pool response 3x3 stride 2 pad 1 count_include_pad")
    net.node("MaxPool", ["response"], "peaks", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    net.value("peaks", "max_pool response 3x3 stride 2 pad 1")
    net.node("Concat", ["smooth", "peaks"], "both", axis=1)
    net.value("both", "concat smooth peaks axis 0")
    net.conv("both", "gate_sum", "gate_sum", 24, 1, 1)
    net.value("gate_sum", "conv2d both 1x1 -> 1")
    net.node("Sigmoid", ["gate_sum"], "gate")
    net.value("gate", "sigmoid gate_sum")
    net.node("Mul", ["both", "gate"], "gated")
    net.value("gated", "mul both gate")
    net.node("Tanh", ["gated"], "bounded")
    net.value("bounded", "tanh gated")
    net.node("Flatten", ["bounded"], "flat")
    net.value("flat", "flatten bounded")
    features = 24 * 4 * 3
    weight = net.parameter("score.weight", net.random.normal(0, np.sqrt(2 / features), [7, features]))
    bias = net.parameter("score.bias", net.random.uniform(-0.1, 0.1, [7]))
    net.node("Gemm", ["flat", weight, bias], "score", transB=1)
    net.value("score", "dense flat -> 7")
    net.node("Softmax", ["score"], "prob", axis=1)
    net.value("prob", "softmax score")
    return net


if __name__ == "__main__":
    destination = pathlib.Path(sys.argv[1])
    destination.mkdir(parents=True, exist_ok=True)
    for network in (nin_small(), mixed()):
        network.write(destination)
