"""Writes a CNN as an ONNX model, layer by layer, with random weights of a sane scale.

A value carries an estimate of its elements' mean square, its `power`, and each layer's weights are drawn so that sums
come out near variance 1: whatever the depth, outputs neither vanish nor explode, and networks needn't be trained for
their outputs to be compared. Weights depend on the network's seed and on the order of its layers alone.
"""

import dataclasses

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# What an activation leaves of the mean square of normally distributed numbers of variance 1.
POWER_AFTER = {None: 1.0, "relu": 0.5, "relu6": 0.5, "swish": 0.356, "hard_swish": 0.37}


@dataclasses.dataclass(frozen=True)
class Maps:
    """A value [batch, channels, rows, columns]."""
    name: str
    channels: int
    rows: int
    columns: int
    power: float = 1.0


class OnnxBuilder:
    """Nodes, weights and counts of one network. `parameters` are those that training changes, as they are published."""

    def __init__(self, name, image, batch=1, seed=1):
        self.name, self.batch = name, batch
        self.parameters = self.macs = 0
        self._random = np.random.default_rng(seed)
        self._nodes, self._weights, self._image = [], {}, image

    def image(self):
        return Maps("image", *self._image)

    def node(self, operator, inputs, prefix="", **attributes):
        """A node of one output, whose name it returns."""
        output = prefix or f"{operator.lower()}{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], output, **attributes))
        return output

    def constant(self, name, array):
        self._weights[name] = array
        return name

    def _uniform(self, low, high, count):
        return self._random.uniform(low, high, count).astype(np.float32)

    def conv(self, x, outputs, kernel, stride=1, pad=None, groups=1, norm=True, bias=None, activation=None):
        """A convolution, its batch norm or else its bias, and its activation. `pad` None keeps the size at stride 1."""
        pad = (kernel - 1) // 2 if pad is None else pad
        rows, columns = ((extent + 2 * pad - kernel) // stride + 1 for extent in (x.rows, x.columns))
        shape = (outputs, x.channels // groups, kernel, kernel)
        deviation = 1 / np.sqrt(np.prod(shape[1:]) * x.power)
        name = f"conv{len(self._nodes)}"
        weight = (self._random.standard_normal(shape, np.float32) * deviation).astype(np.float32)
        inputs = [x.name, self.constant(f"{name}.weight", weight)]
        if (not norm if bias is None else bias):
            inputs.append(self.constant(f"{name}.bias", self._uniform(-0.1, 0.1, outputs)))
            self.parameters += outputs
        self.parameters += weight.size
        self.macs += weight.size * rows * columns
        self.node("Conv", inputs, name, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4, group=groups)
        y = Maps(name, outputs, rows, columns)
        return self.activation(self.norm(y) if norm else y, activation)

    def norm(self, x):
        """Batch norm with the statistics of inputs that are distributed as estimated, roughly."""
        name, count = f"norm{len(self._nodes)}", x.channels
        tensors = {"scale": self._uniform(0.8, 1.2, count), "bias": self._uniform(-0.1, 0.1, count),
                   "mean": self._uniform(-0.1, 0.1, count), "variance": x.power * self._uniform(0.8, 1.25, count)}
        inputs = [self.constant(f"{name}.{kind}", tensor) for kind, tensor in tensors.items()]
        self.parameters += 2 * count
        self.node("BatchNormalization", [x.name, *inputs], name)
        return dataclasses.replace(x, name=name, power=1.0)

    def activation(self, x, kind):
        if kind is None:
            return x
        if kind == "relu":
            name = self.node("Relu", [x.name])
        elif kind == "relu6":
            bounds = [self.constant(f"bound{bound}", np.array(bound, np.float32)) for bound in (0, 6)]
            name = self.node("Clip", [x.name, *bounds])
        elif kind == "swish":
            name = self.node("Mul", [x.name, self.node("Sigmoid", [x.name])])
        else:
            name = self.node("HardSwish", [x.name])
        return dataclasses.replace(x, name=name, power=x.power * POWER_AFTER[kind])

    def max_pool(self, x, kernel, stride, pad=0, ceil=False):
        rows, columns = (-((kernel - 2 * pad - extent) // stride) + 1 if ceil else
                         (extent + 2 * pad - kernel) // stride + 1 for extent in (x.rows, x.columns))
        name = self.node("MaxPool", [x.name], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4,
                         ceil_mode=int(ceil))
        return dataclasses.replace(x, name=name, rows=rows, columns=columns, power=2.5 * x.power)

    def average_pool(self, x, kernel, stride):
        rows, columns = ((extent - kernel) // stride + 1 for extent in (x.rows, x.columns))
        name = self.node("AveragePool", [x.name], kernel_shape=[kernel] * 2, strides=[stride] * 2)
        return dataclasses.replace(x, name=name, rows=rows, columns=columns)

    def average(self, x):
        """The mean of each map, as maps of one pixel."""
        return Maps(self.node("GlobalAveragePool", [x.name]), x.channels, 1, 1, 0.35 * x.power)

    def add(self, x, y):
        return dataclasses.replace(x, name=self.node("Add", [x.name, y.name]), power=x.power + y.power)

    def concat(self, *parts):
        channels = sum(part.channels for part in parts)
        power = sum(part.channels * part.power for part in parts) / channels
        name = self.node("Concat", [part.name for part in parts], axis=1)
        return dataclasses.replace(parts[0], name=name, channels=channels, power=power)

    def halves(self, x):
        """The first and the second half of the channels."""
        names = [f"half{len(self._nodes)}.{i}" for i in range(2)]
        sizes = self.constant(f"halves{x.channels}", np.array([x.channels // 2] * 2))
        self._nodes.append(helper.make_node("Split", [x.name, sizes], names, axis=1))
        return [dataclasses.replace(x, name=name, channels=x.channels // 2) for name in names]

    def shuffle(self, x, groups):
        """ShuffleNet's: channel i of group j becomes channel j of group i."""
        apart = [self.batch, groups, x.channels // groups, x.rows, x.columns]
        whole = [self.batch, x.channels, x.rows, x.columns]
        shapes = [self.constant(f"shape{'x'.join(map(str, shape))}", np.array(shape)) for shape in (apart, whole)]
        turned = self.node("Transpose", [self.node("Reshape", [x.name, shapes[0]])], perm=[0, 2, 1, 3, 4])
        return dataclasses.replace(x, name=self.node("Reshape", [turned, shapes[1]]))

    def squeeze_excite(self, x, channels, activation, gate):
        """Each map times a number between 0 and 1 that is computed of all maps' means."""
        y = self.conv(self.average(x), channels, 1, norm=False, activation=activation)
        y = self.conv(y, x.channels, 1, norm=False)
        attributes = {"alpha": 1 / 6} if gate == "HardSigmoid" else {}
        name = self.node("Mul", [x.name, self.node(gate, [y.name], **attributes)])
        return dataclasses.replace(x, name=name, power=0.28 * x.power)

    def dense(self, x, outputs, activation=None):
        """A fully connected layer, of maps their elements in order."""
        if isinstance(x, Maps) and x.rows is not None:
            x = Maps(self.node("Flatten", [x.name]), x.channels * x.rows * x.columns, None, None, x.power)
        name = f"dense{len(self._nodes)}"
        deviation = 1 / np.sqrt(x.channels * x.power)
        weight = (self._random.standard_normal((outputs, x.channels), np.float32) * deviation).astype(np.float32)
        inputs = [self.constant(f"{name}.weight", weight),
                  self.constant(f"{name}.bias", self._uniform(-0.1, 0.1, outputs))]
        self.parameters += weight.size + outputs
        self.macs += weight.size
        self.node("Gemm", [x.name, *inputs], name, transB=1)
        return self.activation(Maps(name, outputs, None, None), activation)

    def model(self, scores):
        """The network that ends in a softmax of these scores, [batch, classes]; its output is `prob`."""
        self.node("Softmax", [scores.name], "prob", axis=1)
        graph = helper.make_graph(
            self._nodes, self.name,
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, (self.batch, *self._image))],
            [helper.make_tensor_value_info("prob", TensorProto.FLOAT, (self.batch, scores.channels))],
            [numpy_helper.from_array(tensor, name) for name, tensor in self._weights.items()])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        return model
