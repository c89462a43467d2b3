"""Small models of kinds that exporters write, one habit each, beside the networks of samples.py.

KINDS are computed: a function makes (model, {input: the shape to run}). REFUSED are not: (model, options, what must be
said). Weights are random.
"""

import numpy as np
import onnx
from onnx import helper

from samples import Sample


def ints(*numbers):
    return np.array(numbers, np.int64)


class Small(Sample):
    """Names for what nobody names."""

    def __call__(self, operator, inputs, output=None, **attributes):
        return self.node(operator, inputs, output or f"v{len(self._nodes)}", **attributes)

    def given(self, array):
        return self.weight(f"c{len(self._weights)}_{len(self._nodes)}", array)

    def layer(self, x, channels, outputs, kernel=3, **attributes):
        return self("Conv", [x, self.given(self.random(outputs, channels, kernel, kernel))], **attributes)

    def dense(self, x, inputs, outputs):
        return self("MatMul", [x, self.given(self.random(inputs, outputs, fan_in=inputs))])


# ---- PyTorch, by TorchScript and by dynamo


def functions_in_functions():
    """Modules and aten operators as functions, with attributes handed on and names of many dots."""
    s = Small("pytorch", 20)
    aten, torch = "pkg.onnxscript.torch_lib", "pkg.torch.2.3.0"
    conv = helper.make_node("Conv", ["x", "w", "b"], ["convolution"])
    for name in ("strides", "pads"):
        conv.attribute.append(onnx.AttributeProto(name=name, ref_attr_name=name, type=onnx.AttributeProto.INTS))
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(aten, 1), helper.make_opsetid(torch, 1)]
    numbers = ["features.0.weight", "features.0.bias"]
    call = helper.make_node("aten_conv2d", ["input", *numbers], ["y"], domain=aten, strides=[2, 2], pads=[1, 1, 1, 1])
    sequential = [helper.make_node("Conv2d_features_0_1", ["input", *numbers], ["c"], domain=torch),
                  helper.make_node("HardSwish", ["c"], ["h"])]
    functions = [
        helper.make_function(torch, "Sequential_features_1", ["input", *numbers], ["h"], sequential, opsets),
        helper.make_function(torch, "Conv2d_features_0_1", ["input", *numbers], ["y"], [call], opsets),
        helper.make_function(aten, "aten_conv2d", ["x", "w", "b"], ["convolution"], [conv], opsets, ["strides", "pads"])]
    weights = [s.weight("model.features.0.weight", s.random(8, 3, 3, 3)),
               s.weight("model.features.0.bias", s.random(8, fan_in=8))]
    x = s("Sequential_features_1", ["x", *weights], domain=torch)
    s("ReduceMean", [x, s.given(ints(-1, -2))], "y", keepdims=0)
    return s.model_of({"x": ["s0", 3, 16, 16]}, {"y": ["s0", 8]}, functions), {"x": (2, 3, 16, 16)}


def attention_of_heads():
    """Queries, keys and values as reshapes and transposes around two products of what is computed."""
    s = Small("pytorch", 14)
    heads = []
    for kind, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
        head = s("Add", [s.weight(f"{kind}.bias", s.random(16, fan_in=16)), s.dense("x", 16, 16)])
        heads.append(s("Transpose", [s("Reshape", [head, s.given(ints(1, -1, 4, 4))])], perm=order))
    scores = s("Div", [s("MatMul", heads[:2]), s.given(np.float32(2))])
    mixed = s("MatMul", [s("Softmax", [scores], axis=-1), heads[2]])
    s("Reshape", [s("Transpose", [mixed], perm=[0, 2, 1, 3]), s.given(ints(1, -1, 16))], "y")
    return s.model("x", [1, 10, 16], {"y": None}), {"x": (1, 10, 16)}


