#!/usr/bin/env python3
"""Writes where fuzzers start, into tests/fuzz/corpus: small files of every kind, with a bit of each thing in them.

    .deps/python/bin/python tests/fuzz/seeds.py      (needs tests/requirements.txt)

What fuzzing adds to a folder (tests/fuzz/choose.py) is called found-..., and left alone here.
"""
import io
import json
import pathlib
import struct
import sys
import zlib

import numpy as np
import onnx
import safetensors.numpy
from onnx import TensorProto, helper, numpy_helper

TESTS = pathlib.Path(__file__).parent.parent
CORPUS = TESTS / "fuzz/corpus"
sys.path.insert(0, str(TESTS / "caffe"))
from caffe_nets import field, varint  # noqa: E402  (protobuf's wire format)

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


# ---- models' texts (tests/files/parse has most)


def texts():
    yield "convolutions", """model small  # a comment
weights random seed 1
x = input f32[3, 12, 12]
a = conv2d x 3x3 stride 2 pad 1 groups 3 -> 6 relu
b = mlpconv a [conv 3x3 pad 1 -> 8, 4] max_pool 2x2 stride 2 : f32[4, 3, 3] hwc
c = dense b -> 5
p = softmax c
output p
"""
    yield "functions", """model functions
x = input f32[4, 5]
y = pointwise [add $0 $1, relu $2] x x
z = clip x min -1 max 0x1.8p3
t = transpose x order [1, 0]
output y, z, t
"""


# ---- ONNX


def number(name, *values, kind=np.float32, shape=None):
    array = np.array(values, kind)
    return numpy_helper.from_array(array if shape is None else np.resize(array, shape), name)


def onnx_model(nodes, initializers, inputs=(("x", (1, 2, 6, 6)),), outputs=("y",), opset=17, **functions):
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in inputs],
        [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8,
                             **functions).SerializeToString()


