#!/usr/bin/env python3
"""Weight files as PyTorch and others write them, bound by the command: what is read, and what is said.

    weights_test.py NINC        (run by ctest)
"""

import json
import struct
import unittest

import numpy as np

from command import CommandTest, take_command

MODEL = """model net
weights "w.safetensors"
image = input f32[2, 6, 6]
conv1 = conv2d image 3x3 pad 1 -> 4
norm = batch_norm conv1
fc = dense (flatten norm) -> 3
output fc
"""
SHAPES = {"conv1.weight": [4, 2, 3, 3], "conv1.bias": [4], "norm.scale": [4], "norm.bias": [4], "norm.mean": [4],
          "norm.variance": [4], "fc.weight": [3, 144], "fc.bias": [3]}
SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "U64": 8, "I32": 4, "U32": 4, "I16": 2, "U16": 2, "I8": 1,
         "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1, "C64": 8}


def right():
    """The tensors that the model needs: name -> (dtype, shape, bytes)."""
    rng = np.random.default_rng(5)
    return {name: ("F32", shape, rng.uniform(0.5, 1, shape).astype("<f4").tobytes()) for name, shape in SHAPES.items()}


def zeros(dtype, shape):
    return dtype, shape, bytes(SIZES[dtype] * int(np.prod(shape)))


def file(tensors, metadata=None):
    header, data = ({"__metadata__": metadata} if metadata else {}), b""
    for name, (dtype, shape, numbers) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(numbers)]}
        data += numbers
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


