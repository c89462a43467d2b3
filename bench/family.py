"""Nine CNNs that people run, as ONNX models with random weights: what becomes of networks that are no chains.

Their layers are those of torchvision's models of the same names (without auxiliary classifiers), in the terms of ONNX as
its exporter writes them but with batch norms left as they are. `parameters` are the published counts, which a test holds
against what is built. Papers: He et al. 2015 (ResNet), Sandler et al. 2018 (MobileNetV2), Howard et al. 2019
(MobileNetV3), Iandola et al. 2016 (SqueezeNet), Szegedy et al. 2014 (GoogLeNet), Huang et al. 2016 (DenseNet), Tan and Le
2019 (EfficientNet), Ma et al. 2018 (ShuffleNetV2).

    family.py NAME FILE [SIZE]      writes one, for images of SIZE x SIZE (default: 224)
"""

import dataclasses
import sys
from typing import Callable

import numpy as np
import onnx

from onnx_builder import OnnxBuilder

CLASSES = 1000


def _resnet(b, blocks, bottleneck):
    x = b.max_pool(b.conv(b.image(), 64, 7, 2, activation="relu"), 3, 2, 1)
    for stage, count in enumerate(blocks):
        for i in range(count):
            width, stride = 64 << stage, 2 if i == 0 and stage else 1
            outputs = 4 * width if bottleneck else width
            if bottleneck:
                y = b.conv(x, width, 1, activation="relu")
                y = b.conv(b.conv(y, width, 3, stride, activation="relu"), outputs, 1)
            else:
                y = b.conv(b.conv(x, width, 3, stride, activation="relu"), outputs, 3)
            shortcut = x if x.channels == outputs and stride == 1 else b.conv(x, outputs, 1, stride)
            # What was positive stays so, mostly: sums grow by more than half of what is added.
            x = dataclasses.replace(b.activation(b.add(y, shortcut), "relu"), power=shortcut.power + 0.75)
    return b.dense(b.average(x), CLASSES)


def resnet18(b):
    return _resnet(b, (2, 2, 2, 2), bottleneck=False)


def resnet50(b):
    return _resnet(b, (3, 4, 6, 3), bottleneck=True)