def onnx_models():
    node = helper.make_node
    yield "convolution", onnx_model(
        [node("Conv", ["x", "w", "b"], ["c"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]),
         node("BatchNormalization", ["c", "s", "b", "b", "s"], ["n"]), node("Relu", ["n"], ["r"]),
         node("MaxPool", ["r"], ["m"], kernel_shape=[2, 2], strides=[1, 1], auto_pad="SAME_UPPER"),
         node("GlobalAveragePool", ["m"], ["g"]), node("Flatten", ["g"], ["f"]), node("Softmax", ["f"], ["y"])],
        [number("w", .1, .2, shape=(4, 2, 3, 3)), number("b", .1, shape=(4,)), number("s", 1, 2, shape=(4,))])
    yield "dense", onnx_model(
        [node("Flatten", ["x"], ["f"]), node("Gemm", ["f", "w", "b"], ["d"], transB=1, alpha=.5, beta=2.),
         node("LogSoftmax", ["d"], ["y"])],
        [number("w", .1, .2, shape=(3, 72)), number("b", 1, 2, 3)])
    yield "shapes", onnx_model(
        [node("Shape", ["x"], ["s"]), node("Gather", ["s", "i"], ["n"]), node("Unsqueeze", ["n", "a"], ["u"]),
         node("Concat", ["u", "m"], ["t"], axis=0), node("Reshape", ["x", "t"], ["r"]),
         node("Transpose", ["r"], ["y"], perm=[1, 0])],
        [number("i", 0, kind=np.int64, shape=()), number("a", 0, kind=np.int64, shape=(1,)),
         number("m", -1, kind=np.int64, shape=(1,))])
    yield "moves", onnx_model(
        [node("Split", ["x"], ["a", "b"], axis=1), node("Slice", ["a", "from", "to", "axes", "steps"], ["c"]),
         node("Pad", ["c", "pads"], ["d"]), node("Concat", ["b", "b"], ["y"], axis=2)],
        [number(name, *values, kind=np.int64) for name, values in
         (("from", (5, 0)), ("to", (-99, 4)), ("axes", (2, 3)), ("steps", (-2, 1)), ("pads", (0, 0, 1, 1, 0, 0, 1, 0)))],
        outputs=("d", "y"))
    yield "larger", onnx_model(
        [node("Resize", ["x", "", "scales"], ["a"], mode="linear", coordinate_transformation_mode="half_pixel"),
         node("ConvTranspose", ["a", "w"], ["b"], strides=[2, 2], group=2), node("DepthToSpace", ["d"], ["y"], blocksize=2),
         node("Concat", ["b", "b"], ["d"], axis=1)],
        [number("scales", 1, 1, 2, 2), number("w", 1, 2, shape=(2, 1, 2, 2))])
    yield "parts", onnx_model(
        [node("Constant", [], ["two"], value_float=2.), node("Mul", ["x", "two"], ["a"]),
         node("Clip", ["a", "", "two"], ["b"]), node("LRN", ["b"], ["c"], size=3), node("LeakyRelu", ["c"], ["d"], alpha=.1),
         node("ReduceMean", ["d"], ["e"], axes=[2], keepdims=0), node("ArgMax", ["e"], ["z"], axis=1),
         node("Cast", ["z"], ["y"], to=FLOAT)], [], outputs=("e", "y"))
    function = helper.make_function("mine", "Twice", ["p"], ["q"], [node("Add", ["p", "p"], ["q"])],
                                    [helper.make_opsetid("", 17)])
    model = onnx.ModelProto.FromString(onnx_model(
        [node("Twice", ["x"], ["t"], domain="mine"), node("Dropout", ["t"], ["e"]), node("Identity", ["e"], ["y"])], [],
        functions=[function]))
    model.opset_import.append(helper.make_opsetid("mine", 1))
    yield "function", model.SerializeToString()
    halves = number("w", 1, 2, kind=np.float16, shape=(3, 2))
    outside = TensorProto(name="b", data_type=FLOAT, dims=[3], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", "w.bin"), ("offset", "0"), ("length", "12")):
        outside.external_data.add(key=key, value=value)
    yield "outside", onnx_model([node("MatMul", ["x", "h"], ["m"]), node("Add", ["m", "b"], ["y"])], [halves, outside],
                                inputs=(("x", (1, 3)),))
    yield "open", onnx_model([node("Einsum", ["x", "x"], ["a"], equation="bij,bjk->bik"),
                              node("If", ["c"], ["y"], then_branch=helper.make_graph([], "t", [], []))], [],
                             inputs=(("x", ("batch", "n", 3)), ("c", ())))


# ---- Caffe


def packed(numbers):
    return np.array(numbers, "<f4").tobytes()


def blob(dims, numbers):
    return field(7, field(1, b"".join(varint(dim) for dim in dims))) + field(5, packed(numbers))


def old_blob(dims, numbers):
    return b"".join(varint(k + 1 << 3) + varint(dim) for k, dim in enumerate(dims)) + field(5, packed(numbers))


def trained(layers, is_old=False):
    """The file of {name: blobs}, in one of the two forms."""
    layer, name, blobs = (2, 4, 6) if is_old else (100, 1, 7)
    return b"".join(field(layer, field(name, each.encode()) + b"".join(field(blobs, one) for one in numbers))
                    for each, numbers in layers.items())


def caffe_net(text, layers=None, is_old=False):
    return text.encode() + (b"\n%%\n" + trained(layers, is_old) if layers else b"")


def caffe_nets():
    yield from caffe_layers()
    new = """name: "small"
input: "x" input_shape { dim: 1 dim: 1 dim: 4 dim: 4 }
layer { name: "c" type: "Convolution" bottom: "x" top: "c"
  convolution_param { num_output: 2 kernel_size: 2 stride: 1 pad: 0 } }
layer { name: "n" type: "BatchNorm" bottom: "c" top: "c" }
layer { name: "s" type: "Scale" bottom: "c" top: "c" scale_param { bias_term: true } }
layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "r" type: "Reshape" bottom: "p" top: "r" reshape_param { shape { dim: 0 dim: -1 } } }
layer { name: "y" type: "InnerProduct" bottom: "r" top: "y" inner_product_param { num_output: 2 } }
layer { name: "prob" type: "Softmax" bottom: "y" top: "prob" }
"""
    ones = lambda *dims: blob(dims, np.ones(dims).ravel())  # noqa: E731
    numbers = {"c": [ones(2, 1, 2, 2), ones(2)], "n": [ones(2), ones(2), ones(1)], "s": [ones(2), ones(2)],
               "y": [ones(2, 8), ones(2)]}
    yield "small", caffe_net(new, numbers)
    yield "text", caffe_net(new)
    old = """name: "old"
input: "data" input_dim: 1 input_dim: 2 input_dim: 5 input_dim: 5
layers { name: "conv1" type: CONVOLUTION bottom: "data" top: "conv1" blobs_lr: 1 blobs_lr: 2
  convolution_param { num_output: 2 kernel_size: 3 group: 2 weight_filler { type: "gaussian" std: 0.05 } } }
layers { name: "relu1" type: RELU bottom: "conv1" top: "conv1" }
layers { name: "norm" type: LRN bottom: "conv1" top: "norm" lrn_param { local_size: 3 alpha: 1e-4 beta: 0.75 } }
layers { name: "drop" type: DROPOUT bottom: "norm" top: "norm" dropout_param { dropout_ratio: 0.5 } }
layers { name: "ip" type: INNER_PRODUCT bottom: "norm" top: "ip" inner_product_param { num_output: 3 } }
layers { name: "prob" type: SOFTMAX bottom: "ip" top: "prob" }
"""
    former = lambda *dims: old_blob(dims, np.ones(dims).ravel())  # noqa: E731
    yield "old", caffe_net(old, {"conv1": [former(2, 1, 3, 3), former(1, 1, 1, 2)],
                                 "ip": [former(1, 1, 3, 18), former(1, 1, 1, 3)]}, is_old=True)
    yield "phases", caffe_net("""layer { name: "data" type: "Data" top: "data" top: "label" include { phase: TRAIN }
  data_param { source: "l" backend: LMDB batch_size: 4 } transform_param { crop_size: 6 mean_value: 104 mirror: true } }
layer { name: "data" type: "Input" top: "data" top: "label" include { phase: TEST }
  input_param { shape { dim: 1 dim: 3 dim: 6 dim: 6 } shape { dim: 1 } } }
layer { name: "a" type: "Pooling" bottom: "data" top: "a" pooling_param { pool: AVE kernel_h: 3 kernel_w: 2 pad: 1 } }
layer { name: "e" type: "Eltwise" bottom: "a" bottom: "a" top: "e" eltwise_param { operation: SUM coeff: 1 coeff: -1 } }
layer { name: "s" type: "Slice" bottom: "e" top: "u" top: "v" slice_param { axis: 1 slice_point: 1 } }
layer { name: "k" type: "Concat" bottom: "u" bottom: "v" top: "k" }
layer { name: "f" type: "Flatten" bottom: "k" top: "f" }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "f" bottom: "label" top: "loss" loss_weight: 1 }
layer { name: "acc" type: "Accuracy" bottom: "f" bottom: "label" top: "acc" exclude { stage: "deploy" } }
""")


# A layer, and what reads it.
def caffe_layers():
    one = lambda kind, fields="", tops='top: "y"': (  # noqa: E731
        'input: "x" input_shape { dim: 2 dim: 4 dim: 3 dim: 3 }\n'
        f'layer {{ name: "y" type: "{kind}" bottom: "x" {tops} {fields} }}\n')
    yield "power", caffe_net(one("Power", "power_param { power: 2 scale: 0.5 shift: 1 }") + """
layer { name: "e" type: "Exp" bottom: "y" top: "e" exp_param { base: 2 } }
layer { name: "l" type: "Log" bottom: "e" top: "l" }
layer { name: "t" type: "TanH" bottom: "l" top: "t" }
layer { name: "z" type: "ELU" bottom: "t" top: "z" elu_param { alpha: 2 } }
layer { name: "q" type: "Crop" bottom: "z" bottom: "x" top: "q" crop_param { axis: 2 offset: 0 } }
""")
    yield "prelu", caffe_net(one("PReLU"), {"y": [blob([4], [.1, .2, .3, .4])]})
    yield "deconvolution", caffe_net(
        one("Deconvolution", "convolution_param { num_output: 4 group: 4 kernel_size: 4 stride: 2 pad: 1 bias_term: false }"),
        {"y": [blob([4, 1, 4, 4], np.arange(64))]})
    yield "fork", caffe_net(one("Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }") + """
layer { name: "n" type: "Normalize" bottom: "x" top: "n" norm_param { across_spatial: false channel_shared: false } }
layer { name: "m" type: "MVN" bottom: "x" top: "m" mvn_param { eps: 1e-9 } }
layer { name: "b" type: "Bias" bottom: "m" top: "b" unknown_param { what: 3 } }
""", {"n": [blob([4], [1, 2, 3, 4])], "b": [blob([4], [1, 2, 3, 4])]})


# ---- arrays and weights


def arrays():
    def saved(array, version=None):
        file = io.BytesIO()
        np.lib.format.write_array(file, array, version)
        return file.getvalue()
    yield "floats", saved(np.arange(6, dtype=np.float32).reshape(2, 3))
    yield "fortran", saved(np.asfortranarray(np.arange(8, dtype=np.int32).reshape(2, 2, 2)))
    yield "halves", saved(np.array([1, -np.inf, np.nan], np.float16))
    yield "doubles", saved(np.array(1e300))
    yield "bytes", saved(np.array([[True], [False]]))
    yield "longer", saved(np.array([1, 2], np.uint64), (2, 0))
    yield "none", saved(np.zeros((0, 4), np.int8), (3, 0))
    yield "others", saved(np.array(["a", "b"]))


def weights():
    save = safetensors.numpy.save
    yield "floats", save({"a": np.ones((2, 2), np.float32), "b.weight": np.arange(3, dtype=np.float64)})
    yield "halves", save({"h": np.ones(3, np.float16), "none": np.zeros((0, 2), np.float32)}, {"format": "np"})
    yield "integers", save({"i": np.arange(3), "t": np.array([True, False])})

    def written(header, data):
        text = json.dumps(header).encode() if isinstance(header, dict) else header
        return struct.pack("<Q", len(text)) + text + data
    yield "brain", written({"\N{SNOWMAN}": {"dtype": "BF16", "shape": [1, 2], "data_offsets": [0, 4]},
                            "new": {"dtype": "F8_E4M3", "shape": [], "data_offsets": [4, 5]}}, b"\x80\x3f\x00\xc0\x01")
    yield "gap", written({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}, bytes(8))
    yield "twice", written(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],'
                           b'"data_offsets":[0,4]}}   ', bytes(4))


