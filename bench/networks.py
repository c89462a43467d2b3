"""The five networks of examples/, built a second time from their published tables, for comparisons.

Each network is (input shape, stages); a stage is (kernel, stride, pad, channel counts, pool after it). The
same weights go into a safetensors file for ninc and into an ONNX model for others, so outputs can be held
against each other. Source of the tables: Lin, Chen, Yan, "Network In Network" (2013), the authors'
cuda-convnet definition (CIFAR) and Caffe definition (ImageNet).
"""

import dataclasses
import pathlib
import re

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "examples"


@dataclasses.dataclass(frozen=True)
class Stage:
    kernel: int
    stride: int
    pad: int
    channels: tuple
    pool: bool  # a 3x3 max pool of stride 2 in ceil mode follows


@dataclasses.dataclass(frozen=True)
class Network:
    name: str
    input: tuple
    stages: tuple
    parameters: int  # of the published table
    mmac: float

    def tensor_names(self):
        """Names of the mlpconv values in examples/NAME.nin, in order."""
        return [f"stage{i + 1}" for i in range(len(self.stages) - 1)] + ["maps"]


def _cifar(name, classes, parameters, mmac):
    return Network(name, (3, 32, 32), (
        Stage(5, 1, 2, (192, 160, 96), True),
        Stage(5, 1, 2, (192, 192, 192), True),
        Stage(3, 1, 1, (192, 192, classes), False)), parameters, mmac)


NETWORKS = {network.name: network for network in (
    _cifar("nin_cifar10", 10, 966986, 222.5),
    _cifar("nin_cifar100", 100, 984356, 223.6),
    Network("nin_mnist", (1, 28, 28), (
        Stage(5, 1, 2, (96, 64, 48), True),
        Stage(5, 1, 2, (128, 96, 48), True),
        Stage(5, 1, 2, (128, 96, 10), False)), 349674, 50.7),
    Network("nin_svhn", (3, 32, 32), (
        Stage(5, 1, 2, (128, 96, 64), True),
        Stage(5, 1, 2, (320, 256, 128), True),
        Stage(5, 1, 2, (384, 256, 10), False)), 1986026, 274.2),
    Network("nin_imagenet", (3, 224, 224), (
        Stage(11, 4, 0, (96, 96, 96), True),
        Stage(5, 1, 2, (256, 256, 256), True),
        Stage(3, 1, 1, (384, 384, 384), True),
        Stage(3, 1, 1, (1024, 1024, 1000), False)), 7595176, 1100.0),
)}


def macs(network):
    """Multiply-accumulates of one image, convolutions counted as sums over their windows (direct)."""
    total, (channels, size, _) = 0, network.input
    for stage in network.stages:
        size = (size + 2 * stage.pad - stage.kernel) // stage.stride + 1
        for i, outputs in enumerate(stage.channels):
            total += size * size * outputs * channels * (stage.kernel**2 if i == 0 else 1)
            channels = outputs
        if stage.pool:
            size = -((size - 3) // -2) + 1
    return total


def random_weights(network, seed=1):
    """He-normal weights and small biases, by the names that examples/NAME.nin asks for."""
    random = np.random.default_rng(seed)
    weights, channels = {}, network.input[0]
    for value, stage in zip(network.tensor_names(), network.stages):
        for i, outputs in enumerate(stage.channels):
            kernel = stage.kernel if i == 0 else 1
            shape = (outputs, channels, kernel, kernel)
            scale = np.sqrt(2.0 / (channels * kernel * kernel))
            weights[f"{value}.{i}.weight"] = (random.standard_normal(shape) * scale).astype(np.float32)
            weights[f"{value}.{i}.bias"] = random.uniform(-0.1, 0.1, outputs).astype(np.float32)
            channels = outputs
    return weights


def random_input(network, seed=2, batch=1):
    return np.random.default_rng(seed).standard_normal((batch, *network.input)).astype(np.float32)


def write_nin(network, weights, folder):
    """examples/NAME.nin with its weights line pointing at a file of these weights; returns its path."""
    text = (EXAMPLES / f"{network.name}.nin").read_text()
    text, found = re.subn(r"(?m)^weights .*$", f'weights "{network.name}.safetensors"', text)
    assert found == 1, f"examples/{network.name}.nin has no single weights line"
    save_file(dict(sorted(weights.items())), folder / f"{network.name}.safetensors")
    model = folder / f"{network.name}.nin"
    model.write_text(text)
    return model


def onnx_model(network, weights, batch=1):
    """The same network as an ONNX model with input `image` and output `prob`."""
    nodes, value = [], "image"
    for name, stage in zip(network.tensor_names(), network.stages):
        for i in range(len(stage.channels)):
            kernel, stride, pad = (stage.kernel, stage.stride, stage.pad) if i == 0 else (1, 1, 0)
            nodes.append(helper.make_node(
                "Conv", [value, f"{name}.{i}.weight", f"{name}.{i}.bias"], [f"{name}.{i}.conv"],
                kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4))
            value = f"{name}.{i}"
            nodes.append(helper.make_node("Relu", [f"{name}.{i}.conv"], [value]))
        if stage.pool:
            nodes.append(helper.make_node("MaxPool", [value], [f"{name}.pool"], kernel_shape=[3, 3],
                                          strides=[2, 2], ceil_mode=1))
            value = f"{name}.pool"
    nodes += [helper.make_node("GlobalAveragePool", [value], ["average"]),
              helper.make_node("Flatten", ["average"], ["scores"]),
              helper.make_node("Softmax", ["scores"], ["prob"], axis=1)]
    classes = network.stages[-1].channels[-1]
    graph = helper.make_graph(
        nodes, network.name,
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, (batch, *network.input))],
        [helper.make_tensor_value_info("prob", TensorProto.FLOAT, (batch, classes))],
        [numpy_helper.from_array(tensor, name) for name, tensor in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model