class Weights(CommandTest):
    def setUp(self):
        super().setUp()
        (self.folder / "net.nin").write_text(MODEL)

    def bind(self, tensors, *options, expect=0, metadata=None):
        (self.folder / "w.safetensors").write_bytes(file(tensors, metadata))
        return self.ninc("show", "net.nin", "--after", "passes", *options, expect=expect).stderr

    def outputs(self, tensors):
        (self.folder / "w.safetensors").write_bytes(file(tensors))
        np.save(self.folder / "x.npy", np.linspace(-1, 1, 72).astype(np.float32).reshape(2, 6, 6))
        self.ninc("run", "net.nin", "--reference", "--input", "x.npy", "--output", "y.npy")
        return np.load(self.folder / "y.npy")

    def test_counters_are_a_remark_and_no_error(self):
        for dtype, shape in (("I64", []), ("I64", [1]), ("I32", []), ("F32", []), ("U8", [])):
            tensors = right() | {"norm.num_batches_tracked": zeros(dtype, shape)}
            self.assertEqual(self.bind(tensors), "")
            said = self.bind(tensors, "--remarks")
            self.assertIn("net.nin:2:1: remark: w.safetensors has 'norm.num_batches_tracked': what training counts", said)
        self.ninc("net.nin", "-o", "net.so")
        self.assertIn("num_batches_tracked", self.ninc("net.nin", "-o", "net.so", "--remarks").stderr)
        self.assertEqual(self.ninc("verify", "net.nin", "net.so").stderr, "")

    def test_a_surplus_tensor_of_any_type_is_named_as_surplus(self):
        for dtype in SIZES:
            with self.subTest(dtype=dtype):
                said = self.bind(right() | {"ema.step": zeros(dtype, [2])}, expect=1)
                self.assertIn("error: w.safetensors has a tensor 'ema.step' that no layer uses", said)
                self.assertEqual(said.count("error:"), 1)
        said = self.bind(right() | {"new": ("F3_OF_THE_FUTURE", [7], b"12345")}, expect=1)
        self.assertIn("'new' that no layer uses", said)

    def test_all_mistakes_are_said_in_one_run(self):
        tensors = right() | {"norm.num_batches_tracked": zeros("I64", []), "mask": zeros("BOOL", [3]),
                             "conv1.weight": zeros("F8_E4M3", [4, 2, 3, 3]), "fc.weight": zeros("F32", [144, 3]),
                             "fc.biass": right()["fc.bias"]}
        del tensors["fc.bias"]
        tensors["norm.mean"] = ("F32", [4], np.array([0, np.nan, 0, 0], "<f4").tobytes())
        said = self.bind(tensors, expect=1)
        for complaint in ("the model needs conv1.weight [4, 2, 3, 3], but w.safetensors has it as F8_E4M3",
                          "if it is quantised", "has it as [144, 3]", "it is transposed", "norm.mean in w.safetensors has nan",
                          "needs fc.bias [3], but w.safetensors has no such tensor", "it has 'fc.biass'",
                          "'fc.biass' that no layer uses", "did you mean 'fc.bias'?", "'mask' that no layer uses"):
            self.assertIn(complaint, said)
        self.assertEqual(said.count("error:"), 6)

    def test_a_needed_tensor_of_a_type_that_is_not_read_comes_with_the_remedy(self):
        for dtype in sorted(set(SIZES) - {"F32", "F64", "F16", "BF16"}):
            with self.subTest(dtype=dtype):
                said = self.bind(right() | {"conv1.bias": zeros(dtype, [4])}, expect=1)
                self.assertIn(f"net.nin:4:9: error: the model needs conv1.bias [4], but w.safetensors has it as {dtype}; "
                              "F32, F64, F16 and BF16 can be read", said)
                self.assertIn("help:", said)

    def test_other_floats_are_read_as_the_same_numbers(self):
        halves = right() | {"norm.variance": ("F32", [4], np.array([1, 2, 0.5, 4], "<f4").tobytes())}
        expected = self.outputs(halves)
        for dtype, numbers in {"F64": np.array([1, 2, 0.5, 4], "<f8").tobytes(),
                               "F16": np.array([1, 2, 0.5, 4], "<f2").tobytes(),
                               "BF16": np.array([0x3f80, 0x4000, 0x3f00, 0x4080], "<u2").tobytes()}.items():
            with self.subTest(dtype=dtype):
                odd = {"num_batches_tracked": zeros("U8", [1])}  # in front, so that nothing is aligned
                got = self.outputs(odd | halves | {"norm.variance": (dtype, [4], numbers)})
                np.testing.assert_array_equal(got, expected)

    def test_a_double_beyond_the_range_is_said_to_be_one(self):
        numbers = np.array([1, 1e300, 1, 1], "<f8").tobytes()
        said = self.bind(right() | {"norm.scale": ("F64", [4], numbers)}, expect=1)
        self.assertIn("norm.scale in w.safetensors has inf at [1]", said)
        self.assertIn("it is F64, whose numbers beyond F32's 3.4e38 become infinite", said)

    def test_names_with_a_prefix_are_one_mistake(self):
        for prefix in ("module.", "model.", "state_dict.model.", "_orig_mod."):
            with self.subTest(prefix=prefix):
                tensors = {prefix + name: tensor for name, tensor in right().items()}
                tensors[prefix + "norm.num_batches_tracked"] = zeros("I64", [])
                said = self.bind(tensors, expect=1)
                self.assertIn(f"the names in w.safetensors begin with '{prefix}'", said)
                self.assertIn(f"removeprefix('{prefix}')", said)
                self.assertEqual(said.count("error:"), 1)

    def test_pytorchs_names_of_a_batch_norm_are_recognised_under_a_prefix_too(self):
        renamed = {"norm.scale": "norm.weight", "norm.mean": "norm.running_mean", "norm.variance": "norm.running_var"}
        for prefix in ("", "module."):
            tensors = {prefix + renamed.get(name, name): tensor for name, tensor in right().items()}
            said = self.bind(tensors, expect=1)
            for ours, theirs in renamed.items():
                self.assertIn(f"it has '{prefix}{theirs}', another tool's name for it", said)
                self.assertIn(f"the model calls it '{ours}'", said)

    def test_shapes_of_other_tools_come_with_the_remedy(self):
        for name, shape, remedy in (("fc.weight", [144, 3], ".t()"), ("fc.weight", [3, 4, 6, 6], ".reshape(3, 144)"),
                                    ("conv1.bias", [4, 1, 1], ".reshape(4)"), ("norm.mean", [1, 4, 1, 1], ".reshape(4)"),
                                    ("conv1.weight", [3, 3, 2, 4], ".permute(3, 2, 0, 1)"),
                                    ("conv1.weight", [4, 3, 3, 2], ".permute(0, 3, 1, 2)")):
            with self.subTest(name=name, shape=shape):
                said = self.bind(right() | {name: zeros("F32", shape)}, expect=1)
                self.assertIn(f"has it as {shape}", said)
                self.assertIn(remedy, said)
        self.assertIn("has it as []", self.bind(right() | {"conv1.bias": zeros("F32", [])}, expect=1))
        self.assertIn("has it as [0]", self.bind(right() | {"conv1.bias": zeros("F32", [0])}, expect=1))

    def test_metadata_and_empty_tensors_disturb_nothing(self):
        self.bind(right(), metadata={"format": "pt", "epoch": "7"})
        said = self.bind(right() | {"nothing": zeros("I64", [0, 3])}, expect=1)
        self.assertIn("'nothing' that no layer uses", said)

    def test_other_files_of_weights_are_refused_by_their_names(self):
        for start, name in {b"PK\3\4": "a zip archive, as .npz and PyTorch's .pt are", b"\x80\2}": "a Python pickle",
                            b"\x89HDF\r\n\x1a\n": "an HDF5 file", b"\x93NUMPY": "a NumPy array"}.items():
            (self.folder / "w.safetensors").write_bytes(start + bytes(100))
            said = self.ninc("net.nin", "-o", "net.so", expect=1).stderr
            self.assertIn(f"it is no safetensors file but {name}", said)


if __name__ == "__main__":
    take_command()
    unittest.main(verbosity=2)
