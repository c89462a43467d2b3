#!/usr/bin/env python3
"""Inputs and outputs as applications have them (docs/language.md, "Inputs"): bytes of pixels into a library that
converts them itself, compared with ONNX Runtime on a model that does the same in nodes of its own.

    inputs_test.py NINC        (run by ctest)
"""

import ctypes
import subprocess
import unittest

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from command import CommandTest, take_command

RANDOM = np.random.default_rng(5)
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def network(preparation=(), shape=(1, 3, 18, 22), data="image", scores="prob", more=(), outputs=None):
    """A classifier of ten with padding, whose first nodes are `preparation`: (operator, inputs, output, attributes)."""
    random = np.random.default_rng(1)
    weights = {"w": random.normal(0, 0.3, (16, 3, 5, 5)), "b": random.normal(0, 1, 16),
               "v": random.normal(0, 0.3, (10, 16, 1, 1))}
    for name, numbers in [(n, v) for _, _, _, n, v in preparation if n]:
        weights[name] = numbers
    nodes = [helper.make_node(operator, inputs, [output]) if operator != "Transpose" else
             helper.make_node(operator, inputs, [output], perm=[0, 3, 1, 2]) for operator, inputs, output, _, _ in preparation]
    first = preparation[-1][2] if preparation else data
    nodes += [helper.make_node("Conv", [first, "w", "b"], ["c"], kernel_shape=[5, 5], pads=[2] * 4, strides=[2, 2]),
              helper.make_node("Relu", ["c"], ["r"]),
              helper.make_node("Conv", ["r", "v"], ["m"]),
              helper.make_node("GlobalAveragePool", ["m"], ["g"]),
              helper.make_node("Flatten", ["g"], ["f"]),
              helper.make_node("Softmax", ["f"], [scores], axis=1), *more]
    graph = helper.make_graph(
        nodes, "net", [helper.make_tensor_value_info(data, TensorProto.FLOAT, shape)],
        outputs or [helper.make_tensor_value_info(scores, TensorProto.FLOAT, [shape[0], 10])],
        [numpy_helper.from_array(np.asarray(v, np.float32), n) for n, v in weights.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def of_channels(numbers):
    return np.reshape(numbers, (1, 3, 1, 1))


class Inputs(CommandTest):
    def save(self, model, name="net.onnx"):
        onnx.save(model, self.folder / name)

    def truth(self, model, **inputs):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        return onnxruntime.InferenceSession(model.SerializeToString(), options).run(
            None, {name: np.asarray(x, np.float32) for name, x in inputs.items()})

    def run_on(self, x, *words, model="net.onnx", outputs=("prob",)):
        np.save(self.folder / "x.npy", x)
        files = [word for name in outputs for word in ("--output", f"{name}={name}.npy")]
        words = words if model.endswith(".so") else ("--no-db", *words)
        self.ninc("run", model, "--input", "x.npy", *files, *words)
        return [np.load(self.folder / f"{name}.npy") for name in outputs]

    def pixels(self, *shape):
        return RANDOM.integers(0, 256, shape, np.uint8)

    def test_pixels_are_what_pytorch_makes_of_them(self):
        pixels = self.pixels(18, 22, 3)
        reference = network([("Transpose", [ "image"], "t", None, None), ("Div", ["t", "full"], "u", "full", [255]),
                             ("Sub", ["u", "mean"], "s", "mean", of_channels(MEAN)),
                             ("Div", ["s", "std"], "d", "std", of_channels(STD))], (1, 18, 22, 3))
        expected = self.truth(reference, image=pixels[None])[0][0]
        self.save(network())
        words = f"image=u8 hwc unit mean {','.join(map(str, MEAN))} std {','.join(map(str, STD))}"
        np.testing.assert_allclose(self.run_on(pixels, "--preprocess", words)[0], expected, rtol=2e-4, atol=1e-6)
        # The same with the reference, as a text, and of a library.
        np.testing.assert_allclose(self.run_on(pixels, "--preprocess", words, "--reference")[0], expected, rtol=2e-4,
                                   atol=1e-6)
        self.ninc("import", "net.onnx", "-o", "net.nin", "--preprocess", words)
        text = (self.folder / "net.nin").read_text()
        self.assertIn("image = input u8[18, 22, 3] hwc unit mean 0.485, 0.456, 0.406 std 0.229, 0.224, 0.225\n", text)
        ours = self.run_on(pixels, "--preprocess", words)[0]
        np.testing.assert_array_equal(self.run_on(pixels, model="net.nin")[0], ours)
        self.ninc("net.nin", "-o", "net.so", "--no-db")
        np.testing.assert_array_equal(self.run_on(pixels, model="net.so")[0], ours)
        self.ninc("verify", "net.nin", "net.so")

    def test_rgb_is_turned_round_for_a_model_of_bgr(self):
        pixels = self.pixels(18, 22, 3)
        planes = pixels[:, :, ::-1].transpose(2, 0, 1).astype(np.float32) - np.reshape([104, 117, 123], (3, 1, 1))
        self.save(network())
        expected = self.truth(network(), image=planes[None] * np.float32(0.017))[0][0]
        words = "image=u8 hwc mean 104,117,123 scale 0.017 bgr"
        np.testing.assert_allclose(self.run_on(pixels, "--preprocess", words)[0], expected, rtol=2e-4, atol=1e-6)
        # As floats, and in planes.
        np.testing.assert_allclose(self.run_on(pixels.astype(np.float32), "--preprocess", words.replace("u8 ", ""))[0],
                                   expected, rtol=2e-4, atol=1e-6)
        np.testing.assert_allclose(
            self.run_on(pixels.transpose(2, 0, 1), "--preprocess", words.replace("hwc ", ""))[0], expected, rtol=2e-4,
            atol=1e-6)

    def test_a_model_that_turns_pixels_itself_takes_them_as_they_are(self):
        model = network([("Transpose", ["image"], "t", None, None)], (1, 18, 22, 3))
        pixels = self.pixels(18, 22, 3)
        self.save(model)
        expected = self.truth(model, image=(pixels[None].astype(np.float32) - 127.5) / 127.5)[0][0]
        for words in ("u8 mean 127.5 std 127.5", "u8 hwc mean 127.5,127.5,127.5 std 127.5"):
            np.testing.assert_allclose(self.run_on(pixels, "--preprocess", "image=" + words)[0], expected, rtol=2e-4,
                                       atol=1e-6)

    def test_batches_and_sizes(self):
        self.save(network(shape=("n", 3, "h", "w")))
        words = ("--preprocess", "image=u8 hwc unit", "--shape", "image=1x3x18x22,1x3x10x12")
        self.ninc("net.onnx", "-o", "net.so", "--no-db", "--batch", "1..4", *words)
        header = (self.folder / "net.h").read_text()
        self.assertIn("#define NET_IMAGE_SHAPES {{18, 22, 3}, {10, 12, 3}}", header)
        self.assertIn("const uint8_t * /* image */", header)
        for shape in ((3, 18, 22, 3), (2, 10, 12, 3)):
            pixels = self.pixels(*shape)
            expected = self.truth(network(shape=(shape[0], 3, *shape[1:3])), image=pixels.transpose(0, 3, 1, 2) / 255)[0]
            np.testing.assert_allclose(self.run_on(pixels, model="net.so")[0], expected, rtol=2e-4, atol=1e-6)
        self.assertIn("size 0: image u8[18, 22, 3] hwc -> prob f32[10]", self.ninc("show", "net.so").stdout)
        self.ninc("verify", "net.onnx", "net.so", *words)

    def test_a_program_hands_over_bytes(self):
        self.save(network())
        self.ninc("net.onnx", "-o", "net.so", "--no-db", "--preprocess", "image=u8 hwc mean 128 bgr")
        pixels = self.pixels(1 + 18 * 22 * 3)[1:]  # at an odd address
        library = ctypes.CDLL(str(self.folder / "net.so"))
        header = (self.folder / "net.h").read_text()
        self.assertIn("in,  uint8_t[18][22][3]: 18 rows of 22 pixels, the 3 channels of a pixel next to one another; as they "
                      "are: the model itself turns the order of the channels round and computes (x - mean) * scale, mean 128",
                      header)
        scratch = np.zeros((1 << 22) + 128, np.uint8)
        start = scratch.ctypes.data + -scratch.ctypes.data % 128
        prob = np.zeros(10, np.float32)
        self.assertEqual(library.net_run(ctypes.c_void_p(pixels.ctypes.data), ctypes.c_void_p(prob.ctypes.data),
                                         ctypes.c_void_p(start), None), 0)
        np.testing.assert_array_equal(
            self.run_on(pixels.reshape(18, 22, 3), model="net.so")[0], prob)
        (self.folder / "main.cpp").write_text(
            '#include "net.h"\nint main() {\n  std::vector<uint8_t> pixels(NET_IMAGE_ELEMENTS);\n'
            "  float prob[NET_PROB_ELEMENTS];\n  return net_run(pixels.data(), prob, nullptr, nullptr) == NINC_OK;\n}\n"
            .replace('#include "net.h"', '#include <vector>\n#include "net.h"'))
        subprocess.run(["c++", "-std=c++17", "-Wall", "-Werror", "-fsyntax-only", "main.cpp"], cwd=self.folder, check=True)

    def test_what_is_no_bytes_is_refused(self):
        self.save(network())
        np.save(self.folder / "x.npy", np.zeros((18, 22, 3), np.float32))
        words = ("--preprocess", "image=u8 hwc", "--no-db")
        said = self.ninc("run", "net.onnx", "--input", "x.npy", *words, expect=1).stderr
        self.assertIn("input 'image' takes bytes: its numbers are '<f4', not '|u1' (numpy.uint8)", said)
        np.save(self.folder / "x.npy", np.zeros((3, 18, 22), np.uint8))
        said = self.ninc("run", "net.onnx", "--input", "x.npy", *words, expect=1).stderr
        self.assertIn("holds [3, 18, 22], but input 'image' takes [18, 22, 3]", said)
        np.save(self.folder / "x.npy", np.zeros((18, 22, 3), np.uint8))
        said = self.ninc("run", "net.onnx", "--input", "x.npy", *words, "--mean", "3", expect=2).stderr
        self.assertIn("takes bytes as they are", said)
        said = self.ninc("run", "net.onnx", "--input", "x.npy", "--preprocess", "image=u9", expect=2).stderr
        self.assertIn("--preprocess 'image=u9': unknown word 'u9'", said)

    def test_choices_are_those_of_numpy(self):
        self.save(network())
        planes = RANDOM.normal(size=(3, 18, 22)).astype(np.float32)
        prob = self.run_on(planes)[0]
        self.assertEqual(self.run_on(planes, "--output-as", "prob=argmax", outputs=("prob_argmax",))[0].tolist(),
                         [prob.argmax()])
        numbers, values = self.run_on(planes, "--output-as", "prob=top3", outputs=("prob_indices", "prob_values"))
        self.assertEqual(numbers.dtype, np.int64)
        np.testing.assert_array_equal(numbers, np.argsort(-prob, kind="stable")[:3])
        np.testing.assert_array_equal(values, np.sort(prob)[::-1][:3])
        self.ninc("verify", "net.onnx", "--output-as", "prob=top10", "--no-db")

    def test_top_k_of_onnx(self):
        values, numbers = (helper.make_tensor_value_info(n, t, [2, 4])
                           for n, t in (("values", TensorProto.FLOAT), ("numbers", TensorProto.INT64)))
        for largest in (0, 1):
            model = network(shape=(2, 3, 18, 22), outputs=[values, numbers], more=[
                helper.make_node("Constant", [], ["k"], value_ints=[4]),
                helper.make_node("TopK", ["prob", "k"], ["values", "numbers"], largest=largest)])
            self.save(model)
            planes = RANDOM.normal(size=(2, 3, 18, 22)).astype(np.float32)
            expected = self.truth(model, image=planes)
            ours = self.run_on(planes, outputs=("values", "numbers"))
            np.testing.assert_allclose(ours[0], expected[0], rtol=2e-4, atol=1e-6)
            np.testing.assert_array_equal(ours[1], expected[1])


if __name__ == "__main__":
    take_command()
    unittest.main()