def boxes_of_yolo():
    """A distribution over distances folded by a softmax and a fixed convolution, corners made of them, classes beside."""
    s = Small("pytorch", 17)
    maps = s("Reshape", [s.layer("images", 3, 66, pads=[1] * 4, strides=[4, 4]), s.given(ints(1, 66, -1))])
    box = s("Slice", [maps, s.given(ints(0)), s.given(ints(64)), s.given(ints(1))])
    classes = s("Slice", [maps, s.given(ints(64)), s.given(ints(np.iinfo(np.int64).max)), s.given(ints(1))])
    d = s("Transpose", [s("Reshape", [box, s.given(ints(1, 4, 16, 16))])], perm=[0, 2, 1, 3])
    d = s("Conv", [s("Softmax", [d], axis=1), s.given(np.arange(16, dtype=np.float32).reshape(1, 16, 1, 1))])
    d = s("Reshape", [d, s.given(ints(1, 4, 16))])
    near, far = (s("Slice", [d, s.given(ints(a)), s.given(ints(a + 2)), s.given(ints(1))]) for a in (0, 2))
    anchors = s.given(s.uniform(0, 4, 1, 2, 16))
    low, high = s("Sub", [anchors, near]), s("Add", [anchors, far])
    middle = s("Div", [s("Add", [low, high]), s.given(np.float32(2))])
    boxes = s("Mul", [s("Concat", [middle, s("Sub", [high, low])], axis=1), s.given(np.full((1, 16), 4, np.float32))])
    s("Concat", [boxes, s("Sigmoid", [classes])], "output0", axis=1)
    return s.model("images", [1, 3, 16, 16], {"output0": None}), {"images": (1, 3, 16, 16)}


def heads_of_ssd():
    s = Small("pytorch", 11)
    x, channels, boxes, scores = "image", 3, [], []
    for outputs in (8, 12):
        x, channels = s("Relu", [s.layer(x, channels, outputs, pads=[1] * 4, strides=[2, 2])]), outputs
        for columns, parts in ((4, boxes), (3, scores)):
            maps = s("Transpose", [s.layer(x, channels, 2 * columns, pads=[1] * 4)], perm=[0, 2, 3, 1])
            parts.append(s("Reshape", [maps, s.given(ints(1, -1, columns))]))
    s("Concat", boxes, "boxes", axis=1)
    s("Softmax", [s("Concat", scores, axis=1)], "scores", axis=2)
    return s.model("image", [1, 3, 32, 32], {"boxes": None, "scores": None}), {"image": (1, 3, 32, 32)}


def twins():
    """One network over two inputs, and the distance of what it makes of them."""
    s = Small("pytorch", 13)
    weight = s.given(s.random(6, 3, 3, 3))
    ends = [s("GlobalAveragePool", [s("Relu", [s("Conv", [side, weight])])]) for side in ("left", "right")]
    distance = s("Flatten", [s("Abs", [s("Sub", ends)])])
    s("Sigmoid", [s.dense(distance, 6, 1)], "y")
    shapes = {side: ["N", 3, 8, 8] for side in ("left", "right")}
    return s.model_of(shapes, {"y": ["N", 1]}), {side: (2, 3, 8, 8) for side in shapes}


def signals():
    s = Small("pytorch", 13)
    x = s("Conv", ["wave", s.given(s.random(8, 1, 16))], strides=[4], pads=[6, 6])
    numbers = [s.given(s.uniform(0.2, 1, 8)) for _ in range(4)]
    x = s("MaxPool", [s("Relu", [s("BatchNormalization", [x, *numbers])])], kernel_shape=[4], strides=[4])
    x = s("ConvTranspose", [x, s.given(s.random(8, 4, 4))], strides=[2], pads=[1, 1])
    x = s("InstanceNormalization", [x, s.given(s.uniform(0.5, 1, 4)), s.given(s.uniform(0.5, 1, 4))])
    s("Squeeze", [s("GlobalMaxPool", [x]), s.given(ints(2))], "y")
    return s.model("wave", ["N", 1, "T"], {"y": None}), {"wave": (2, 1, 64)}


def clips():
    s = Small("pytorch", 13)
    x = s("Conv", ["clip", s.given(s.random(6, 3, 1, 3, 3))], pads=[0, 1, 1, 0, 1, 1], strides=[1, 2, 2])
    x = s("Relu", [s("Conv", [x, s.given(s.random(4, 6, 3, 1, 1))], pads=[1, 0, 0, 1, 0, 0])])
    x = s("AveragePool", [s("MaxPool", [x], kernel_shape=[2, 2, 2], strides=[2, 2, 2])], kernel_shape=[3, 1, 1])
    s("Flatten", [s("GlobalAveragePool", [x])], "y")
    return s.model("clip", [1, 3, 6, 8, 8], {"y": [1, 4]}), {"clip": (1, 3, 6, 8, 8)}


# ---- TensorFlow, Paddle, MXNet, CNTK


