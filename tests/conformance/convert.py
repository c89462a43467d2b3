#!/usr/bin/env python3
"""Turns ONNX's backend test data into small .nin models with inputs and expected outputs.

Run by hand after an update of the onnx package; the result is committed, so no test needs onnx:

    python3 -m venv venv && venv/bin/pip install -r tests/requirements.txt
    venv/bin/python tests/conformance/convert.py tests/conformance/cases

For each case that our ops can say, the folder gets
    NAME.nin                 the model
    NAME.safetensors         its parameters, if it has any, named as the language names them
    NAME.data.safetensors    "0.x" is image 0's input x, "0.y" its expected output y, and so on
and COVERAGE.md lists every case looked at, with the reason if it was left out.

A graph of ours has no batch dimension, so leading dimensions that an op treats one by one (N of a
convolution, the dimensions before a softmax's axis) become several images of one case; at most two are kept.
Ops without such a dimension (add, concat, ...) get the whole tensor. One-dimensional convolutions and pools
become two-dimensional ones of height 1. Nothing is computed here but what an importer computes: padding for
auto_pad, transposed matrices, alpha and beta multiplied into a Gemm's weight and bias.
"""
import json
import pathlib
import struct
import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.backend.test.loader import load_model_tests

MOST_IMAGES = 2
LARGEST_CASE = 300_000  # bytes
KINDS = ("node", "simple", "pytorch-operator", "pytorch-converted")
MAP_OPS = {"Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "LRN"}
# Functions of one element: our word, and the attributes that are its numbers, with their defaults.
FUNCTIONS = {"Relu": ("relu", {}), "LeakyRelu": ("leaky_relu", {"alpha": 0.01}), "Sigmoid": ("sigmoid", {}),
             "Tanh": ("tanh", {}), "Abs": ("abs", {}), "Neg": ("neg", {}), "Exp": ("exp", {}), "Log": ("log", {}),
             "Sqrt": ("sqrt", {}), "Erf": ("erf", {}), "HardSigmoid": ("hard_sigmoid", {"alpha": 0.2, "beta": 0.5}),
             "HardSwish": ("hard_swish", {}), "Elu": ("elu", {"alpha": 1}), "Softplus": ("softplus", {})}
BINARY = {"Add", "Sub", "Mul", "Div"}
OURS = MAP_OPS | set(FUNCTIONS) | BINARY | {
    "BatchNormalization", "Concat", "Flatten", "Reshape", "Gemm", "MatMul", "Softmax", "Dropout", "Min", "Max",
    "Clip", "Gelu", "PRelu"}
FOLDED = {"Constant", "Transpose", "Unsqueeze", "Squeeze"}  # say how numbers lie, not what becomes of them


class Skip(Exception):
    """Why a case stays out."""


def write_safetensors(path, tensors):
    """Format: 8-byte little-endian header length, JSON header, raw little-endian data."""
    header, blobs, offset = {}, [], 0
    for name in sorted(tensors):
        data = np.ascontiguousarray(tensors[name], dtype="<f4")
        header[name] = {"dtype": "F32", "shape": list(data.shape), "data_offsets": [offset, offset + data.nbytes]}
        blobs.append(data.tobytes())
        offset += data.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def attributes(node):
    found = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    return {k: v.decode() if isinstance(v, bytes) else v for k, v in found.items()}


def two(values, default):
    """A spatial attribute as {height, width}; one-dimensional ones lie along the width."""
    values = list(values or [])
    return [default, values[0]] if len(values) == 1 else values or [default, default]


def same_pads(attrs, kernel, stride, dilation, shape):
    mode = attrs.get("auto_pad", "NOTSET")
    if mode in ("NOTSET", "VALID"):
        pads = list(attrs.get("pads", []))
        if len(pads) == 2:
            pads = [0, pads[0], 0, pads[1]]
        return pads or [0, 0, 0, 0]
    begin, end = [], []
    for axis in range(2):
        outputs = -(-shape[1 + axis] // stride[axis])
        total = max((outputs - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1 - shape[1 + axis], 0)
        small, large = total // 2, total - total // 2
        begin.append(large if mode == "SAME_LOWER" else small)
        end.append(small if mode == "SAME_LOWER" else large)
    return begin + end


def number(value):
    """The shortest decimal that reads back as the same f32."""
    return np.format_float_positional(np.float32(value), unique=True, trim="0")


def bracketed(shape):
    return "[" + ", ".join(str(extent) for extent in shape) + "]"


class Converter:
    def __init__(self, name, model, inputs, outputs):
        self.name, self.graph = name, model.graph
        self.opset = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
        self.given, self.expected = dict(inputs), dict(outputs)
        self.constants = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
        self.lines, self.weights = [], {}
        self.values = {}      # ONNX name -> (name in .nin, shape of one image)
        self.data_inputs = {} # name in .nin -> array [images, ...]
        self.split = 0        # leading dimensions that become images
        self.one_dimensional = False

    # Parameters: operands that are constants for us, whether the model says so or feeds them as inputs.
    def constant(self, name):
        return self.constants[name] if name in self.constants else self.given[name]

    def input(self, name, shape=None):
        """Operand `name` as a value; `shape`: the shape of one image if it isn't the array's own."""
        if name in self.values:
            return self.values[name]
        array = np.asarray(self.given[name])
        if array.dtype not in (np.float32, np.float64):
            raise Skip(f"element type {array.dtype}")
        images = int(np.prod(array.shape[:self.split], dtype=int))
        shape = list(shape or array.shape[self.split:] or [1])
        if not 1 <= len(shape) <= 4 or 0 in shape:
            raise Skip(f"rank {len(shape)} or an empty extent")
        nin = f"x{len(self.data_inputs)}"
        self.data_inputs[nin] = array.astype(np.float32).reshape([images] + shape)
        self.values[name] = (nin, shape)
        self.lines.append(f"{nin} = input f32{bracketed(shape)}")
        return self.values[name]

    def maps(self, name):
        """Operand `name` as maps [C, H, W]."""
        if name in self.values:
            nin, shape = self.values[name]
            if len(shape) != 3:
                raise Skip(f"maps of rank {len(shape)}")
            return nin, shape
        shape = list(np.asarray(self.given[name]).shape)[1:]
        if len(shape) == 2:
            self.one_dimensional = True
            shape = [shape[0], 1, shape[1]]
        if len(shape) != 3:
            raise Skip(f"{len(shape) - 1} spatial dimensions")
        return self.input(name, shape)

    def emit(self, node, text, shape):
        nin = f"y{sum(line.startswith('y') for line in self.lines)}"
        self.lines.append(f"{nin} = {text}")
        self.values[node.output[0]] = (nin, shape)
        return nin

    def window(self, attrs, shape, kernel):
        stride, dilation = two(attrs.get("strides"), 1), two(attrs.get("dilations"), 1)
        pads = same_pads(attrs, kernel, stride, dilation, shape)
        text = f"{kernel[0]}x{kernel[1]}"
        if stride != [1, 1]:
            text += f" stride {stride[0]}" if stride[0] == stride[1] else f" stride {stride[0]}x{stride[1]}"
        if any(pads):
            text += f" pad {','.join(map(str, pads))}"
        if dilation != [1, 1]:
            text += f" dilation {dilation[0]}" if dilation[0] == dilation[1] else \
                f" dilation {dilation[0]}x{dilation[1]}"
        return text

    def conv(self, node, attrs):
        nin, shape = self.maps(node.input[0])
        weight = np.asarray(self.constant(node.input[1]), np.float32)
        if self.one_dimensional:
            weight = weight[:, :, None, :]
        has_bias = len(node.input) > 2 and node.input[2]
        text = f"conv2d {nin} " + self.window(attrs, shape, list(weight.shape[2:]))
        if attrs.get("group", 1) != 1:
            text += f" groups {attrs['group']}"
        out = self.emit(node, text + f" -> {weight.shape[0]}" + ("" if has_bias else " nobias"), [0, 0, 0])
        self.weights[f"{out}.weight"] = weight
        if has_bias:
            self.weights[f"{out}.bias"] = self.constant(node.input[2])

    def pool(self, node, attrs):
        nin, shape = self.maps(node.input[0])
        average = node.op_type == "AveragePool"
        if average and any(d != 1 for d in attrs.get("dilations", [])):
            raise Skip("average_pool has no dilation")
        text = f"{'average_pool' if average else 'max_pool'} {nin} "
        text += self.window(attrs, shape, two(attrs["kernel_shape"], 1))
        text += " ceil" if attrs.get("ceil_mode", 0) else ""
        text += " count_include_pad" if average and attrs.get("count_include_pad", 0) else ""
        self.emit(node, text, [0, 0, 0])

    def batch_norm(self, node, attrs):
        if attrs.get("training_mode", 0):
            raise Skip("training")
        nin, shape = self.input(node.input[0])
        out = self.emit(node, f"batch_norm {nin} epsilon {number(attrs.get('epsilon', 1e-5))}", shape)
        for slot, source in zip(("scale", "bias", "mean", "variance"), node.input[1:]):
            self.weights[f"{out}.{slot}"] = self.constant(source)

    def dense(self, node, weight, bias):
        """weight [O, I]; bias [O] or None."""
        nin, shape = self.input(node.input[0])
        if len(shape) != 1:
            raise Skip("matrix product of more than two dimensions")
        out = self.emit(node, f"dense {nin} -> {weight.shape[0]}" + ("" if bias is not None else " nobias"),
                        [weight.shape[0]])
        self.weights[f"{out}.weight"] = weight
        if bias is not None:
            self.weights[f"{out}.bias"] = bias

    def gemm(self, node, attrs):
        if attrs.get("transA", 0):
            self.given[node.input[0]] = self.given[node.input[0]].T
        weight = np.asarray(self.constant(node.input[1]), np.float32)
        weight = (weight if attrs.get("transB", 0) else weight.T) * np.float32(attrs.get("alpha", 1))
        bias = None
        if len(node.input) > 2 and attrs.get("beta", 1) != 0:
            bias = np.asarray(self.constant(node.input[2]), np.float32) * np.float32(attrs.get("beta", 1))
            if bias.ndim == 2 and bias.shape[0] != 1:
                raise Skip("bias differs from row to row")
            bias = np.broadcast_to(bias.reshape(-1), [weight.shape[0]])
        self.dense(node, weight, bias)

    def matmul(self, node, attrs):
        weight = np.asarray(self.constant(node.input[1]), np.float32)
        if weight.ndim != 2 or np.asarray(self.given[node.input[0]]).ndim != 2:
            raise Skip("matrix product of other than two dimensions")
        self.dense(node, weight.T, None)

    def function(self, node, attrs):
        word, numbers = FUNCTIONS[node.op_type]
        nin, shape = self.input(node.input[0])
        self.emit(node, " ".join([word, nin, *(number(attrs.get(n, d)) for n, d in numbers.items())]), shape)

    def clip(self, node, attrs):
        bounds = []
        for i, (name, default) in enumerate({"min": np.finfo(np.float32).min, "max": np.finfo(np.float32).max}.items()):
            given = i + 1 < len(node.input) and node.input[i + 1]
            bounds.append(float(self.constant(node.input[i + 1])) if given else attrs.get(name, default))
        if bounds[0] > bounds[1]:
            raise Skip("min above max")
        nin, shape = self.input(node.input[0])
        self.emit(node, f"clip {nin} {number(bounds[0])} {number(bounds[1])}", shape)

    def prelu(self, node, attrs):
        nin, shape = self.input(node.input[0])
        slope = np.asarray(self.constant(node.input[1]), np.float32)
        if slope.size == 1:
            slope = np.full(shape[0], slope.reshape(()))
        elif self.opset < 7 and slope.shape == (shape[0],):
            pass  # a number a channel, before slopes were broadcast
        elif slope.size != shape[0] or list(slope.shape[-len(shape):]) != [shape[0]] + [1] * (len(shape) - 1):
            raise Skip("slopes vary within a channel")
        out = self.emit(node, f"prelu {nin}", shape)
        self.weights[f"{out}.slope"] = slope.reshape(-1)

    def binary(self, node, attrs):
        if len(node.input) < 2:
            raise Skip("one operand")
        shapes = [list(np.asarray(self.constant(name)).shape) for name in node.input]
        rank = max(map(len, shapes))
        operands = []
        for name, shape in zip(node.input, shapes):
            if attrs.get("broadcast", 0) and "axis" in attrs and len(shape) < rank:  # opset 6: aligned at an axis
                shape = [1] * attrs["axis"] + shape
                shape += [1] * (rank - len(shape))
            shape = [1] * (rank - len(shape)) + shape
            if name in self.constants:
                nin = f"c{len(self.weights)}"
                self.lines.append(f"{nin} = constant f32{bracketed(shape)}")
                self.weights[nin] = np.asarray(self.constants[name], np.float32).reshape(shape)
                operands.append(nin)
            else:
                operands.append(self.input(name, shape)[0])
        text = operands[0]
        for operand in operands[1:]:  # min and max take any number
            text = f"{node.op_type.lower()} {f'({text})' if ' ' in text else text} {operand}"
        self.emit(node, text, [])

    def concat(self, node, attrs):
        operands = [self.input(name) for name in node.input]
        axis = attrs["axis"] % len(operands[0][1])
        self.emit(node, f"concat {' '.join(nin for nin, _ in operands)} axis {axis}", [])

    def reshape(self, node, attrs):
        nin, _ = self.input(node.input[0])
        shape = list(np.asarray(self.expected[node.output[0]]).shape)
        if not 1 <= len(shape) <= 4:
            raise Skip(f"rank {len(shape)}")
        self.emit(node, f"reshape {nin} {bracketed(shape)}", shape)

    def unsqueeze(self, node, attrs):
        nin, shape = self.input(node.input[0])
        for axis in sorted(attrs["axes"]):
            shape = shape[:axis - self.split] + [1] + shape[axis - self.split:]
        self.emit(node, f"reshape {nin} {bracketed(shape)}", shape)

    def squeeze(self, node, attrs):
        nin, _ = self.input(node.input[0])
        shape = list(np.asarray(self.expected[node.output[0]]).shape)[self.split:]
        self.emit(node, f"reshape {nin} {bracketed(shape)}", shape)

    def softmax(self, node, attrs):
        nin, shape = self.input(node.input[0])
        if self.opset < 13 and len(shape) != 1:
            raise Skip("softmax over several dimensions at once")
        self.emit(node, f"softmax {nin}", shape)

    def dropout(self, node, attrs):
        if len(node.input) > 2 and node.input[2]:
            raise Skip("training")
        nin, shape = self.input(node.input[0])
        self.emit(node, f"dropout {nin}", shape)

    def simple(self, text):
        def convert(node, attrs):
            nin, shape = self.maps(node.input[0]) if node.op_type in MAP_OPS else self.input(node.input[0])
            self.emit(node, text(nin, attrs), shape)
        return convert

    def convert(self):
        for node in self.graph.node:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = numpy_helper.to_array(attributes(node)["value"])
            elif node.op_type == "Transpose" and node.input[0] in self.constants:
                self.constants[node.output[0]] = np.transpose(self.constants[node.input[0]],
                                                              attributes(node).get("perm"))
        for name in self.constants:
            self.given.pop(name, None)
        nodes = [n for n in self.graph.node if n.output[0] not in self.constants]
        if len(self.expected) != 1 and {n.op_type for n in nodes} & {"Dropout"}:
            raise Skip("dropout's mask")
        if sum(n.op_type in OURS for n in nodes) != 1:
            raise Skip("more than one op; its ops have cases of their own")
        self.choose_split(next(n for n in nodes if n.op_type in OURS))
        table = {"Conv": self.conv, "MaxPool": self.pool, "AveragePool": self.pool,
                 "BatchNormalization": self.batch_norm, "PRelu": self.prelu, "Clip": self.clip,
                 **{op: self.binary for op in BINARY | {"Min", "Max"}},
                 **{op: self.function for op in FUNCTIONS},
                 "Gelu": self.simple(lambda x, a: f"gelu{'_tanh' if a.get('approximate') == 'tanh' else ''} {x}"),
                 "Concat": self.concat, "Reshape": self.reshape, "Unsqueeze": self.unsqueeze,
                 "Squeeze": self.squeeze, "Gemm": self.gemm, "MatMul": self.matmul, "Softmax": self.softmax,
                 "Dropout": self.dropout,
                 "Flatten": self.simple(lambda x, a: f"flatten {x}"),
                 "GlobalAveragePool": self.simple(lambda x, a: f"global_avg_pool {x}"),
                 "LRN": self.simple(lambda x, a: f"lrn {x} size {a['size']} alpha {number(a.get('alpha', 1e-4))} "
                                                 f"beta {number(a.get('beta', 0.75))} k {number(a.get('bias', 1))}")}
        for node in nodes:
            if node.op_type not in table:
                raise Skip(f"{node.op_type} of a value")
            table[node.op_type](node, attributes(node))
        return next(n for n in nodes if n.op_type in OURS), self.values[self.graph.output[0].name][0]

    def image_shape(self, shape, op_type):
        """Our shape of one image's output, from ONNX's without the leading dimensions."""
        if op_type == "GlobalAveragePool":
            return shape[:1]
        if op_type == "Flatten":
            return [-1]
        if self.one_dimensional:
            return [shape[0], 1, shape[1]]
        return shape or [1]

    def choose_split(self, node):
        attrs, rank = attributes(node), np.asarray(next(iter(self.given.values()))).ndim
        if node.op_type in MAP_OPS | {"BatchNormalization", "PRelu", "Gemm", "MatMul"}:
            self.split = 1
        elif node.op_type == "Softmax":
            self.split = attrs.get("axis", 1 if self.opset < 13 else -1) % rank
        elif node.op_type == "Flatten":
            axis = attrs.get("axis", 1)
            self.split = axis if axis >= 0 else axis + rank

    def write(self, folder):
        node, result = self.convert()
        images = next(iter(self.data_inputs.values())).shape[0]
        expected = np.asarray(self.expected[self.graph.output[0].name], np.float32)
        if np.isnan(expected).any():
            raise Skip("a result that is no number")
        expected = expected.reshape([images] + self.image_shape(list(expected.shape)[self.split:], node.op_type))
        data = {}
        for image in range(min(images, MOST_IMAGES)):
            for nin, array in self.data_inputs.items():
                data[f"{image}.{nin}"] = array[image]
            data[f"{image}.{result}"] = expected[image]
            if sum(a.nbytes for a in data.values()) * 2 > LARGEST_CASE / 4:
                break  # large images: one is enough
        size = sum(np.asarray(a, np.float32).nbytes for a in [*data.values(), *self.weights.values()])
        if size > LARGEST_CASE:
            raise Skip(f"{size} bytes")
        lines = [f"# ONNX backend test {self.name} (Apache-2.0, see README.md)", f"model {self.name}"]
        if self.weights:
            lines.append(f'weights "{self.name}.safetensors"')
            write_safetensors(folder / f"{self.name}.safetensors", self.weights)
        (folder / f"{self.name}.nin").write_text("\n".join([*lines, "", *self.lines, f"output {result}", ""]))
        write_safetensors(folder / f"{self.name}.data.safetensors", data)


def load(case):
    """Model, inputs by name, outputs by name."""
    if case.data_sets:
        model, (inputs, outputs) = case.model, case.data_sets[0]
    else:
        folder = pathlib.Path(case.model_dir)
        model = onnx.load(folder / "model.onnx")

        def read(kind):
            files = sorted((folder / "test_data_set_0").glob(f"{kind}_*.pb"), key=lambda f: int(f.stem.split("_")[1]))
            return [numpy_helper.to_array(onnx.load_tensor(f)) for f in files]
        inputs, outputs = read("input"), read("output")
    initialised = {t.name for t in model.graph.initializer}
    fed = [i.name for i in model.graph.input if i.name not in initialised]
    return model, dict(zip(fed, inputs)), dict(zip((o.name for o in model.graph.output), outputs))


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    covered, skipped = [], []
    for kind in KINDS:
        for case in sorted(load_model_tests(kind=kind), key=lambda c: c.name):
            ops = {n.op_type for n in (case.model or onnx.load(pathlib.Path(case.model_dir) / "model.onnx")).graph.node}
            if not ops & OURS or not ops <= OURS | FOLDED:
                continue
            try:
                Converter(case.name, *load(case)).write(folder)
                covered.append((kind, case.name))
            except Skip as reason:
                skipped.append((kind, case.name, reason))
    lines = [f"Made by convert.py from onnx {onnx.__version__}. {len(covered)} cases, {len(skipped)} left out.", "",
             "| covered | from |", "|---|---|", *(f"| {name} | {kind} |" for kind, name in covered), "",
             "| left out | from | reason |", "|---|---|---|", *(f"| {n} | {k} | {r} |" for k, n, r in skipped)]
    (folder / "COVERAGE.md").write_text("\n".join(lines) + "\n")
    print(lines[0], sum(f.stat().st_size for f in folder.iterdir()), "bytes")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