# ---- pictures


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width, height, depth, colour, rows, *chunks, interlaced=0):
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)) +
            b"".join(chunks) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def tiff(orientation, order=">"):
    return (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(f"{order}IHHHIHHI", 8, 1, 0x112, 3, 1, orientation, 0, 0)


def segment(jpeg, marker, content):
    return jpeg[:2] + b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content + jpeg[2:]


def pictures():
    yield "colours.png", png(3, 2, 8, 2, (b"\0" + bytes(range(9))) * 2, chunk(b"eXIf", tiff(6)))
    yield "palette.png", png(5, 2, 2, 3, (b"\1" + b"\x1b\x40") * 2, chunk(b"PLTE", bytes(range(12))), chunk(b"tRNS", b"\0"))
    yield "deep.png", png(2, 2, 16, 0, (b"\0" + b"\xff\x00\x80\x01") * 2, chunk(b"gAMA", struct.pack(">I", 45455)))
    yield "transparent.png", png(1, 1, 8, 6, b"\0\1\2\3\4", chunk(b"tEXt", b"a\0b"))
    yield "interlaced.png", png(3, 3, 1, 0, b"\0\x80" * 5, interlaced=1)
    plain = (TESTS / "pictures/colours.jpg").read_bytes()
    for name in ("grey", "subsampled", "progressive", "arithmetic", "cmyk", "ycck", "rgb"):
        yield f"{name}.jpg", (TESTS / f"pictures/{name}.jpg").read_bytes()
    yield "turned.jpg", segment(plain, 0xe1, b"Exif\0\0" + tiff(8, "<"))
    yield "xmp.jpg", segment(plain, 0xe1, b"http://ns.adobe.com/xap/1.0/\0" +
                             b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="3"/></x:xmpmeta>')


# ---- schedules and records


SCHEDULES = {
    "stage": "direct tiles 1x8,1x8 block 24 unroll 4 parallel",
    "pooled": "winograd 2x2 tiles 2x4,3x6 group 8 block 24 unroll 1 whole 1 pixels-outer prefetch 64",
    "grouped": "vector 4, tile 1x6, parallel",
    "pool": "vector 1, tasks 3",
    "scores": "vector 8, panel 16, parallel",
    "stage@opencl": "block 8x2, thread 4x4, channel-threads 8, unroll 4, slices 1, staged, stores 0",
    "pool@opencl": "block-threads 64",
    "scores@opencl": "results 4, slices 8",
}


def schedules():
    for name, schedule in SCHEDULES.items():
        yield name.replace("@", "-"), f"{name}: {schedule}\n"
    yield "all", "# of each family\n" + "".join(f"{name}: {schedule}\n" for name, schedule in SCHEDULES.items())


# Kernels.h has these.
SPECS = {
    "stage": "mlpconv [conv 3x3 pad 1 -> 32, 16] (f32[3, 12, 12]) -> f32[16, 12, 12] hwc @ x86-64-v3",
    "stage@opencl": "mlpconv [conv 3x3 pad 1 -> 32, 16] (f32[3, 12, 12]) -> f32[16, 12, 12] hwc @ opencl",
    "scores": "dense -> 10 (f32[216]) -> f32[10] @ x86-64-v3",
}


def fnv1a(text):
    number = 0xcbf29ce484222325
    for byte in text.encode():
        number = (number ^ byte) * 0x100000001b3 % 2**64
    return f"{number:016x}"


def records():
    date = "2026-11-24T22:40:01Z"
    key = {"version": 1, "spec": "0123456789abcdef", "cpu": "fuzz", "threads": 1, "schedules": 1}
    verdict = {"record": "verdict", **key, "kernel": "k", "schedule": "default", "speedup": 2.0, "checked": "kernel",
               "model": "", "date": date}
    measurement = {"record": "measurement", **key, "kernel": "k", "schedule": "vector 8, tasks 1", "default": "vector 8, tasks 2",
                   "outcome": "ok", "detail": "", "seconds": 0.0012, "default_seconds": 0.0015, "spread": 0.03, "rounds": 40,
                   "predicted_cycles": 3500000.0, "date": date}
    yield "verdict", json.dumps(verdict)
    yield "measurement", json.dumps(measurement)
    crashed = {**measurement, "outcome": "crashed", "detail": "signal 11", "seconds": 0, "default_seconds": 0, "spread": 0}
    later = {**verdict, "date": "2026-12-24T22:40:01Z", "checked": "model", "model": "m", "schedule": "vector 8, tasks 1"}
    yield "used", "\n".join(json.dumps({**verdict, "spec": fnv1a(spec), "kernel": spec, "schedule": SCHEDULES[name]})
                            for name, spec in SPECS.items())
    yield "several", "\n".join(map(json.dumps, (measurement, crashed, verdict, later))) + '\n{"record": [{}]}\nrubbish\n'


def main():
    for folder, files in {"parse": texts, "onnx": onnx_models, "caffe": caffe_nets, "npy": arrays, "safetensors": weights,
                          "images": pictures, "schedules": schedules, "records": records}.items():
        (CORPUS / folder).mkdir(parents=True, exist_ok=True)
        for name, content in files():
            (CORPUS / folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


if __name__ == "__main__":
    main()