def dilation_by_space_to_batch():
    """TensorFlow's way to dilate: blocks of the picture become a batch, so there is none left."""
    s = Small("tf2onnx", 11)

    def moved(x, cut, order, joined):
        x = s("Transpose", [s("Reshape", [x, s.given(ints(*cut))])], perm=order)
        return s("Reshape", [x, s.given(ints(*joined))])

    x = s("Pad", ["x", s.given(ints(0, 2, 2, 0, 0, 2, 2, 0))])
    x = moved(x, (1, 6, 2, 6, 2, 4), [2, 4, 0, 1, 3, 5], (4, 6, 6, 4))
    x = s.layer(s("Transpose", [x], perm=[0, 3, 1, 2]), 4, 6, auto_pad="VALID")
    x = moved(s("Transpose", [x], perm=[0, 2, 3, 1]), (2, 2, 1, 4, 4, 6), [2, 3, 0, 4, 1, 5], (1, 8, 8, 6))
    s("Identity", [x], "y")
    return s.model("x", [1, 8, 8, 4], {"y": [1, 8, 8, 6]}), {"x": (1, 8, 8, 4)}


def means_with_axes_as_inputs():
    s = Small("tf2onnx", 18)
    x = s("Pad", ["in:0", s.given(ints(0, 0, 0, 0, 0, 1, 1, 0))])
    x = s.layer(s("Transpose", [x], perm=[0, 3, 1, 2]), 3, 8, auto_pad="VALID", strides=[2, 2])
    x = s("ReduceMean", [s("Transpose", [s("Relu", [x])], perm=[0, 2, 3, 1]), s.given(ints(1, 2))], keepdims=1)
    s("Softmax", [s.dense(s("Squeeze", [x, s.given(ints(1, 2))]), 8, 5)], "out:0", axis=-1)
    return s.model("in:0", ["unk__1", 12, 12, 3], {"out:0": ["unk__2", 5]}), {"in:0": (2, 12, 12, 3)}


def resized_to_the_shape_of_another():
    """Paddle's sizes, put together of two shapes; all extents are open."""
    s = Small("paddle", 11)
    maps = s.layer("x", 3, 8, pads=[1] * 4, strides=[2, 2])
    parts = [s("Slice", [s("Shape", [of]), s.given(ints(begin)), s.given(ints(end)), s.given(ints(0))])
             for of, begin, end in ((maps, 0, 2), ("skip", 2, 4))]
    nothing = s.given(np.zeros(0, np.float32))
    x = s("Resize", [maps, nothing, nothing, s("Concat", parts, axis=0)], mode="linear",
          coordinate_transformation_mode="align_corners")
    s("Add", [x, "skip"], "y")
    shapes = {"x": [-1, 3, -1, -1], "skip": [-1, 8, -1, -1]}
    return s.model_of(shapes, {"y": [-1, 8, -1, -1]}), {"x": (1, 3, 18, 16), "skip": (1, 8, 24, 20)}


def faces_of_mxnet():
    """Pictures are scaled by tensors of one number, slopes are [C, 1, 1], and a batch norm stands behind the last layer."""
    s = Small("mxnet", 8)
    x = s("Mul", [s("Sub", ["data", s.given(np.float32([0.1]))]), s.given(np.float32([0.5]))])
    x = s("PRelu", [s.layer(x, 3, 8, pads=[1] * 4), s.given(s.uniform(0, 1, 8, 1, 1))])
    x = s("Gemm", [s("Flatten", [x]), s.given(s.random(5, 8 * 36)), s.given(s.random(5, fan_in=5))], transB=1)
    s("BatchNormalization", [x, *(s.given(s.uniform(0.2, 1, 5)) for _ in range(4))], "fc1", epsilon=2e-5)
    return s.model("data", ["None", 3, 6, 6], {"fc1": ["None", 5]}), {"data": (2, 3, 6, 6)}


def digits_of_cntk():
    """Weights that are reshaped in the graph, a bias of [C, 1, 1], a batch of one written into a shape."""
    s = Small("cntk", 8)
    x = s("Add", [s("Conv", ["x", s.given(s.random(8, 1, 5, 5))], auto_pad="SAME_UPPER"), s.given(s.random(8, 1, 1))])
    x = s("MaxPool", [s("Relu", [x])], kernel_shape=[2, 2], strides=[2, 2])
    weights = s("Reshape", [s.given(s.random(8, 7, 7, 10, fan_in=392)), s.given(ints(392, 10))])
    s("MatMul", [s("Reshape", [x, s.given(ints(1, 392))]), weights], "y")
    return s.model("x", [1, 1, 14, 14], {"y": [1, 10]}), {"x": (1, 1, 14, 14)}


# ---- heads that make pictures


