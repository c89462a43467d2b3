"""Nets as people have published them for Caffe, at a tenth of their size: AlexNet, VGG, GoogLeNet, ResNet and so on.

NETS: a function each, which answers (text, {layer: numbers}, outputs, the shape to run, whether it's in the form of
2014). Names, order and what is computed in its place are theirs; numbers are random.
"""

import numpy as np

from caffe_nets import Net


class Published(Net):
    """A net that counts along: extents of blobs, so that numbers fit."""

    def __init__(self, name, shape, batch=1, header="input", is_old=False):
        super().__init__(name, is_old)
        self.shape, self.batch = shape, batch
        self.extents, self.numbers = {"data": shape}, {}
        self.random = np.random.default_rng(5)
        dims = (batch, *shape)
        said = " ".join(f"dim: {dim}" for dim in dims)
        self.lines += {"input": ['input: "data"', *(f"input_dim: {dim}" for dim in dims)],
                       "shape": ['input: "data"', f"input_shape {{ {said} }}"],
                       "layer": [f'layer {{ name: "data" type: "Input" top: "data" input_param {{ shape {{ {said} }} }} }}'],
                       "none": []}[header]

    def normal(self, *shape):
        return (self.random.standard_normal(shape) * np.sqrt(2 / max(1, np.prod(shape[1:])))).astype(np.float32)

    def add(self, kind, name, bottoms, *fields, top=None, extents=None):
        """Of one top, called as the layer unless it says another; extents are the first bottom's."""
        top = top or name
        self.layer(name, kind, bottoms, [top], *fields)
        self.extents[top] = extents or self.extents[bottoms[0]]
        return top

    def inside(self, kind, name, blob, *fields):
        """In its place."""
        return self.add(kind, name, [blob], *fields, top=blob)

    def conv(self, name, bottom, outputs, kernel, stride=1, pad=0, group=1, bias=True, relu=None):
        channels, *sides = self.extents[bottom]
        fields = (f"num_output: {outputs} kernel_size: {kernel} stride: {stride} pad: {pad} group: {group}"
                  + ("" if bias else " bias_term: false") + ' weight_filler { type: "xavier" }')
        after = [(side + 2 * pad - kernel) // stride + 1 for side in sides]
        self.numbers[name] = [self.normal(outputs, channels // group, kernel, kernel)] + [self.normal(outputs)] * bias
        self.add("Convolution", name, [bottom], f"convolution_param {{ {fields} }}", extents=(outputs, *after))
        return self.inside("ReLU", relu, name) if relu else name

    def pool(self, name, bottom, kernel=0, stride=1, pad=0, kind="MAX"):
        """Over windows, whose number Caffe rounds up; over the whole map without a kernel."""
        channels, *sides = self.extents[bottom]
        fields = f"kernel_size: {kernel} stride: {stride} pad: {pad}" if kernel else "global_pooling: true"
        after = [-(-(side + 2 * pad - kernel) // stride) + 1 for side in sides] if kernel else [1, 1]
        return self.add("Pooling", name, [bottom], f"pooling_param {{ pool: {kind} {fields} }}", extents=(channels, *after))

    def dense(self, name, bottom, outputs, relu=None):
        self.numbers[name] = [self.normal(outputs, int(np.prod(self.extents[bottom]))), self.normal(outputs)]
        self.add("InnerProduct", name, [bottom], f"inner_product_param {{ num_output: {outputs} }}", extents=(outputs,))
        return self.inside("ReLU", relu, name) if relu else name

    def concat(self, name, bottoms):
        first = self.extents[bottoms[0]]
        return self.add("Concat", name, bottoms, extents=(sum(self.extents[each][0] for each in bottoms), *first[1:]))

    def norm(self, name, blob, relu=None):
        """BatchNorm and Scale in place; sums of statistics with their count, as training leaves them."""
        channels, count = self.extents[blob][0], np.float32(999.98)
        self.inside("BatchNorm", f"bn_{name}", blob, "batch_norm_param { use_global_stats: true }")
        self.inside("Scale", f"scale_{name}", blob, "scale_param { bias_term: true }")
        self.numbers[f"bn_{name}"] = [self.normal(channels) * count * 0.1, (np.abs(self.normal(channels)) + 0.5) * count,
                                      np.array([count])]
        self.numbers[f"scale_{name}"] = [1 + 0.2 * self.normal(channels), self.normal(channels)]
        return self.inside("ReLU", relu, blob) if relu else blob

    def made(self, *outputs):
        return self.text(), self.numbers, outputs, (self.batch, *self.shape), self.is_old


LRN = "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }"


def alexnet():
    n = Published("AlexNet", (3, 67, 67), 2)
    x = n.pool("pool1", n.add("LRN", "norm1", [n.conv("conv1", "data", 16, 11, 4, relu="relu1")], LRN), 3, 2)
    x = n.pool("pool2", n.add("LRN", "norm2", [n.conv("conv2", x, 32, 5, pad=2, group=2, relu="relu2")], LRN), 3, 2)
    x = n.pool("pool5", n.conv("conv4", x, 32, 3, pad=1, group=2, relu="relu4"), 3, 2)
    x = n.inside("Dropout", "drop6", n.dense("fc6", x, 48, "relu6"), "dropout_param { dropout_ratio: 0.5 }")
    return n.made(n.add("Softmax", "prob", [n.dense("fc8", x, 10)]))


def vgg_of_2014():
    n = Published("VGG_ILSVRC_16_layers", (3, 32, 32), 2, is_old=True)
    x = n.conv("conv1_2", n.conv("conv1_1", "data", 8, 3, pad=1, relu="relu1_1"), 8, 3, pad=1, relu="relu1_2")
    x = n.conv("conv2_1", n.pool("pool1", x, 2, 2), 16, 3, pad=1, relu="relu2_1")
    x = n.dense("fc6", n.pool("pool2", x, 2, 2), 32, "relu6")
    return n.made(n.add("Softmax", "prob", [n.dense("fc8", x, 10)]))


def googlenet_as_it_was_trained():
    """Databases for both phases, three classifiers with a loss and accuracies each."""
    n = Published("GoogleNet", (3, 64, 64), 2, header="none")
    for phase, batch in (("TRAIN", 32), ("TEST", 2)):
        n.layer("data", "Data", [], ["data", "label"], f"include {{ phase: {phase} }}",
                "transform_param { mirror: true crop_size: 64 mean_value: 104 mean_value: 117 mean_value: 123 }",
                f'data_param {{ source: "lmdb" batch_size: {batch} backend: LMDB }}')

    def inception(at, x):
        ends = [n.conv(f"{at}/1x1", x, 8, 1, relu=f"{at}/relu_1x1")]
        for kernel, reduced, outputs in ((3, 8, 12), (5, 4, 8)):
            small = n.conv(f"{at}/{kernel}x{kernel}_reduce", x, reduced, 1, relu=f"{at}/relu_{kernel}x{kernel}_reduce")
            ends.append(n.conv(f"{at}/{kernel}x{kernel}", small, outputs, kernel, pad=kernel // 2,
                               relu=f"{at}/relu_{kernel}x{kernel}"))
        ends.append(n.conv(f"{at}/pool_proj", n.pool(f"{at}/pool", x, 3, 1, 1), 8, 1, relu=f"{at}/relu_pool_proj"))
        return n.concat(f"{at}/output", ends)

    def classifier(at, x):
        scores = n.dense(f"{at}/classifier", x, 10)
        n.layer(f"{at}/loss", "SoftmaxWithLoss", [scores, "label"], [f"{at}/loss"], "loss_weight: 0.3")
        n.layer(f"{at}/top-5", "Accuracy", [scores, "label"], [f"{at}/top-5"], "include { phase: TEST }")
        return scores

    def head(at, x):
        x = n.conv(f"{at}/conv", n.pool(f"{at}/ave_pool", x, 5, 3, kind="AVE"), 8, 1, relu=f"{at}/relu_conv")
        return classifier(at, n.dense(f"{at}/fc", x, 16, f"{at}/relu_fc"))

    x = n.pool("pool1/3x3_s2", n.conv("conv1/7x7_s2", "data", 16, 7, 2, 3, relu="conv1/relu_7x7"), 3, 2)
    x = inception("inception_3a", n.pool("pool2/3x3_s2", n.add("LRN", "pool1/norm1", [x], LRN), 3, 2))
    first = head("loss1", x)
    x = inception("inception_4a", x)
    second = head("loss2", x)
    return n.made(first, second, classifier("loss3", n.pool("pool5", x, kind="AVE")))


def squeezenet():
    n = Published("SqueezeNet", (3, 67, 67), header="layer")
    x = n.pool("pool1", n.conv("conv1", "data", 16, 3, 2, relu="relu_conv1"), 3, 2)
    for fire in ("fire2", "fire3"):
        small = n.conv(f"{fire}/squeeze1x1", x, 8, 1, relu=f"{fire}/relu_squeeze1x1")
        x = n.concat(f"{fire}/concat", [n.conv(f"{fire}/expand{k}x{k}", small, 16, k, pad=k // 2, relu=f"{fire}/relu_{k}")
                                        for k in (1, 3)])
    x = n.conv("conv10", x, 10, 1, relu="relu_conv10")
    return n.made(n.add("Softmax", "prob", [n.pool("pool10", x, kind="AVE")]))


def resnet():
    n = Published("ResNet-50", (3, 64, 64))
    x = n.pool("pool1", n.norm("conv1", n.conv("conv1", "data", 16, 7, 2, 3, bias=False), "conv1_relu"), 3, 2)
    beside = n.norm("2a_1", n.conv("res2a_branch1", x, 32, 1, bias=False))
    y = n.norm("2a_2a", n.conv("res2a_branch2a", x, 8, 1, bias=False), "res2a_branch2a_relu")
    y = n.norm("2a_2b", n.conv("res2a_branch2b", y, 8, 3, pad=1, bias=False), "res2a_branch2b_relu")
    y = n.norm("2a_2c", n.conv("res2a_branch2c", y, 32, 1, bias=False))
    x = n.inside("ReLU", "res2a_relu", n.add("Eltwise", "res2a", [beside, y], "eltwise_param { operation: SUM }"))
    return n.made(n.add("Softmax", "prob", [n.dense("fc1000", n.pool("pool5", x, 16, kind="AVE"), 10)]))


def mobilenet():
    n = Published("MOBILENET", (3, 64, 64), header="shape")
    x = n.norm("conv1", n.conv("conv1", "data", 16, 3, 2, 1, bias=False), "relu1")
    for i, (outputs, stride) in enumerate(((24, 1), (32, 2))):
        channels = n.extents[x][0]
        x = n.conv(f"conv{i}/dw", x, channels, 3, stride, 1, group=channels, bias=False)
        x = n.norm(f"conv{i}/sep", n.conv(f"conv{i}/sep", n.norm(f"conv{i}/dw", x, f"relu{i}/dw"), outputs, 1, bias=False),
                   f"relu{i}/sep")
    return n.made(n.add("Softmax", "prob", [n.conv("fc7", n.pool("pool6", x, kind="AVE"), 10, 1)]))


def fully_convolutional():
    """Padded far, made larger again, and cut to the picture."""
    n = Published("FCN", (3, 40, 52))
    x = n.pool("pool1", n.conv("conv1_1", "data", 8, 3, pad=20, relu="relu1_1"), 2, 2)
    x = n.pool("pool2", n.conv("conv2_1", x, 12, 3, pad=1, relu="relu2_1"), 2, 2)
    x = n.conv("score_fr", n.conv("fc6", x, 16, 3, relu="relu6"), 5, 1)
    n.numbers["upscore"] = [n.normal(5, 5, 8, 8)]
    x = n.add("Deconvolution", "upscore", [x], "convolution_param { num_output: 5 bias_term: false kernel_size: 8 stride: 4 }")
    return n.made(n.add("Crop", "score", [x, "data"], "crop_param { axis: 2 offset: 9 }"))


def detector():
    """SSD up to its maps, as they are flattened and joined."""
    n = Published("VGG_VOC0712_SSD", (3, 64, 64))
    x = n.conv("conv1", "data", 16, 3, 4, 1, relu="relu1")
    n.numbers["conv1_norm"] = [1 + np.abs(n.normal(16))]
    x = n.add("Normalize", "conv1_norm", [x], "norm_param { across_spatial: false channel_shared: false }")
    joined = {"loc": [], "conf": []}
    for at in (x, n.conv("conv2", x, 24, 3, 2, 1, relu="relu2")):
        for kind, outputs in (("loc", 16), ("conf", 12)):
            name = f"{at}_mbox_{kind}"
            maps = n.add("Permute", f"{name}_perm", [n.conv(name, at, outputs, 3, pad=1)],
                         "permute_param { order: 0 order: 2 order: 3 order: 1 }")
            joined[kind].append(n.add("Flatten", f"{name}_flat", [maps], "flatten_param { axis: 1 }"))
    loc, conf = (n.add("Concat", f"mbox_{kind}", flat, "concat_param { axis: 1 }") for kind, flat in joined.items())
    conf = n.add("Reshape", "mbox_conf_reshape", [conf], "reshape_param { shape { dim: 0 dim: -1 dim: 3 } }")
    conf = n.add("Softmax", "mbox_conf_softmax", [conf], "softmax_param { axis: 2 }")
    return n.made(loc, n.add("Flatten", "mbox_conf_flatten", [conf], "flatten_param { axis: 1 }"))


def signs_and_sums():
    """PVANET's maps and their negatives, slopes of a face network, and every operation of an Eltwise."""
    n = Published("PVANET", (3, 32, 32))
    x = n.conv("conv1_1/conv", "data", 8, 7, 2, 3)
    x = n.concat("conv1_1/concat", [x, n.add("Power", "conv1_1/neg", [x], "power_param { power: 1 scale: -1.0 shift: 0 }")])
    n.numbers["conv1_1/scale"] = [1 + n.normal(16), n.normal(16)]
    x = n.inside("Scale", "conv1_1/scale", x, "scale_param { bias_term: true }")
    n.numbers["relu1_1"] = [np.abs(n.normal(16))]
    y = n.conv("conv2", n.inside("PReLU", "relu1_1", x), 16, 1)
    total = n.add("Eltwise", "sum", [x, y], "eltwise_param { operation: SUM coeff: 1 coeff: -0.5 }")
    most = n.add("Eltwise", "max", [total, y], "eltwise_param { operation: MAX }")
    return n.made(n.add("Eltwise", "product", [most, total], "eltwise_param { operation: PROD }"))


NETS = (alexnet, vgg_of_2014, googlenet_as_it_was_trained, squeezenet, resnet, mobilenet, fully_convolutional, detector,
        signs_and_sums)