def _rounded(channels):
    """A multiple of 8 near it, as MobileNets count."""
    return max(8, int(channels + 4) // 8 * 8)


def mobilenet_v2(b):
    x = b.conv(b.image(), 32, 3, 2, activation="relu6")
    for expansion, outputs, count, first_stride in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
                                                    (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for i in range(count):
            stride, width = first_stride if i == 0 else 1, expansion * x.channels
            y = b.conv(x, width, 1, activation="relu6") if expansion > 1 else x
            y = b.conv(b.conv(y, width, 3, stride, groups=width, activation="relu6"), outputs, 1)
            x = b.add(x, y) if stride == 1 and x.channels == outputs else y
    return b.dense(b.average(b.conv(x, 1280, 1, activation="relu6")), CLASSES)


def mobilenet_v3_small(b):
    x = b.conv(b.image(), 16, 3, 2, activation="hard_swish")
    for kernel, width, outputs, excites, activation, stride in (
            (3, 16, 16, True, "relu", 2), (3, 72, 24, False, "relu", 2), (3, 88, 24, False, "relu", 1),
            (5, 96, 40, True, "hard_swish", 2), (5, 240, 40, True, "hard_swish", 1),
            (5, 240, 40, True, "hard_swish", 1), (5, 120, 48, True, "hard_swish", 1),
            (5, 144, 48, True, "hard_swish", 1), (5, 288, 96, True, "hard_swish", 2),
            (5, 576, 96, True, "hard_swish", 1), (5, 576, 96, True, "hard_swish", 1)):
        y = b.conv(x, width, 1, activation=activation) if width != x.channels else x
        y = b.conv(y, width, kernel, stride, groups=width, activation=activation)
        if excites:
            y = b.squeeze_excite(y, _rounded(width / 4), "relu", "HardSigmoid")
        y = b.conv(y, outputs, 1)
        x = b.add(x, y) if stride == 1 and x.channels == outputs else y
    x = b.average(b.conv(x, 576, 1, activation="hard_swish"))
    return b.dense(b.dense(x, 1024, "hard_swish"), CLASSES)


def squeezenet1_1(b):
    def fire(x, squeezed, expanded):
        x = b.conv(x, squeezed, 1, norm=False, activation="relu")
        return b.concat(*(b.conv(x, expanded, kernel, norm=False, activation="relu") for kernel in (1, 3)))

    x = b.max_pool(b.conv(b.image(), 64, 3, 2, 0, norm=False, activation="relu"), 3, 2, ceil=True)
    x = b.max_pool(fire(fire(x, 16, 64), 16, 64), 3, 2, ceil=True)
    x = b.max_pool(fire(fire(x, 32, 128), 32, 128), 3, 2, ceil=True)
    for squeezed, expanded in ((48, 192), (48, 192), (64, 256), (64, 256)):
        x = fire(x, squeezed, expanded)
    x = b.average(b.conv(x, CLASSES, 1, norm=False, activation="relu"))
    return dataclasses.replace(x, name=b.node("Flatten", [x.name]))


def googlenet(b):
    def inception(x, single, squeezed3, outputs3, squeezed5, outputs5, pooled):
        return b.concat(
            b.conv(x, single, 1, activation="relu"),
            b.conv(b.conv(x, squeezed3, 1, activation="relu"), outputs3, 3, activation="relu"),
            b.conv(b.conv(x, squeezed5, 1, activation="relu"), outputs5, 3, activation="relu"),
            b.conv(b.max_pool(x, 3, 1, 1, ceil=True), pooled, 1, activation="relu"))

    x = b.max_pool(b.conv(b.image(), 64, 7, 2, activation="relu"), 3, 2, ceil=True)
    x = b.max_pool(b.conv(b.conv(x, 64, 1, activation="relu"), 192, 3, activation="relu"), 3, 2, ceil=True)
    x = inception(inception(x, 64, 96, 128, 16, 32, 32), 128, 128, 192, 32, 96, 64)
    x = b.max_pool(x, 3, 2, ceil=True)
    for widths in ((192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64),
                   (112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128)):
        x = inception(x, *widths)
    x = b.max_pool(x, 2, 2, ceil=True)
    x = inception(inception(x, 256, 160, 320, 32, 128, 128), 384, 192, 384, 48, 128, 128)
    return b.dense(b.average(x), CLASSES)


def densenet121(b):
    growth = 32
    x = b.max_pool(b.conv(b.image(), 64, 7, 2, activation="relu"), 3, 2, 1)
    for block, layers in enumerate((6, 12, 24, 16)):
        if block:
            x = b.average_pool(b.conv(b.activation(b.norm(x), "relu"), x.channels // 2, 1, norm=False, bias=False),
                               2, 2)
        parts = [x]
        for _ in range(layers):
            y = b.activation(b.norm(b.concat(*parts) if len(parts) > 1 else x), "relu")
            y = b.conv(b.conv(y, 4 * growth, 1, activation="relu"), growth, 3, norm=False, bias=False)
            parts.append(y)
        x = b.concat(*parts)
    return b.dense(b.average(b.activation(b.norm(x), "relu")), CLASSES)


def efficientnet_b0(b):
    x = b.conv(b.image(), 32, 3, 2, activation="swish")
    for expansion, outputs, count, first_stride, kernel in (
            (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5),
            (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)):
        for i in range(count):
            stride, width = first_stride if i == 0 else 1, expansion * x.channels
            y = b.conv(x, width, 1, activation="swish") if expansion > 1 else x
            y = b.conv(y, width, kernel, stride, groups=width, activation="swish")
            y = b.conv(b.squeeze_excite(y, x.channels // 4, "swish", "Sigmoid"), outputs, 1)
            x = b.add(x, y) if stride == 1 and x.channels == outputs else y
    return b.dense(b.average(b.conv(x, 1280, 1, activation="swish")), CLASSES)


def shufflenet_v2_x1_0(b):
    def branch(x, outputs, stride):
        y = b.conv(x, outputs, 1, activation="relu")
        return b.conv(b.conv(y, outputs, 3, stride, groups=outputs), outputs, 1, activation="relu")

    x = b.max_pool(b.conv(b.image(), 24, 3, 2, activation="relu"), 3, 2, 1)
    for outputs, count in ((116, 4), (232, 8), (464, 4)):
        first = b.conv(b.conv(x, x.channels, 3, 2, groups=x.channels), outputs // 2, 1, activation="relu")
        x = b.shuffle(b.concat(first, branch(x, outputs // 2, 2)), 2)
        for _ in range(count - 1):
            kept, changed = b.halves(x)
            x = b.shuffle(b.concat(kept, branch(changed, outputs // 2, 1)), 2)
    return b.dense(b.average(b.conv(x, 1024, 1, activation="relu")), CLASSES)


@dataclasses.dataclass(frozen=True)
class Built:
    model: onnx.ModelProto  # input `image`, output `prob`
    parameters: int
    macs: int  # multiply-accumulates of one image


@dataclasses.dataclass(frozen=True)
class FamilyNetwork:
    name: str
    layers: Callable  # (OnnxBuilder) -> the scores
    parameters: int  # as published
    mmac: float
    input: tuple = (3, 224, 224)

    def build(self, batch=1, size=None):
        """The network for images of another height and width, or its own."""
        image = self.input if size is None else (self.input[0], size, size)
        builder = OnnxBuilder(self.name, image, batch)
        model = builder.model(self.layers(builder))
        return Built(model, builder.parameters, builder.macs)

    def random_input(self, batch=1, size=None, seed=2):
        shape = (batch, *(self.input if size is None else (self.input[0], size, size)))
        return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


FAMILY = {network.name: network for network in (
    FamilyNetwork("resnet18", resnet18, 11689512, 1814.1),
    FamilyNetwork("resnet50", resnet50, 25557032, 4089.2),
    FamilyNetwork("mobilenet_v2", mobilenet_v2, 3504872, 300.8),
    FamilyNetwork("mobilenet_v3_small", mobilenet_v3_small, 2542856, 56.5),
    FamilyNetwork("squeezenet1_1", squeezenet1_1, 1235496, 349.2),
    FamilyNetwork("googlenet", googlenet, 6624904, 1498.4),
    FamilyNetwork("densenet121", densenet121, 7978856, 2834.2),
    FamilyNetwork("efficientnet_b0", efficientnet_b0, 5288548, 385.8),
    FamilyNetwork("shufflenet_v2_x1_0", shufflenet_v2_x1_0, 2278604, 144.9),
)}


def main():
    if not 3 <= len(sys.argv) <= 4 or sys.argv[1] not in FAMILY:
        sys.exit(f"usage: family.py NAME FILE [SIZE]; there are {', '.join(FAMILY)}")
    size = int(sys.argv[3]) if len(sys.argv) == 4 else None
    built = FAMILY[sys.argv[1]].build(size=size)
    with open(sys.argv[2], "wb") as file:
        file.write(built.model.SerializeToString())
    print(f"{sys.argv[1]}: {built.parameters} parameters, {built.macs / 1e6:.1f} million multiply-accumulates")


if __name__ == "__main__":
    main()