def segmentation():
    """Maps made larger by transposed convolutions: in groups, and with a row and a column more."""
    s = Small("pytorch", 9)
    x = s("Relu", [s.layer("x", 3, 6, strides=[4, 4], pads=[1] * 4)])
    x = s("ConvTranspose", [x, s.given(s.random(6, 1, 4, 4))], group=6, strides=[2, 2], pads=[1] * 4)
    x = s("ConvTranspose", [x, s.given(s.random(6, 2, 3, 3))], strides=[2, 2], pads=[1] * 4, output_padding=[1, 1])
    s("LogSoftmax", [x], "y", axis=1)
    return s.model("x", ["N", 3, 16, 16], {"y": None}), {"x": (1, 3, 16, 16)}


def pixels_out_of_channels():
    """Both orders of DepthToSpace, and a cubic resize beside them."""
    s = Small("pytorch", 13)
    x = s("Tanh", [s("Conv", ["x", s.given(s.random(12, 1, 5, 5))], pads=[2] * 4)])
    x = s("Add", [s("DepthToSpace", [x], blocksize=2, mode=mode) for mode in ("CRD", "DCR")])
    larger = s("Resize", ["x", "", s.given(np.float32([1, 1, 2, 2]))], mode="cubic", cubic_coeff_a=-0.75,
               coordinate_transformation_mode="half_pixel")
    s("Clip", [s("Add", [x, larger]), s.given(np.float32(0)), s.given(np.float32(1))], "y")
    return s.model("x", ["N", 1, "H", "W"], {"y": None}), {"x": (1, 1, 9, 10)}


# ---- files as they shouldn't be, but are


def outputs_of_all_kinds():
    """What is computed, what is given, what is known, and what is computed and read again."""
    s = Small("odd", 13)
    s.weight("known", s.uniform(1, 2, 1, 3))
    s.constant_node("constant", np.float32([1, 2, 3]))
    s("Relu", ["x"], "y")
    s("Mul", ["y", "known"], "z")
    outputs = ("z", "x", "known", "constant", "y")
    return s.model("x", [1, 3], {name: None for name in outputs}), {"x": (1, 3)}


def halves_and_integers_for_weights():
    s = Small("odd", 13)
    weight = s("Cast", [s.given(s.random(4, 3, 3, 3).astype(np.float16))], to=onnx.TensorProto.FLOAT)
    scale = s("DequantizeLinear", [s.given(np.int8([-7, 5, 90, 3])), s.given(np.float32(0.02)), s.given(np.int8(1))])
    x = s("Conv", ["x", weight])
    s("Mul", [x, s("Unsqueeze", [scale, s.given(ints(0, 2, 3))])], "y")
    return s.model("x", [1, 3, 8, 8], {"y": None}), {"x": (1, 3, 8, 8)}


KINDS = (functions_in_functions, attention_of_heads, boxes_of_yolo, heads_of_ssd, twins, signals, clips,
         dilation_by_space_to_batch, means_with_axes_as_inputs, resized_to_the_shape_of_another, faces_of_mxnet,
         digits_of_cntk, segmentation, pixels_out_of_channels, outputs_of_all_kinds, halves_and_integers_for_weights)


def alone(operator, inputs=("x",), opset=17, **attributes):
    """A model of that node, called as its operator."""
    s = Small("alone", opset)
    s._nodes.append(helper.make_node(operator, list(inputs), ["y"], operator, **attributes))
    return s.model("x", [1, 3, 8, 8], {"y": None})


# Name: (model, what the message must say beside the operator's name).
REFUSED = {
    "optimized by ONNX Runtime": (alone("FusedConv", domain="com.microsoft"), "take the file from before that"),
    "quantised": (alone("QuantizeLinear"), "the model is quantised"),
    "recurrent": (alone("LSTM", ("x", "x", "x")), "models here are feed-forward"),
    "of trees": (alone("TreeEnsembleRegressor", domain="ai.onnx.ml"), "trees"),
    "einsum": (alone("Einsum", equation="abcd->abdc"), "isn't supported"),
    "in training": (alone("BatchNormalization", ["x"] * 5, training_mode=1), "export the model for inference"),
    "a mistyped attribute": (alone("MaxPool", kernel_shape=[2, 2], stride=[2, 2]), "did you mean 'strides'?"),
    "an attribute of another type": (alone("MaxPool", kernel_shape=2), "'kernel_shape' is of another type"),
    "without its kernel": (alone("MaxPool"), "it doesn't say its kernel_shape"),
    "of the next ONNX": (alone("Relu", opset=60), "export it with opset"),
}
