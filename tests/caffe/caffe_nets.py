"""The authors' Caffe definitions of Network In Network, and trained nets with any numbers.

The texts follow those that Lin, Chen and Yan published (cifar-10 and ImageNet train_val files): databases for both
phases, activations and dropouts in place, cccp layers as 1x1 convolutions, average pools over the last maps, a loss and
an accuracy. Both forms of layers are written, `layer` and the `layers` of 2014.

Trained nets are written by a few lines of protobuf's wire format, so that nothing here hangs on ninc's own schema.
"""

import numpy as np

V1_TYPES = {"Data": "DATA", "Convolution": "CONVOLUTION", "ReLU": "RELU", "Pooling": "POOLING", "Dropout": "DROPOUT",
            "Accuracy": "ACCURACY", "SoftmaxWithLoss": "SOFTMAX_LOSS", "Softmax": "SOFTMAX",
            "InnerProduct": "INNER_PRODUCT"}


class Net:
    """A text in one of the two forms, layer by layer."""

    def __init__(self, name, is_old=False):
        self.is_old = is_old
        self.lines = [f'name: "{name}"']

    def layer(self, name, kind, bottoms, tops, *fields):
        kind = V1_TYPES[kind] if self.is_old else f'"{kind}"'
        self.lines += ["layers {" if self.is_old else "layer {", f'  name: "{name}"', f"  type: {kind}"]
        self.lines += [f'  bottom: "{bottom}"' for bottom in bottoms] + [f'  top: "{top}"' for top in tops]
        self.lines += [f"  {field}" for field in fields] + ["}"]

    def convolution(self, name, bottom, outputs, kernel, stride, pad, relu):
        rates = ("blobs_lr: 1 blobs_lr: 2 weight_decay: 1 weight_decay: 0" if self.is_old
                 else "param { lr_mult: 1 decay_mult: 1 } param { lr_mult: 2 decay_mult: 0 }")
        more = (f" pad: {pad}" if pad else "") + (f" stride: {stride}" if stride != 1 else "")
        self.layer(name, "Convolution", [bottom], [name], rates, "convolution_param {",
                   f"  num_output: {outputs}{more} kernel_size: {kernel}",
                   '  weight_filler { type: "gaussian" mean: 0 std: 0.05 }', '  bias_filler { type: "constant" value: 0 }', "}")
        self.layer(relu, "ReLU", [name], [name])

    def text(self):
        return "\n".join(self.lines) + "\n"


def data_layers(net, size, mean):
    for phase, batch, extra in (("TRAIN", 64, " mirror: true"), ("TEST", 89, "")):
        net.layer("data", "Data", [], ["data", "label"],
                  f'data_param {{ source: "{phase.lower()}_lmdb" backend: LMDB batch_size: {batch} }}',
                  f"transform_param {{ crop_size: {size} {mean}{extra} }}", f"include: {{ phase: {phase} }}")


def stages(net, stages, pools, last_pool):
    """The stages of bench/networks.py under the authors' names; `pools` behind them are MAX or AVE. Layers with
    numbers, in order, and the last blob."""
    bottom, numbered, cccp = "data", [], 0
    for i, stage in enumerate(stages):
        for k, outputs in enumerate(stage.channels):
            if k == 0:
                name, kernel, stride, pad = f"conv{i + 1}", stage.kernel, stage.stride, stage.pad
            else:
                cccp += 1
                name, kernel, stride, pad = f"cccp{cccp}", 1, 1, 0
            net.convolution(name, bottom, outputs, kernel, stride, pad, f"relu_{name}")
            numbered.append(name)
            bottom = name
        if stage.pool:
            net.layer(f"pool{i + 1}", "Pooling", [bottom], [f"pool{i + 1}"],
                      f"pooling_param {{ pool: {pools[i]} kernel_size: 3 stride: 2 }}")
            bottom = f"pool{i + 1}"
            net.layer(f"drop{i + 1}", "Dropout", [bottom], [bottom], "dropout_param { dropout_ratio: 0.5 }")
    name = f"pool{len(stages)}"
    net.layer(name, "Pooling", [bottom], [name], f"pooling_param {{ pool: AVE kernel_size: {last_pool} stride: 1 }}")
    return numbered, name


def train_val(network, pools, last_pool, mean, is_old=False):
    net = Net(network.name, is_old)
    data_layers(net, network.input[1], mean)
    numbered, scores = stages(net, network.stages, pools, last_pool)
    net.layer("accuracy", "Accuracy", [scores, "label"], ["accuracy"], "include: { phase: TEST }")
    net.layer("loss", "SoftmaxWithLoss", [scores, "label"], ["loss"], "include: { phase: TRAIN }")
    return net.text(), numbered, scores


def deploy(network, pools, last_pool):
    net = Net(network.name)
    net.lines += ['input: "data"'] + [f"input_dim: {extent}" for extent in (10, *network.input)]
    numbered, scores = stages(net, network.stages, pools, last_pool)
    net.layer("prob", "Softmax", [scores], ["prob"])
    return net.text(), numbered


# ---- trained nets


def varint(number):
    number &= (1 << 64) - 1
    said = b""
    while number > 127:
        said += bytes([number & 127 | 128])
        number >>= 7
    return said + bytes([number])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def blob(array, is_old=False):
    data = np.ascontiguousarray(array, "<f4").tobytes()
    if not is_old:
        return field(7, field(1, b"".join(map(varint, array.shape)))) + field(5, data)
    extents = (1,) * (4 - array.ndim) + array.shape
    return b"".join(varint(i + 1 << 3) + varint(extent) for i, extent in enumerate(extents)) + field(5, data)


def caffemodel(blobs, is_old=False):
    """Of {layer: [array, ...]}."""
    said = field(1, b"trained")
    for name, arrays in blobs.items():
        layer = field(4 if is_old else 1, name.encode())
        layer += (varint(5 << 3) + varint(4)) if is_old else field(2, b"Convolution")
        layer += b"".join(field(6 if is_old else 7, blob(array, is_old)) for array in arrays)
        said += field(2 if is_old else 100, layer)
    return said


