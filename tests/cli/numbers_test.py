#!/usr/bin/env python3
"""Numbers at the ends of f32's range, given to the command: what is computed all the same, what is said, what is
refused (docs/numerics.md).

    numbers_test.py NINC        (run by ctest)
"""

import json
import os
import unittest

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np
from safetensors.numpy import save_file

from command import CommandTest, take_command

# A convolution that goes by Winograd's transforms on every CPU, unless told otherwise.
CONVOLUTION = """model net
weights "w.safetensors"
x = input f32[16, 16, 16]
y = conv2d x 3x3 pad 1 -> 32
output y
"""
BY_WINOGRAD = "y: winograd 4x4 tiles 1x4 group 4 block 256 whole 1\n"
# A hidden sum that overflows, behind it a ReLU that may turn what comes of it into 0.
HIDDEN = """model net
weights "w.safetensors"
x = input f32[2, 4, 4]
h = conv2d x 1x1 -> 2
y = max_pool h 2x2 stride 2
z = mlpconv y [conv 1x1 -> 2]
output z
"""


class Numbers(CommandTest):
    def model(self, text, tensors=None):
        (self.folder / "net.nin").write_text(text)
        if tensors is not None:
            save_file({name: np.asarray(t, np.float32) for name, t in tensors.items()}, self.folder / "w.safetensors")

    def run_on(self, x, *options, expect=0):
        """(y, what was said)"""
        np.save(self.folder / "x.npy", np.asarray(x))
        said = self.ninc("run", "net.nin", "--no-db", "--input", "x.npy", "--output", "y.npy", *options,
                         expect=expect).stderr.replace("ninc: compiling net.nin into the cache\n", "")
        return np.load(self.folder / "y.npy") if expect == 0 else None, said

    def convolution(self, weight=0.01):
        weights = np.zeros((32, 16, 3, 3), np.float32)
        weights[:, :, 1, 1] = weight
        self.model(CONVOLUTION, {"y.weight": weights, "y.bias": np.zeros(32)})
        (self.folder / "winograd").write_text(BY_WINOGRAD)
        return "--schedule", "winograd"

    def test_means_responses_and_norms_stay_finite(self):
        self.model('model net\nx = input f32[2, 4, 4]\ny = global_avg_pool x\noutput y\n')
        y, said = self.run_on(np.full((2, 4, 4), 1e38, np.float32))
        np.testing.assert_allclose(y, [1e38, 1e38], rtol=1e-6)
        self.assertEqual(said, "")
        self.model('model net\nx = input f32[5, 1, 1]\ny = lrn x size 5\noutput y\n')
        y, said = self.run_on(np.full((5, 1, 1), 1e20, np.float32))
        expected = 1e20 / (1 + 1e-4 / 5 * np.array([3, 4, 5, 4, 3]) * 1e40) ** 0.75
        np.testing.assert_allclose(y.ravel(), expected, rtol=1e-5)
        self.assertEqual(said, "")
        self.model('model net\nweights "w.safetensors"\nx = input f32[1, 2, 2]\ny = batch_norm x\noutput y\n',
                   {"y.mean": [-3e38], "y.variance": [1e4], "y.scale": [1], "y.bias": [0]})
        y, said = self.run_on(np.full((1, 2, 2), 3e38, np.float32))
        np.testing.assert_allclose(y, np.full((1, 2, 2), 6e36), rtol=1e-5)
        self.assertEqual(said, "")

    def test_what_is_not_finite_in_a_file_is_said(self):
        self.model('model net\nx = input f32[2, 4, 4]\ny = global_avg_pool x\noutput y\n')
        x = np.zeros((2, 4, 4), np.float32)
        x[1, 2, 3] = np.nan
        _, said = self.run_on(x)
        self.assertEqual(said, "ninc: warning: input 'x' has nan at [0, 1, 2, 3], which isn't a finite number; "
                               "what comes of it is unspecified\n")
        x[0, 0, 1] = -np.inf
        _, said = self.run_on(x, "--reference")
        self.assertIn("2 numbers that aren't finite, the first -inf at [0, 0, 0, 1]", said)

    def test_doubles_beyond_f32_are_refused(self):
        self.model('model net\nx = input f32[2]\ny = relu x\noutput y\n')
        _, said = self.run_on([1e39, 0.0], expect=1)
        self.assertIn("its number 1e+39 is beyond the range of f32", said)
        y, said = self.run_on([3.4028235e38, 1e-50])
        self.assertEqual(list(y), [np.float32(3.4028235e38), 0])

    def test_preprocessing_is_in_double(self):
        self.model('model net\nx = input f32[1, 1, 1]\ny = relu x\noutput y\n')
        y, said = self.run_on(np.full((1, 1, 1), 3e38, np.float32), "--mean=-3e38", "--scale", "0.25")
        np.testing.assert_allclose(y, [[[1.5e38]]], rtol=1e-6)
        self.assertEqual(said, "")

    def test_inputs_beyond_the_range_of_winograd_are_said_and_exact_is_right(self):
        by_winograd = self.convolution()
        x = np.zeros((16, 16, 16), np.float32)
        x[3, 5, 5] = 1e38
        _, said = self.run_on(x, *by_winograd)
        self.assertIn("input 'x' has 1e+38 at [0, 3, 5, 5]: kernels by Winograd's transforms may overflow from "
                      "9.2e+18 on; compile with --exact", said)
        y, said = self.run_on(x, "--exact")
        self.assertEqual(said, "")
        np.testing.assert_allclose(y[:, 5, 5], 1e36, rtol=1e-6)
        x[3, 5, 5] = 1e18
        y, said = self.run_on(x, *by_winograd)
        self.assertEqual(said, "")
        np.testing.assert_allclose(y[:, 5, 5], 1e16, rtol=1e-4)

    def test_verify_says_so_too(self):
        by_winograd = self.convolution()
        np.save(self.folder / "x.npy", np.full((16, 16, 16), 3e38, np.float32))
        done = self.ninc("verify", "net.nin", "--no-db", "--input", "x.npy", "--json", *by_winograd, expect=3)
        self.assertIn("compile with --exact", done.stderr)
        self.assertFalse(json.loads(done.stdout)["agrees"])
        done = self.ninc("verify", "net.nin", "--no-db", "--input", "x.npy", "--exact")
        self.assertEqual(done.stderr, "")

    def test_weights_too_large_for_winograd_are_computed_directly(self):
        by_winograd = self.convolution(weight=1e30)
        y, said = self.run_on(np.ones((16, 16, 16), np.float32), *by_winograd, "--remarks")
        self.assertIn("its weights are so large that Winograd's transforms overflow from inputs of", said)
        np.testing.assert_allclose(y, np.full((32, 16, 16), 1.6e31), rtol=1e-5)

    def test_what_overflows_on_the_way_is_said(self):
        # h is 2e38 + 2e38 in one channel; z turns that into inf - inf and that into 0, or so.
        self.model(HIDDEN, {"h.weight": np.full((2, 2, 1, 1), 2e38), "h.bias": np.zeros(2),
                            "z.0.weight": np.array([[1, -1], [1, -1]]).reshape(2, 2, 1, 1), "z.0.bias": np.zeros(2)})
        _, said = self.run_on(np.ones((2, 4, 4), np.float32))
        self.assertRegex(said, r"^ninc: warning: '[hyz]' has 8? ?.*although all inputs are finite: f32 overflowed "
                               r"on the way.*\n$")
        # Of several images, those with large numbers are looked at one by one.
        self.model(HIDDEN, {"h.weight": np.full((2, 2, 1, 1), 2.0), "h.bias": np.zeros(2),
                            "z.0.weight": np.array([[1, -1], [1, -1]]).reshape(2, 2, 1, 1), "z.0.bias": np.zeros(2)})
        x = np.ones((3, 2, 4, 4), np.float32)
        self.assertEqual(self.run_on(x)[1], "")
        x[2] = 2e38
        self.assertIn("f32 overflowed on the way", self.run_on(x)[1])

    def test_variances_without_a_root_are_refused(self):
        self.model('model net\nweights "w.safetensors"\nx = input f32[3, 2, 2]\ny = batch_norm x\noutput y\n',
                   {"y.mean": [0] * 3, "y.variance": [1, -1, 1], "y.scale": [1] * 3, "y.bias": [0] * 3})
        said = self.ninc("net.nin", "-o", "net.so", expect=1).stderr
        self.assertIn("net.nin:4:5: error: y.variance is -1 in channel 1; with epsilon 1e-05", said)

    def test_weights_beyond_halves_are_refused(self):
        self.model('model net\nweights "w.safetensors"\nx = input f32[3, 2, 2]\ny = conv2d x 1x1 -> 2\noutput y\n',
                   {"y.weight": np.full((2, 3, 1, 1), 1e5), "y.bias": [0, 0]})
        said = self.ninc("net.nin", "-o", "net.so", "--target", "host+opencl", "--precision", "f16", expect=1).stderr
        self.assertIn("'y' has a weight of 100000, as the passes leave it, but halves reach 65504 only", said)

    def test_constants_of_lrn_without_a_power_are_refused(self):
        for constants in ("alpha -1", "k -1", "k 0 alpha 0"):
            self.model(f"model net\nx = input f32[3, 2, 2]\ny = lrn x {constants}\noutput y\n")
            self.assertIn("needs alpha and k from 0 up", self.ninc("net.nin", "-o", "net.so", expect=1).stderr)


if __name__ == "__main__":
    take_command()
    unittest.main()
